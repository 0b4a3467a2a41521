package stream

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/postern/postern/sdk"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// disk is a writer in memory that knows what a crash would leave.
type disk struct {
	mu        sync.Mutex
	data      []byte
	durable   []byte // what the last Sync covered
	writes    [][2]int64
	syncs     int
	truncates int
	gate      chan struct{} // each Sync waits for a token when set
	writeErr  error         // of the next WriteAt
	syncErr   error         // of every Sync
	lag       int64         // bytes that Sync leaves out
	spoil     bool          // WriteAt consumes the list it was given, as a backend may
}

var errDisk = errors.New("disk on fire")

func (d *disk) WriteAt(bufs [][]byte, off int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.writeErr; err != nil {
		return err
	}
	if off != int64(len(d.data)) {
		return errors.New("written with a gap or twice")
	}
	for i, b := range bufs {
		d.data = append(d.data, b...)
		if d.spoil {
			bufs[i] = nil
		}
	}
	d.writes = append(d.writes, [2]int64{off, int64(len(d.data)) - off})
	return nil
}

func (d *disk) Sync() (int64, []byte, error) {
	d.mu.Lock()
	now := slices.Clone(d.data)
	d.syncs++
	err, gate, lag := d.syncErr, d.gate, d.lag
	d.mu.Unlock()
	if gate != nil {
		<-gate
	}
	if err != nil {
		return 0, nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.durable = now[:max(int64(len(now))-lag, 0)]
	return int64(len(d.durable)), []byte{byte(d.syncs)}, nil
}

func (d *disk) Truncate(off int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if off > int64(len(d.data)) {
		return errors.New("truncated beyond the end")
	}
	d.truncates++
	d.data = d.data[:off]
	return nil
}

func (d *disk) Commit(sdk.OnExists) (string, error) { return "", nil }
func (d *disk) Close() error                        { return nil }
func (d *disk) Discard() error                      { return nil }

// source is a reader in memory.
type source struct {
	*bytes.Reader
	size int64
}

func newSource(b []byte) source            { return source{bytes.NewReader(b), int64(len(b))} }
func (s source) Info() sdk.FileInfo        { return sdk.FileInfo{Size: s.size} }
func (s source) Close() error              { return nil }
func (s source) plain() sdk.Reader         { return s }
func (s source) vectored() *vectoredSource { return &vectoredSource{source: s} }

// vectoredSource counts how it is read.
type vectoredSource struct {
	source
	calls int
}

func (s *vectoredSource) ReadvAt(bufs [][]byte, off int64) (int, error) {
	s.calls++
	total := 0
	for _, b := range bufs {
		n, err := s.ReadAt(b, off+int64(total))
		total += n
		if err != nil {
			if err == io.EOF && total > 0 && n == len(b) {
				continue
			}
			return total, err
		}
	}
	return total, nil
}

// readySource is in memory, up to a byte.
type readySource struct {
	*vectoredSource
	upto int64
}

func (s source) ready(upto int64) sdk.Reader { return readySource{s.vectored(), upto} }

func (s readySource) ReadvNow(bufs [][]byte, off int64) (n int, err error) {
	for _, b := range bufs {
		b = b[:max(min(int64(len(b)), s.upto-off-int64(n)), 0)]
		m, err := s.ReadAt(b, off+int64(n))
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}

// nextChunk is what a loop takes.
func nextChunk(s *Sender) *Chunk {
	if c := s.Now(); c != nil {
		return c
	}
	return <-s.Chunks()
}

// saver collects what Save was given.
type saver struct {
	mu    sync.Mutex
	marks []Mark
	err   error
	disk  *disk // when set, a mark beyond what is durable fails the test
	t     testing.TB
}

func (s *saver) save(m Mark) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.disk != nil {
		s.disk.mu.Lock()
		if m.File > int64(len(s.disk.durable)) {
			s.t.Errorf("point %d at byte %d was saved while %d bytes were durable", m.Point, m.File, len(s.disk.durable))
		}
		s.disk.mu.Unlock()
	}
	s.marks = append(s.marks, m)
	return s.err
}

func (s *saver) points() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []int64
	for _, m := range s.marks {
		out = append(out, m.Point)
	}
	return out
}

// xor is a filter that keeps lengths.
type xor byte

func (x xor) Block(in []byte, _ bool) (sdk.Filtered, error) {
	for i := range in {
		in[i] ^= byte(x)
	}
	return sdk.Filtered{Bytes: in}, nil
}
func (x xor) Close() error { return nil }

// double writes each byte twice.
type double struct{ out []byte }

func (d *double) Block(in []byte, _ bool) (sdk.Filtered, error) {
	d.out = d.out[:0]
	for _, b := range in {
		d.out = append(d.out, b, b)
	}
	return sdk.Filtered{Bytes: d.out}, nil
}
func (d *double) Close() error { return nil }

// until ends the file before the first byte equal to it; tail adds its bytes at the end.
type until byte

func (u until) Block(in []byte, _ bool) (sdk.Filtered, error) {
	if i := bytes.IndexByte(in, byte(u)); i >= 0 {
		return sdk.Filtered{Bytes: in[:i], End: true}, nil
	}
	return sdk.Filtered{Bytes: in}, nil
}
func (u until) Close() error { return nil }

type tail []byte

func (a tail) Block(in []byte, last bool) (sdk.Filtered, error) {
	if last {
		return sdk.Filtered{Bytes: append(in, a...)}, nil
	}
	return sdk.Filtered{Bytes: in}, nil
}
func (a tail) Close() error { return nil }

func hexOf(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// pattern gives n bytes that do not repeat at any block size used here.
func pattern(n int) []byte {
	b := make([]byte, n)
	x := uint32(2463534242)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

// check is what a test and a property have in common.
type check interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// wait returns the next signal of a kind; any other but Room and Durable fails the test.
func wait(t check, r *Receiver, kind SignalKind) Signal {
	t.Helper()
	for s := range r.Signals() {
		if s.Kind == kind {
			return s
		}
		if s.Kind != Room && s.Kind != Durable {
			t.Fatalf("waited for signal %d, got %+v", kind, s)
		}
	}
	panic("the channel was closed")
}

// receive makes a receiver on d that is closed with the test, and checks that every buffer came back.
func receive(t testing.TB, d *disk, change func(*ReceiverOptions)) (*Receiver, *saver) {
	t.Helper()
	s := &saver{disk: d, t: t}
	o := ReceiverOptions{Writer: d, Digest: true, Save: s.save, Pool: NewPool(8)}
	if change != nil {
		change(&o)
	}
	r, err := NewReceiver(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		if n := o.Pool.InUse(); n != 0 {
			t.Errorf("%d buffers were not released", n)
		}
	})
	return r, s
}

func give(t testing.TB, r *Receiver, b []byte, end bool) {
	t.Helper()
	if err := r.Data(nil, b, end); err != nil {
		t.Fatal(err)
	}
}
