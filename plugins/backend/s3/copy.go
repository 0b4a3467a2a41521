package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/minio/minio-go/v7"

	"github.com/postern/postern/sdk"
)

// copyStep is how much of an object one request copies, in bytes: S3 allows 5 GiB, and a small step fails early.
const copyStep = 1 << 30

// copyKey copies an object within the store, by a multipart upload: only that keeps to If-None-Match everywhere.
func (b *Backend) copyKey(from minio.ObjectInfo, to string, metadata map[string]string, isNew bool) error {
	if from.Size == 0 {
		return b.put(to, nil, metadata, isNew)
	}
	ctx, cancel := b.within(from.Size)
	defer cancel()
	upload, err := b.core.NewMultipartUpload(ctx, b.settings.Bucket, to, b.putOptions(metadata))
	if err != nil {
		return err
	}
	if err = b.copyParts(ctx, from, to, upload, isNew); err != nil {
		ctx, cancel := b.within(0)
		defer cancel()
		if abort := b.core.AbortMultipartUpload(ctx, b.settings.Bucket, to, upload); abort != nil && !missing(abort) {
			return errors.Join(err, abort)
		}
	}
	return err
}

func (b *Backend) copyParts(ctx context.Context, from minio.ObjectInfo, to, upload string, isNew bool) error {
	var list []minio.CompletePart
	for at := int64(0); at < from.Size; at += copyStep {
		n := min(copyStep, from.Size-at)
		p, err := b.core.CopyObjectPart(ctx, b.settings.Bucket, from.Key, b.settings.Bucket, to, upload, len(list)+1, at, n,
			map[string]string{"x-amz-copy-source-if-match": from.ETag})
		if err != nil {
			return fmt.Errorf("copy %d bytes at %d: %w", n, at, err)
		}
		list = append(list, p)
	}
	var o minio.PutObjectOptions
	if isNew {
		o.SetMatchETagExcept("*")
	}
	_, err := b.core.CompleteMultipartUpload(ctx, b.settings.Bucket, to, upload, list, o)
	return err
}

// ReadAt reads back what was written: a file that is in memory, and with Readable any, once it is whole. Nothing can be
// written any more after a larger file was read.
func (w *writer) ReadAt(b []byte, off int64) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return 0, err
	}
	if off < 0 || off > math.MaxInt64-int64(len(b)) {
		return 0, errors.New("read at a place that is none")
	}
	if len(w.parts) > 0 {
		if !w.b.settings.Readable {
			return 0, sdk.Refuse(sdk.DataIO, "the file cannot be read before it has its name: it has parts in the store already; "+
				"the backend needs readable: true, or no verify exit may read it")
		}
		if err := w.makeWhole(); err != nil {
			return 0, failed("read the file back", err)
		}
		return w.whole.ReadAt(b, off)
	}
	n := 0
	if off < int64(len(w.cur.data)) {
		n = copy(b, w.cur.data[off:])
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// makeWhole completes the upload under its hidden name; mu is held.
func (w *writer) makeWhole() error {
	if w.whole != nil {
		return nil
	}
	w.letGo()
	w.settle()
	if err := w.lastPart(); err != nil {
		return err
	}
	if err := w.complete(w.begun.Key, false); err != nil {
		return err
	}
	r, err := w.b.openKey(w.begun.Key, w.target.Path)
	w.whole = r
	return err
}

// copyTo gives the whole file, hidden until now, a name.
func (w *writer) copyTo(key string, isNew bool) error {
	if err := w.makeWhole(); err != nil {
		return err
	}
	i := w.whole.info
	from := minio.ObjectInfo{Key: w.begun.Key, Size: i.Size, ETag: i.Tag}
	return w.b.copyKey(from, key, map[string]string{metaTransfer: w.target.ID}, isNew)
}
