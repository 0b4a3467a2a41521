package s3

import (
	"fmt"
	"hash/crc32"
	"io"

	"github.com/minio/minio-go/v7"
)

// tail is what of the bytes behind the last whole part is in hidden objects, one for each Sync that had to. They bear
// consecutive numbers and their bytes follow one another from the buffer's start to end.
type tail struct {
	first, n int
	end      int64
	crc      uint32 // CRC-32C of its bytes
}

func (b *Backend) tailKey(id string, number int) string {
	return b.hiddenKey(id, fmt.Sprintf("%s%08d", nameTail, number))
}

// extend makes the tail of a buffer reach to. mu is held, and let go meanwhile: WriteAt may go on behind to.
func (w *writer) extend(c *buffer, to int64) error {
	t := c.tail
	if t.end >= to {
		return nil
	}
	if t.n > 0 && t.first+t.n != w.serial {
		*t = tail{end: c.start} // another one came in between: it begins anew
	}
	if t.n == 0 {
		t.first = w.serial
	}
	number, data := w.serial, c.data[t.end-c.start:to-c.start]
	w.serial++
	c.busy = true
	err := w.apart(func() error { return w.b.put(w.b.tailKey(w.target.ID, number), data, nil, false) })
	c.busy = false
	if err != nil {
		return fmt.Errorf("store the bytes behind the last part: %w", err)
	}
	t.n, t.end, t.crc = t.n+1, to, crc32.Update(t.crc, castagnoli, data)
	w.trim()
	return nil
}

// forgetTails removes the tails of parts that the catalog has: when Sync is called again, the state before was kept.
// What cannot be removed goes with the transfer.
func (w *writer) forgetTails() {
	var old []tail
	for _, p := range w.parts[:w.spoken] {
		if p.tail.n > 0 {
			old = append(old, *p.tail)
			p.tail = &tail{end: p.start}
		}
	}
	if len(old) == 0 {
		return
	}
	_ = w.apart(func() error { return w.removeTails(old) })
}

func (w *writer) removeTails(old []tail) error {
	ctx, cancel := w.b.within(0)
	defer cancel()
	for _, t := range old {
		for i := range t.n {
			if err := w.b.removeKey(ctx, w.b.tailKey(w.target.ID, t.first+i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// readTail reads a tail's bytes back.
func (b *Backend) readTail(id string, t tail) ([]byte, error) {
	var data []byte
	for i := range t.n {
		more, err := b.get(b.tailKey(id, t.first+i))
		if err != nil {
			return nil, err
		}
		data = append(data, more...)
	}
	return data, nil
}

// get reads a small object whole.
func (b *Backend) get(key string) ([]byte, error) {
	ctx, cancel := b.within(b.settings.PartSize)
	defer cancel()
	body, _, _, err := b.core.GetObject(ctx, b.settings.Bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, b.settings.PartSize+1))
}
