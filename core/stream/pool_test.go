package stream

import (
	"slices"
	"testing"
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
	if len(p.idle) != 2 || p.short() {
		t.Errorf("%d idle", len(p.idle))
	}
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
