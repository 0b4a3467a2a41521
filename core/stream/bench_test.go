package stream

import (
	"fmt"
	"os"
	"testing"

	"github.com/postern/postern/sdk"
)

// go test -bench . -benchtime 2s ./core/stream

func BenchmarkReceive(b *testing.B) {
	for _, records := range []sdk.Records{sdk.RecordsStream, sdk.RecordsLines} {
		for _, digest := range []bool{false, true} {
			for _, entity := range []int{80, 4 << 10, 32 << 10} {
				b.Run(fmt.Sprintf("%s/digest=%v/entity=%d", records, digest, entity), func(b *testing.B) {
					r, _ := receive(b, nil, func(o *ReceiverOptions) {
						o.Writer, o.Records, o.Delimiter, o.Digest = &void{}, records, []byte("\n"), digest
					})
					b.SetBytes(BufferSize)
					b.ReportAllocs()
					for b.Loop() {
						feed(b, r, entity)
					}
				})
			}
		}
	}
}

func BenchmarkSend(b *testing.B) {
	for _, digest := range []bool{false, true} {
		for name, change := range map[string]func(*SenderOptions){
			"framed=4096":  func(o *SenderOptions) { o.Gap, o.Max = 6, 4<<10 },
			"framed=32768": func(o *SenderOptions) { o.Gap, o.Max = 6, 32<<10 },
			"records=80":   fixed(80),
		} {
			b.Run(fmt.Sprintf("%s/digest=%v", name, digest), func(b *testing.B) {
				s := send(b, endless{1 << 50}, func(o *SenderOptions) { change(o); o.Digest = digest })
				b.SetBytes(goodRead)
				b.ReportAllocs()
				for b.Loop() {
					c := <-s.Chunks()
					for m, _, ok := c.Next(); ok; m, _, ok = c.Next() {
						if err := s.Taken(c, len(m)); err != nil {
							b.Fatal(err)
						}
					}
					c.Release()
				}
			})
		}
	}
}

// BenchmarkPoints counts what a sync point of 1 MiB costs on a disk that takes its time.
func BenchmarkPoints(b *testing.B) {
	f, err := os.CreateTemp(b.TempDir(), "")
	if err != nil {
		b.Fatal(err)
	}
	r, _ := receive(b, nil, func(o *ReceiverOptions) { o.Writer, o.Digest = &onDisk{f: f}, false })
	b.SetBytes(BufferSize)
	point := int64(0)
	for b.Loop() {
		for s := r.Saved().Point; point-s >= 8; s = r.Saved().Point {
			<-r.Signals()
		}
		feed(b, r, 32<<10)
		point++
		if err := r.Sync(point, nil); err != nil {
			b.Fatal(err)
		}
	}
	st := r.Stats()
	b.ReportMetric(float64(st.Points)/float64(max(st.Syncs, 1)), "points/sync")
}

// onDisk is a plain file.
type onDisk struct {
	void
	f *os.File
}

func (d *onDisk) WriteAt(bufs [][]byte, off int64) error {
	for _, b := range bufs {
		if _, err := d.f.WriteAt(b, off); err != nil {
			return err
		}
		off += int64(len(b))
	}
	d.size = off
	return nil
}

func (d *onDisk) Sync() (int64, []byte, error) { size := d.size; return size, nil, d.f.Sync() }

// BenchmarkFilter compares filters that do nothing with none: what is left is the cost of the way through them.
func BenchmarkFilter(b *testing.B) {
	for name, filters := range map[string]func() []sdk.Filter{
		"none": func() []sdk.Filter { return nil },
		"lent": func() []sdk.Filter { return []sdk.Filter{newMirror()} },
		"two":  func() []sdk.Filter { return []sdk.Filter{newMirror(), newMirror()} },
		"made": func() []sdk.Filter { return []sdk.Filter{xor(0)} },
	} {
		b.Run("receive/"+name, func(b *testing.B) {
			r, _ := receive(b, nil, func(o *ReceiverOptions) { o.Writer, o.Digest, o.Filters = &void{}, false, line(filters()...) })
			b.SetBytes(BufferSize)
			b.ReportAllocs()
			for b.Loop() {
				feed(b, r, 32<<10)
			}
		})
		b.Run("send/"+name, func(b *testing.B) {
			s := send(b, endless{1 << 50}, func(o *SenderOptions) {
				o.Gap, o.Max, o.Digest, o.Filters = 6, 32<<10, false, line(filters()...)
			})
			b.SetBytes(goodRead)
			b.ReportAllocs()
			for b.Loop() {
				takeChunk(b, s)
			}
		})
	}
}
