package stream

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"github.com/postern/postern/plugins/backend/memory"
	"github.com/postern/postern/sdk"
)

func TestAFileThatComesInAnyOrderIsStoredAndDigestedWhole(t *testing.T) {
	const part = 3000
	file := make([]byte, 200*part)
	_, _ = rand.NewChaCha8([32]byte{9}).Read(file)
	for name, order := range map[string][]int{"in order": inOrder(200), "backwards": backwards(200), "shuffled": rand.New(rand.NewPCG(5, 6)).Perm(200)} {
		t.Run(name, func(t *testing.T) {
			b := memory.New(memory.Settings{})
			w, err := b.Create(sdk.Target{ID: "id", Path: "f", Size: -1})
			if err != nil {
				t.Fatal(err)
			}
			r, err := NewReceiver(ReceiverOptions{Writer: w, Digest: true, Scattered: true, Pool: NewPool(8), Save: func(Mark) error { return nil }})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			for _, i := range order {
				if err := r.DataAt(nil, file[i*part:(i+1)*part], int64(i)*part); err != nil {
					t.Fatal(err)
				}
			}
			r.Finish()
			total := awaited(t, r, Finished).Totals
			sum := sha256.Sum256(file)
			if total.File != int64(len(file)) || total.SHA256 != hex.EncodeToString(sum[:]) {
				t.Errorf("%d bytes, digest %s", total.File, total.SHA256)
			}
			r.Close()
			if _, err := w.Commit(sdk.ExistsFail); err != nil {
				t.Fatal(err)
			}
			got, err := b.Open("f")
			if err != nil {
				t.Fatal(err)
			}
			defer got.Close()
			stored := make([]byte, len(file))
			if _, err := got.ReadAt(stored, 0); err != nil || !bytes.Equal(stored, file) {
				t.Errorf("what is stored differs: %v", err)
			}
		})
	}
}

func TestAPointStandsWhereNoByteIsMissingBeforeIt(t *testing.T) {
	w, err := memory.New(memory.Settings{}).Create(sdk.Target{ID: "id", Path: "f", Size: -1})
	if err != nil {
		t.Fatal(err)
	}
	var saved []Mark
	r, err := NewReceiver(ReceiverOptions{Writer: w, Digest: true, Scattered: true, Pool: NewPool(8), Save: func(m Mark) error {
		saved = append(saved, m)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, at := range []int64{0, 10, 40} {
		if err := r.DataAt(nil, bytes.Repeat([]byte{'x'}, 10), at); err != nil {
			t.Fatal(err)
		}
	}
	r.Stop()
	awaited(t, r, Stopped)
	if n := len(saved); n != 1 || saved[0].File != 20 || saved[0].Point != 1 {
		t.Errorf("saved %+v", saved)
	}
}

func awaited(t *testing.T, r *Receiver, k SignalKind) Signal {
	t.Helper()
	for s := range r.Signals() {
		if s.Kind == Failed && k != Failed {
			t.Fatal(s.Err)
		}
		if s.Kind == k {
			return s
		}
	}
	return Signal{}
}

func inOrder(n int) (out []int) {
	for i := range n {
		out = append(out, i)
	}
	return out
}

func backwards(n int) (out []int) {
	for i := range n {
		out = append(out, n-1-i)
	}
	return out
}
