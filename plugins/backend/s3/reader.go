package s3

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/minio/minio-go/v7"

	"github.com/postern/postern/sdk"
)

// reader reads an object from front to back with one request, which runs ahead as far as the connection's buffers go. A
// read elsewhere, or after the connection broke, makes another one for the same version of the object.
type reader struct {
	b    *Backend
	key  string
	info sdk.FileInfo

	mu     sync.Mutex
	body   io.ReadCloser // nil: none
	at     int64         // of its next byte
	closed bool
}

// skipped is how far ahead a read may be for the bytes in between to be read and thrown away.
const skipped = 256 << 10

// Open opens a file for reading.
func (b *Backend) Open(name string) (sdk.Reader, error) {
	if err := sdk.CheckPath(name); err != nil {
		return nil, err
	}
	r, err := b.openKey(b.key(name), name)
	if missing(err) {
		if folder, look := b.isFolder(name); look == nil && folder {
			return nil, sdk.Refuse(sdk.FileOpen, "it is a folder")
		}
		return nil, sdk.Refuse(sdk.FileMissing, "there is no such file").Because(err)
	}
	if err != nil {
		return nil, refused("open", err)
	}
	return r, nil
}

func (b *Backend) openKey(key, name string) (*reader, error) {
	r := &reader{b: b, key: key}
	info, err := r.request(0)
	if err != nil {
		return nil, err
	}
	r.info = describe(name, info)
	return r, nil
}

func describe(name string, o minio.ObjectInfo) sdk.FileInfo {
	return sdk.FileInfo{Path: name, Size: o.Size, Modified: o.LastModified, Tag: strings.Trim(o.ETag, `"`)}
}

// request begins to read at a place: the first time whatever is there, then only the same version.
func (r *reader) request(at int64) (minio.ObjectInfo, error) {
	r.end()
	var o minio.GetObjectOptions
	if r.info.Tag != "" {
		if err := errors.Join(o.SetMatchETag(r.info.Tag), o.SetRange(at, r.info.Size-1)); err != nil {
			return minio.ObjectInfo{}, err
		}
	}
	body, info, _, err := r.b.core.GetObject(r.b.life, r.b.settings.Bucket, r.key, o)
	if err != nil {
		return info, err
	}
	r.body, r.at = body, at
	return info, nil
}

// end gives up the request under way.
func (r *reader) end() {
	if r.body != nil {
		r.body.Close()
		r.body = nil
	}
}

func (r *reader) Info() sdk.FileInfo { return r.info }

func (r *reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.end()
	return nil
}

// ReadAt reads from the request under way where that stands at off or a little before.
func (r *reader) ReadAt(b []byte, off int64) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case off < 0:
		return 0, os.ErrInvalid
	case r.closed:
		return 0, os.ErrClosed
	case off >= r.info.Size && len(b) > 0:
		return 0, io.EOF
	}
	want := b[:min(int64(len(b)), r.info.Size-off)]
	done, err := 0, error(nil)
	for range retries {
		var n int
		n, err = r.read(want[done:], off+int64(done))
		if done += n; err == nil || replaced(err) {
			break
		}
		r.end()
	}
	switch {
	case replaced(err):
		return done, sdk.Refuse(sdk.RestartPoint, "the object was replaced while it was read").Because(err)
	case err != nil:
		return done, failed(fmt.Sprintf("read at %d", off+int64(done)), err)
	case len(want) < len(b):
		return done, io.EOF
	}
	return done, nil
}

// replaced says that If-Match or the key found no such version any more.
func replaced(err error) bool { return err != nil && (taken(err) || missing(err)) }

func (r *reader) read(b []byte, off int64) (int, error) {
	if r.body != nil && off > r.at && off-r.at <= skipped {
		n, err := io.CopyN(io.Discard, r.body, off-r.at)
		if r.at += n; err != nil {
			return 0, err
		}
	}
	if r.body == nil || off != r.at {
		if _, err := r.request(off); err != nil {
			return 0, err
		}
	}
	n, err := io.ReadFull(r.body, b)
	r.at += int64(n)
	return n, err
}
