package stream

import (
	"errors"
	"testing"

	"github.com/postern/postern/sdk"
)

// witness is a disk that knows what the catalog says of its file at each moment.
type witness struct {
	*disk
	catalog *saver
}

func (w witness) promise() (m Mark) {
	w.catalog.mu.Lock()
	defer w.catalog.mu.Unlock()
	if n := len(w.catalog.marks); n > 0 {
		m = w.catalog.marks[n-1]
	}
	return m
}

func (w witness) WriteAt(bufs [][]byte, off int64) error {
	if m := w.promise(); off < m.File && m.Digest != nil {
		return errors.New("written over what the catalog has a digest of")
	}
	if off >= int64(len(w.data)) {
		return w.disk.WriteAt(bufs, off)
	}
	for _, b := range bufs {
		off += int64(copy(w.data[off:], b))
	}
	return nil
}

func (w witness) Truncate(off int64) error {
	if m := w.promise(); off < m.File {
		return errors.New("cut below what the catalog says is there")
	}
	return w.disk.Truncate(off)
}

func TestTheCatalogGoesBackBeforeDurableBytesChange(t *testing.T) {
	for name, change := range map[string]func(r *Receiver) error{
		"written over": func(r *Receiver) error { return r.DataAt(nil, []byte("y"), 3) },
		"cut":          func(r *Receiver) error { return r.Resize(4) },
	} {
		t.Run(name, func(t *testing.T) {
			w := witness{&disk{}, &saver{t: t}}
			r, err := NewReceiver(ReceiverOptions{Writer: w, Digest: true, Scattered: true, Durability: sdk.DurabilitySync,
				Pool: NewPool(8), Save: w.catalog.save})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if err := r.DataAt(nil, []byte("xxxxxxxxxx"), 0); err != nil {
				t.Fatal(err)
			}
			if _, err := r.Point(); err != nil {
				t.Fatal(err)
			}
			awaited(t, r, Durable)
			if m := w.promise(); m.File != 10 || m.Digest == nil {
				t.Fatalf("saved was %+v", m)
			}
			if err := change(r); err != nil {
				t.Fatal(err)
			}
			r.Stop()
			awaited(t, r, Stopped)
			if m := w.promise(); m.File > int64(len(w.data)) {
				t.Errorf("the catalog says that %d bytes are there, of %d", m.File, len(w.data))
			}
		})
	}
}
