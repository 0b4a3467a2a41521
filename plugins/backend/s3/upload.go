package s3

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"

	"github.com/minio/minio-go/v7"

	"github.com/postern/postern/sdk"
)

const headerCRC = "X-Amz-Checksum-Crc32c"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// crcOf is the checksum that goes with every body. The store computes it too and refuses what came wrong.
func crcOf(data []byte) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.Checksum(data, castagnoli)))
}

// sameCRC compares it with what the store answered, if it answers with checksums at all.
func sameCRC(ours, theirs string) error {
	if theirs != "" && theirs != ours {
		return fmt.Errorf("the store has checksum %s, sent was %s", theirs, ours)
	}
	return nil
}

// begun is what the store holds for a transfer, by the object that says so.
type begun struct {
	Version int    `json:"v"`
	Path    string `json:"path"`
	Key     string `json:"key"`              // what its parts are uploaded to
	Upload  string `json:"upload,omitempty"` // id of the multipart upload; "" none yet
}

const version = 1

// apart asks the store while others may use the writer: mu is held, and let go meanwhile. A panic of the library's is an
// error like another one.
func (w *writer) apart(ask func() error) (err error) {
	w.mu.Unlock()
	defer w.mu.Lock()
	defer sdk.Caught(&err)
	return ask()
}

// begin makes the object that tells a restart, and the sweep of what crashes left, of the transfer; with an upload where
// parts will follow. mu is held, and let go meanwhile.
func (w *writer) begin(upload bool) error {
	for w.making {
		w.cond.Wait()
	}
	now := begun{Version: version, Path: w.target.Path, Key: w.uploadKey()}
	if w.begun != nil {
		now = *w.begun
	}
	if w.begun != nil && (now.Upload != "" || !upload) {
		return nil
	}
	w.making = true
	err := w.apart(func() error { return w.b.begin(w.target.ID, &now, upload) })
	w.making = false
	w.cond.Broadcast()
	if err == nil {
		w.begun = &now
	}
	return err
}

func (b *Backend) begin(id string, now *begun, upload bool) (err error) {
	if upload {
		if now.Upload, err = b.newUpload(now.Key, id); err != nil {
			return failed("begin a multipart upload", err)
		}
	}
	data, err := json.Marshal(now)
	if err == nil {
		err = b.put(b.hiddenKey(id, nameBegun), data, nil, false)
	}
	return failed("note the transfer in the store", err)
}

// newUpload begins a multipart upload that bears the transfer's id.
func (b *Backend) newUpload(key, id string) (upload string, err error) {
	ctx, cancel := b.within(0)
	defer cancel()
	o := b.putOptions(map[string]string{metaTransfer: id, "X-Amz-Checksum-Algorithm": "CRC32C"})
	return b.core.NewMultipartUpload(ctx, b.settings.Bucket, key, o)
}

// names below the hidden folder of a transfer
const (
	nameBegun = "part"
	nameTail  = "tail-"
	nameWhole = "whole"
)

// uploadKey is what the parts are uploaded to: the file's own name, or a hidden one from where it can be read.
func (w *writer) uploadKey() string {
	if w.b.settings.Readable {
		return w.b.hiddenKey(w.target.ID, nameWhole)
	}
	return w.b.key(w.target.Path)
}

// put stores a small object whole. The caller does not change data meanwhile.
func (b *Backend) put(key string, data []byte, metadata map[string]string, isNew bool) error {
	ctx, cancel := b.within(int64(len(data)))
	defer cancel()
	crc := crcOf(data)
	meta := map[string]string{headerCRC: crc}
	for k, v := range metadata {
		meta[k] = v
	}
	o := b.putOptions(meta)
	// Over plain HTTP a body is signed in chunks. Of one that is empty some servers leave the last chunk unread, and take it
	// for the next request.
	o.DisableContentSha256 = len(data) == 0
	if isNew {
		o.SetMatchETagExcept("*")
	}
	info, err := b.core.PutObject(ctx, b.settings.Bucket, key, bytes.NewReader(data), int64(len(data)), "", "", o)
	if err != nil {
		return err
	}
	return sameCRC(crc, info.ChecksumCRC32C)
}

// launch uploads a part in a goroutine of its own, as soon as fewer than Parallel are. mu is held.
func (w *writer) launch(i int) {
	p := w.parts[i]
	w.flying++
	go func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		for w.uploading(p) >= w.b.settings.Parallel {
			w.cond.Wait()
		}
		err := w.broken
		if err == nil {
			err = w.upload(p, i+1)
		}
		if err != nil {
			w.fail(fmt.Sprintf("upload part %d", i+1), err)
		}
		p.done = err == nil
		w.flying--
		w.trim()
	}()
}

// uploading counts the parts before p that are on their way.
func (w *writer) uploading(p *part) (n int) {
	for _, q := range w.parts {
		if q == p {
			break
		}
		if !q.done && w.broken == nil {
			n++
		}
	}
	return n
}

// upload sends a part; mu is held, and let go meanwhile.
func (w *writer) upload(p *part, number int) error {
	if err := w.begin(true); err != nil {
		return err
	}
	id, key, data := w.begun.Upload, w.begun.Key, p.mem.data
	return w.apart(func() error { return w.put(p, number, id, key, data) })
}

func (w *writer) put(p *part, number int, id, key string, data []byte) error {
	ctx, cancel := w.b.within(int64(len(data)))
	defer cancel()
	crc := crcOf(data)
	got, err := w.b.core.PutObjectPart(ctx, w.b.settings.Bucket, key, id, number, bytes.NewReader(data), int64(len(data)),
		minio.PutObjectPartOptions{CustomHeader: http.Header{headerCRC: {crc}}, SSE: w.b.sse})
	if err == nil {
		err = sameCRC(crc, got.ChecksumCRC32C)
	}
	if err == nil && got.ETag == "" {
		err = errors.New("the store gave the part no ETag")
	}
	p.etag, p.crc = got.ETag, got.ChecksumCRC32C
	return err
}

// remove takes everything temporary out of the store; sync is held and no part is on its way.
func (w *writer) remove() error {
	if w.begun == nil {
		return nil
	}
	err := w.b.removeHidden(w.target.ID, w.begun)
	if err == nil {
		w.begun = nil
	}
	return err
}

// removeHidden aborts the upload first and forgets it last: what is interrupted in between is found again.
func (b *Backend) removeHidden(id string, known *begun) error {
	ctx, cancel := b.within(0)
	defer cancel()
	if known != nil && known.Upload != "" {
		if err := b.core.AbortMultipartUpload(ctx, b.settings.Bucket, known.Key, known.Upload); err != nil && !missing(err) {
			return failed("abort the multipart upload", err)
		}
	}
	return failed("remove the temporary objects", b.removeAll(ctx, b.hiddenKey(id, "")))
}

// removeAll removes the objects below a prefix, the one that tells of the transfer last.
func (b *Backend) removeAll(ctx context.Context, prefix string) error {
	last := false
	for o := range b.core.Client.ListObjectsIter(ctx, b.settings.Bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		if o.Err != nil {
			return o.Err
		}
		if o.Key == prefix+nameBegun {
			last = true
			continue
		}
		if err := b.removeKey(ctx, o.Key); err != nil {
			return err
		}
	}
	if !last {
		return nil
	}
	return b.removeKey(ctx, prefix+nameBegun)
}

func (b *Backend) removeKey(ctx context.Context, key string) error {
	err := b.core.RemoveObject(ctx, b.settings.Bucket, key, minio.RemoveObjectOptions{})
	if missing(err) {
		return nil
	}
	return err
}

var _ sdk.Writer = (*writer)(nil)
