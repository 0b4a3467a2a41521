package stream

import (
	"bytes"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestABufferGoesBackWithItsLastHolder(t *testing.T) {
	p := NewPool(1)
	b := p.Get()
	b.Hold()
	b.Release()
	if p.InUse() != 1 {
		t.Fatal("the buffer went back while it was held")
	}
	b.Release()
	if p.InUse() != 0 || p.Get() != b {
		t.Error("the buffer is not used again")
	}
}

func TestAPoolKeepsNoMoreThanItsSize(t *testing.T) {
	p := NewPool(2)
	bufs := []*Buffer{p.Get(), p.Get(), p.Get()}
	if !p.short() {
		t.Error("three of two are in use and the pool is not short")
	}
	for _, b := range bufs {
		b.Release()
	}
	if p.kept != 2*BufferSize || p.short() {
		t.Errorf("%d bytes are kept", p.kept)
	}
}

func TestBuffersAreSmallerTheMoreTransfersShareThePool(t *testing.T) {
	p := NewPool(64)
	for joined, want := range []int{0: BufferSize, 1: BufferSize, 16: BufferSize, 17: MiddleSize, 128: MiddleSize,
		129: SmallSize, 1000: SmallSize} {
		if want == 0 {
			continue
		}
		for p.sharing.Load() < int64(joined) {
			p.join()
		}
		for _, n := range []int{1, SmallSize, MiddleSize, BufferSize} {
			b := p.Lend(n)
			if len(b.B) != max(want, n) {
				t.Errorf("%d transfers: %d bytes were lent for %d", joined, len(b.B), n)
			}
			b.Release()
		}
	}
}

func TestAPoolKeepsTheSizeThatIsLentNow(t *testing.T) {
	p := NewPool(8)
	var bufs []*Buffer
	for range 8 {
		bufs = append(bufs, p.Get())
	}
	for range 100 {
		p.join()
	}
	for range 100 {
		bufs = append(bufs, p.Lend(1))
	}
	for _, b := range bufs { // the full ones first
		b.Release()
	}
	if p.kept > 8*BufferSize || p.used.Load() != 0 {
		t.Errorf("%d bytes are kept, %d are in use", p.kept, p.used.Load())
	}
	if n := len(p.idle[2].bufs); n != 64 {
		t.Errorf("%d small buffers are kept", n)
	}
}

func TestWhoeverMovesAFileSharesThePoolUntilItCloses(t *testing.T) {
	p := NewPool(8)
	r, _ := receive(t, &disk{}, func(o *ReceiverOptions) { o.Pool = p })
	s := send(t, inMemory{bytes.NewReader(nil)}, func(o *SenderOptions) { o.Pool = p })
	f, err := NewFetcher(FetcherOptions{Reader: inMemory{bytes.NewReader(nil)}, Pool: p, Budget: NewBudget(), Wake: func() {}})
	if err != nil {
		t.Fatal(err)
	}
	if n := p.sharing.Load(); n != 3 {
		t.Errorf("%d share it, want 3", n)
	}
	for range 2 {
		r.Close()
		s.Close()
		f.Close()
	}
	if n := p.sharing.Load(); n != 0 {
		t.Errorf("%d share it when nothing moves", n)
	}
}

func TestAPoolAtRestGivesItsMemoryBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(64)
		var bufs []*Buffer
		for range 100 {
			bufs = append(bufs, p.Get())
		}
		for _, b := range bufs {
			b.Release()
		}
		for range 4 { // somebody uses one of them all the time
			b := p.Get()
			time.Sleep(trimEvery * 3 / 4)
			b.Release()
		}
		p.mu.Lock()
		n := len(p.idle[0].bufs)
		p.mu.Unlock()
		if n != 1 {
			t.Errorf("%d buffers are kept for one that is used", n)
		}
		time.Sleep(3 * trimEvery)
		synctest.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.kept != 0 || p.trim {
			t.Errorf("%d bytes are kept", p.kept)
		}
	})
}

func TestABufferReleasedTwiceIsABug(t *testing.T) {
	b := NewPool(1).Get()
	b.Release()
	defer func() {
		if recover() == nil {
			t.Error("nobody noticed")
		}
	}()
	b.Release()
}

func TestABufferKnowsItsBytes(t *testing.T) {
	p := NewPool(2)
	b, other := p.Get(), p.Get()
	var none *Buffer
	for name, row := range map[string]struct{ got, want bool }{
		"all":          {b.contains(b.B), true},
		"the end":      {b.contains(b.B[BufferSize-1:]), true},
		"nothing":      {b.contains(b.B[:0]), false},
		"another":      {b.contains(other.B[5:9]), false},
		"a copy":       {b.contains(slices.Clone(b.B[:10])), false},
		"of no buffer": {none.contains(b.B), false},
	} {
		if row.got != row.want {
			t.Errorf("%s: %v", name, row.got)
		}
	}
	b.Release()
	other.Release()
}

func TestSignalsOfOneKindReplaceEachOther(t *testing.T) {
	m := newMailbox()
	for i := range int64(1000) {
		m.post(Signal{Kind: Durable, Mark: Mark{Position: Position{Point: i}}})
		m.post(Signal{Kind: Room})
	}
	m.post(Signal{Kind: Failed, Err: errDisk})
	var got []SignalKind
	for len(m.ch) > 0 {
		s := <-m.ch
		if got = append(got, s.Kind); s.Kind == Durable && s.Mark.Point != 999 {
			t.Errorf("point %d", s.Mark.Point)
		}
	}
	if !slices.Equal(got, []SignalKind{Durable, Room, Failed}) {
		t.Errorf("signals %v", got)
	}
}
