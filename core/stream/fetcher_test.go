package stream

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"github.com/postern/postern/sdk"
)

// fetching is a fetcher of a file in memory, with the parts that it gave.
type fetching struct {
	*testing.T
	f    *Fetcher
	wake chan struct{}
	file []byte
}

type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error         { return nil }
func (r inMemory) Info() sdk.FileInfo { return sdk.FileInfo{Size: r.Size()} }

func fetches(t *testing.T, size int) *fetching {
	file := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(file)
	return pours(t, file, nil, file)
}

// next waits for a part and compares it with the file.
func (x *fetching) next() *Part {
	x.Helper()
	for {
		p, ok := x.f.Next()
		if !ok {
			<-x.wake
			continue
		}
		if p.Err != nil {
			x.Fatal(p.Err)
		}
		if p.n > 0 && !bytes.Equal(p.Bytes[13:], x.file[p.At:p.At+int64(p.n)]) {
			x.Fatalf("the part at %d is not that of the file", p.At)
		}
		x.f.Said(p)
		return p
	}
}

// sum settles the fetcher and gives its digest.
func (x *fetching) sum() string {
	x.f.Settle()
	for {
		if sum, ok, err := x.f.Settled(); err != nil {
			x.Fatal(err)
		} else if ok {
			return sum.SHA256
		}
		<-x.wake
	}
}

func (x *fetching) want() string {
	sum := sha256.Sum256(x.file)
	return hex.EncodeToString(sum[:])
}

func TestAFileIsFetchedOnePartAfterTheOther(t *testing.T) {
	const part = 32 << 10
	x := fetches(t, 3<<20+5)
	at, tag := int64(0), uint32(0)
	for range 8 { // so many are wanted at once
		x.f.Want(tag, at, part)
		at, tag = at+part, tag+1
	}
	for owed := 8; owed > 0; owed-- { // the end of the file may be told before its last parts
		p := x.next()
		if p.n > 0 {
			x.f.Want(tag, at, part)
			at, tag, owed = at+part, tag+1, owed+1
		}
		p.Release()
	}
	if !x.f.Whole() || x.f.Sent() != int64(len(x.file)) {
		t.Errorf("%d of %d bytes went out", x.f.Sent(), len(x.file))
	}
	if x.sum() != x.want() {
		t.Error("the digest is not that of the file")
	}
}

func TestAFileIsFetchedInAnyOrder(t *testing.T) {
	const part = 10_000
	x := fetches(t, 400_000)
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(40) {
		x.f.Want(uint32(i), int64(i)*part, part)
		p := x.next()
		if p.Tag != uint32(i) || p.n != part {
			t.Fatalf("%d bytes for tag %d, wanted %d for %d", p.n, p.Tag, part, i)
		}
		if x.f.Whole() {
			t.Log("whole")
		}
		p.Release()
	}
	if !x.f.Whole() {
		t.Error("every part went out, and the file is not whole")
	}
	if x.sum() != x.want() {
		t.Error("the digest is not that of the file")
	}
}

func TestWhatIsWantedAndNotGivenIsToldAtTheEnd(t *testing.T) {
	x := fetches(t, 1000)
	x.f.Want(7, 0, 10)
	x.f.Want(8, 5000, 10)
	if tags := x.f.Close(); len(tags) != 2 {
		t.Errorf("tags %v", tags)
	}
	if x.f.Whole() {
		t.Error("nothing went out, and the file is whole")
	}
}

func TestExtentsGrowTogether(t *testing.T) {
	var e extents
	for _, x := range []extent{{10, 20}, {30, 40}, {20, 25}, {0, 5}, {3, 12}, {25, 30}, {50, 60}, {41, 50}} {
		e.add(x.from, x.to)
	}
	if len(e.list) != 2 || e.list[0] != (extent{0, 40}) || e.list[1] != (extent{41, 60}) || e.prefix() != 40 {
		t.Errorf("extents %v", e.list)
	}
	e.cut(45)
	e.cut(20)
	if len(e.list) != 1 || e.prefix() != 20 {
		t.Errorf("after a cut: %v", e.list)
	}
}

func TestExtentsAreThoseOfASetOfBytes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var e extents
		var set [64]bool
		for range 12 {
			from := rnd.Int64N(64)
			to := from + rnd.Int64N(64-from+1)
			e.add(from, to)
			for i := from; i < to; i++ {
				set[i] = true
			}
			var got [64]bool
			for k, x := range e.list {
				if x.from >= x.to || k > 0 && e.list[k-1].to >= x.from {
					t.Fatalf("extents touch: %v", e.list)
				}
				for i := x.from; i < x.to; i++ {
					got[i] = true
				}
			}
			if got != set {
				t.Fatalf("extents %v are not %v", e.list, set)
			}
		}
	}
}
