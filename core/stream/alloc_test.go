package stream

import (
	"testing"

	"github.com/postern/postern/sdk"
)

// void is a writer that keeps nothing.
type void struct{ size int64 }

func (v *void) WriteAt(bufs [][]byte, off int64) error {
	for _, b := range bufs {
		off += int64(len(b))
	}
	v.size = off
	return nil
}
func (v *void) Sync() (int64, []byte, error)        { return v.size, nil, nil }
func (v *void) Truncate(int64) error                { return nil }
func (v *void) Commit(sdk.OnExists) (string, error) { return "", nil }
func (v *void) Close() error                        { return nil }
func (v *void) Discard() error                      { return nil }

// endless is a reader of zeros.
type endless struct{ size int64 }

func (e endless) ReadAt(b []byte, _ int64) (int, error) { return len(b), nil }
func (e endless) ReadvAt(bufs [][]byte, _ int64) (int, error) {
	n := 0
	for _, b := range bufs {
		n += len(b)
	}
	return n, nil
}
func (e endless) Info() sdk.FileInfo { return sdk.FileInfo{Size: e.size} }
func (e endless) Close() error       { return nil }

// atHand is one that is in memory.
type atHand struct{ endless }

func (a atHand) ReadvNow(bufs [][]byte, off int64) (int, error) { return a.ReadvAt(bufs, off) }

// feed gives one buffer's worth of entities, as a loop would, and waits while there is no room.
func feed(t check, r *Receiver, entity int) {
	for !r.Room() {
		if s := <-r.Signals(); s.Kind == Failed {
			t.Fatal(s.Err)
		}
	}
	buf := r.o.Pool.Get()
	for at := 6; at+entity <= len(buf.B); at += entity + 6 {
		if err := r.Data(buf, buf.B[at:at+entity], true); err != nil {
			t.Fatal(err)
		}
	}
	buf.Release()
}

// steady is how often f allocates once every list and pool has its size, which takes a while.
func steady(f func()) float64 {
	n := 0.0
	for range 20 {
		if n = testing.AllocsPerRun(20, f); n == 0 {
			break
		}
	}
	return n
}

func TestReceivingAllocatesNothingPerBlock(t *testing.T) {
	for _, records := range []sdk.Records{sdk.RecordsStream, sdk.RecordsLines, sdk.RecordsPrefixed} {
		for _, entity := range []int{80, 4 << 10, 32 << 10} {
			r, _ := receive(t, nil, func(o *ReceiverOptions) {
				o.Writer, o.Records, o.Delimiter = &void{}, records, []byte("\n")
			})
			if n := steady(func() { feed(t, r, entity) }); n > 0 {
				t.Errorf("%s: %v allocations for 1 MiB in entities of %d", records, n, entity)
			}
		}
	}
}

func TestSendingAllocatesNothingPerChunk(t *testing.T) {
	for name, change := range map[string]func(*SenderOptions){
		"framed": func(o *SenderOptions) { o.Gap, o.Max = 6, 4<<10 },
		"whole":  nil,
		"fixed":  fixed(80),
		"in memory": func(o *SenderOptions) {
			o.Reader, o.Digest, o.Gap, o.Max = atHand{endless{1 << 40}}, false, 6, 4<<10
		},
	} {
		s := send(t, endless{1 << 40}, change)
		next := func() {
			c := nextChunk(s)
			for b, _, ok := c.Next(); ok; b, _, ok = c.Next() {
				if err := s.Taken(c, len(b)); err != nil {
					t.Fatal(err)
				}
			}
			c.Release()
		}
		if n := steady(next); n > 0 {
			t.Errorf("%s: %v allocations for a chunk", name, n)
		}
	}
}

// mirror gives its blocks as they are, in memory that it lends.
type mirror struct{ mem []byte }

func (m mirror) Buffer() []byte                                { return m.mem }
func (m mirror) Block(in []byte, _ bool) (sdk.Filtered, error) { return sdk.Filtered{Bytes: in}, nil }
func (m mirror) Close() error                                  { return nil }

func newMirror() mirror { return mirror{make([]byte, 256<<10)} }

// still gives its blocks as they are, in whatever memory they come.
type still struct{}

func (still) Block(in []byte, _ bool) (sdk.Filtered, error) { return sdk.Filtered{Bytes: in}, nil }
func (still) Close() error                                  { return nil }

func TestFilteringAllocatesNothingPerBlock(t *testing.T) {
	for _, row := range []struct {
		name    string
		entity  int
		filters func() []sdk.Filter
	}{
		{"lent", 80, func() []sdk.Filter { return []sdk.Filter{newMirror()} }},
		{"two", 32 << 10, func() []sdk.Filter { return []sdk.Filter{newMirror(), newMirror()} }},
		{"made", 32 << 10, func() []sdk.Filter { return []sdk.Filter{still{}} }},
	} {
		r, _ := receive(t, nil, func(o *ReceiverOptions) { o.Writer, o.Digest, o.Filters = &void{}, false, line(row.filters()...) })
		if n := steady(func() { feed(t, r, row.entity) }); n > 0 {
			t.Errorf("%s: %v allocations for 1 MiB received", row.name, n)
		}
		// Where filters with a version can go on is noted once a chunk; these have none.
		s := send(t, endless{1 << 40}, func(o *SenderOptions) {
			o.Gap, o.Max, o.Digest, o.Filters = 6, 4<<10, false, lineOf("", nil, row.filters()...)
		})
		if n := steady(func() { takeChunk(t, s) }); n > 0 {
			t.Errorf("%s: %v allocations for a chunk sent", row.name, n)
		}
	}
}

// takeChunk says one chunk whole.
func takeChunk(t check, s *Sender) {
	c := <-s.Chunks()
	for b, _, ok := c.Next(); ok; b, _, ok = c.Next() {
		if err := s.Taken(c, len(b)); err != nil {
			t.Fatal(err)
		}
	}
	c.Release()
}
