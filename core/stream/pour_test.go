package stream

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/postern/postern/sdk"
)

// pours gives a fetcher of a file behind filters, and what comes out of them.
func pours(t *testing.T, file []byte, filters Filters, out []byte) *fetching {
	t.Helper()
	x := &fetching{T: t, wake: make(chan struct{}, 1), file: out}
	pool := NewPool(8)
	f, err := NewFetcher(FetcherOptions{Reader: inMemory{bytes.NewReader(file)}, Digest: true, Gap: 13, Max: 64 << 10, Pool: pool,
		Budget: NewBudget(), Filters: filters, Wake: func() {
			select {
			case x.wake <- struct{}{}:
			default:
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	x.f = f
	t.Cleanup(func() {
		f.Close()
		if n := pool.InUse(); n != 0 {
			t.Errorf("%d buffers were not given back", n)
		}
	})
	return x
}

// wants asks for n parts of a length from an offset on, as a client does that reads ahead without knowing where the end is.
func (x *fetching) wants(at int64, n, length int) int64 {
	x.Helper()
	for range n {
		if err := x.f.Want(1, at, length); err != nil {
			x.Fatal(err)
		}
		at += int64(length)
	}
	return at
}

func TestAClientThatReadsAheadGetsAllThatComesOutOfFiltersAndThenTheEnd(t *testing.T) {
	for _, size := range []int{0, 1, 50_000, 64 << 10, 3<<20 + 17} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			file := make([]byte, size)
			_, _ = rand.NewChaCha8([32]byte{3}).Read(file)
			var out []byte
			for _, b := range file {
				out = append(out, b, b)
			}
			x := pours(t, file, lineFrom(nil, &double{}), out)
			const length, ahead = 32 << 10, 64
			next, got, short := x.wants(0, ahead, length), 0, false
			for end := false; !end; {
				p := x.next()
				switch {
				case p.n == 0:
					end = true
				case short:
					t.Fatalf("%d bytes come at %d, behind a part that was short", p.n, p.At)
				default:
					short = p.n < length
					got += p.n
					if int(p.At)+p.n != got {
						t.Fatalf("the part at %d ends at %d bytes of %d", p.At, int(p.At)+p.n, got)
					}
				}
				p.Release()
				if !end && !short {
					next = x.wants(next, 1, length)
				}
			}
			if got != len(out) || !x.f.Whole() || x.f.Size() != int64(len(out)) {
				t.Fatalf("%d bytes of %d came, whole: %v of %d", got, len(out), x.f.Whole(), x.f.Size())
			}
			x.f.Settle()
			total, ok, err := x.f.Settled()
			for !ok {
				<-x.wake
				total, ok, err = x.f.Settled()
			}
			want, wire := sha256.Sum256(file), sha256.Sum256(out)
			if err != nil || total.SHA256 != hex.EncodeToString(want[:]) || total.WireSHA256 != hex.EncodeToString(wire[:]) || total.File != int64(size) {
				t.Errorf("the file was %+v, %v", total, err)
			}
		})
	}
}

func TestWhatComesOutOfFiltersIsReadInOrderOnly(t *testing.T) {
	x := pours(t, []byte("abc"), lineFrom(nil, &double{}), []byte("aabbcc"))
	if err := x.f.Want(1, 2, 2); sdk.CodeOf(err) != sdk.RestartPoint {
		t.Errorf("a part in the middle is answered with %v", err)
	}
	x.wants(0, 1, 4)
	x.next().Release()
	for _, at := range []int64{0, 2, 5} {
		if err := x.f.Want(1, at, 2); sdk.CodeOf(err) != sdk.RestartPoint {
			t.Errorf("byte %d behind byte 4 is answered with %v", at, err)
		}
	}
	if x.f.Whole() || x.f.Size() != -1 || x.f.Prefix() != 0 {
		t.Errorf("before its end the file is whole: %v, %d bytes, to be gone on with at %d", x.f.Whole(), x.f.Size(), x.f.Prefix())
	}
	x.wants(4, 1, 9)
	x.next().Release()
	if !x.f.Whole() {
		t.Error("the file is not whole after its last part")
	}
	if err := x.f.Want(1, 6, 9); err != nil { // what a client is still missing of its last part
		t.Errorf("the end is asked for again: %v", err)
	}
	x.next().Release()
}
