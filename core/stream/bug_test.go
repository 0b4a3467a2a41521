package stream

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/postern/postern/sdk"
)

// buggy is a writer one of whose methods panics.
type buggy struct {
	*disk
	in string
}

func (b buggy) panics(in string) {
	if b.in == in {
		panic("a bug in " + in)
	}
}

func (b buggy) WriteAt(bufs [][]byte, off int64) error {
	b.panics("a write")
	return b.disk.WriteAt(bufs, off)
}

func (b buggy) Sync() (int64, []byte, error) {
	b.panics("a sync")
	return b.disk.Sync()
}

func (b buggy) Truncate(off int64) error {
	b.panics("a truncation")
	return b.disk.Truncate(off)
}

// bugs counts what it is told of, and looks at the stack.
func bugs(t *testing.T, n *atomic.Int32) Bug {
	return func(value any, stack []byte) {
		n.Add(1)
		if !strings.HasPrefix(value.(string), "a bug in ") || !strings.Contains(string(stack), "bug_test.go") {
			t.Errorf("told of %v, with the stack\n%s", value, stack)
		}
	}
}

func isBug(t *testing.T, err error, told *atomic.Int32) {
	t.Helper()
	if sdk.CodeOf(err) != sdk.DataIO || !strings.Contains(sdk.ToRefusal(err, "").Error(), "bug") {
		t.Errorf("failed with %v", err)
	}
	if n := told.Load(); n != 1 {
		t.Errorf("told %d times", n)
	}
}

func TestAPanicWhileAFileIsReceivedEndsItsTransferAndNotTheProcess(t *testing.T) {
	for _, in := range []string{"a write", "a sync", "a truncation", "a save"} {
		t.Run(in, func(t *testing.T) {
			var told atomic.Int32
			r, _ := receive(t, &disk{}, func(o *ReceiverOptions) {
				o.Writer, o.Bug = buggy{o.Writer.(*disk), in}, bugs(t, &told)
				switch in {
				case "a truncation":
					o.Resumed = true
				case "a save":
					o.Save = func(Mark) error { panic("a bug in a save") }
				}
			})
			_ = r.Data(nil, pattern(ShortFile+1), false) // either fails where the failure was quicker
			_ = r.Sync(1, nil)
			isBug(t, wait(t, r, Failed).Err, &told)
			r.Stop()
			if m := wait(t, r, Stopped).Mark; m.Point != 0 {
				t.Errorf("it says that point %d is durable", m.Point)
			}
		})
	}
}

// faulty is a reader that panics.
type faulty struct{ source }

func (faulty) ReadAt([]byte, int64) (int, error) { panic("a bug in a reader") }

func TestAPanicWhileAFileIsSentEndsItsTransferAndNotTheProcess(t *testing.T) {
	file := faulty{newSource(pattern(1000))}
	for name, change := range map[string]func(*SenderOptions){
		"as it is":        nil,
		"in lines":        func(o *SenderOptions) { o.Records, o.Delimiter = sdk.RecordsLines, []byte("\n") },
		"through filters": func(o *SenderOptions) { o.Filters = line(xor(1)) },
	} {
		t.Run(name, func(t *testing.T) {
			var told atomic.Int32
			s := send(t, file, func(o *SenderOptions) {
				o.Bug = bugs(t, &told)
				if change != nil {
					change(o)
				}
			})
			c := <-s.Chunks()
			defer c.Release()
			isBug(t, c.Err, &told)
		})
	}
}

func TestAPanicWhilePartsAreReadEndsTheirTransferAndNotTheProcess(t *testing.T) {
	var told atomic.Int32
	wake := make(chan struct{}, 1)
	f, err := NewFetcher(FetcherOptions{Reader: faulty{newSource(pattern(1000))}, Digest: true, Pool: NewPool(8), Budget: NewBudget(),
		Bug: bugs(t, &told), Wake: func() { wake <- struct{}{} }})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Want(1, 0, 100); err != nil {
		t.Fatal(err)
	}
	<-wake
	p, _ := f.Next()
	isBug(t, p.Err, &told)
	p.Release()
	told.Store(0)
	f.Settle()
	<-wake
	_, _, err = f.Settled()
	isBug(t, err, &told)
}
