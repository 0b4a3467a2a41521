package s3

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path"

	"github.com/minio/minio-go/v7"

	"github.com/postern/postern/sdk"
)

// Commit stores what is left and gives the file its name in one step: the only one that makes it visible. When it is
// refused the temporary file stays.
func (w *writer) Commit(rule sdk.OnExists) (string, error) {
	if err := checkRule(rule); err != nil {
		return "", err
	}
	return w.finish("commit", w.names(rule), rule == sdk.ExistsReplace)
}

// Quarantine gives the file another name, which must be free.
func (w *writer) Quarantine(name string) error {
	err := errors.Join(sdk.CheckPath(name), w.b.checkLength(name))
	only := func(n int) string { return []string{name, ""}[min(n, 1)] }
	_, finished := w.finish("quarantine", func(n int) string {
		if err != nil {
			return ""
		}
		return only(n)
	}, false)
	if err != nil {
		return err
	}
	return finished
}

// maxSiblings is how many names on_exists unique tries.
const maxSiblings = 10_000

// names gives the n-th name that a rule allows, "" when there is none left.
func (w *writer) names(rule sdk.OnExists) func(n int) string {
	dir, last := path.Split(w.target.Path)
	return func(n int) string {
		switch {
		case n == 0:
			return w.target.Path
		case rule == sdk.ExistsUnique && n <= maxSiblings:
			return dir + sdk.Sibling(last, n)
		}
		return ""
	}
}

// finish names the file by the first name that is free, and closes the writer.
func (w *writer) finish(doing string, names func(int) string, replace bool) (string, error) {
	w.sync.Lock()
	defer w.sync.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return "", sdk.Refuse(sdk.DataIO, "%s", doing).Because(os.ErrClosed)
	}
	name, err := w.name(names, replace)
	if err == nil {
		w.done = true
		// The file has its name. What stays behind is removed with the next look at the transfer, or by the sweep.
		_ = w.remove()
	}
	if ends := w.end(); err == nil && ends != nil {
		return name, ends
	}
	return name, failed(doing, err)
}

func (w *writer) name(names func(int) string, replace bool) (string, error) {
	w.settle()
	if err := w.usable(); err != nil {
		return "", err
	}
	w.letGo()
	whole := len(w.parts) > 0
	if whole {
		if err := w.lastPart(); err != nil {
			return "", err
		}
	}
	for n := 0; ; n++ {
		name := names(n)
		if name == "" {
			return "", sdk.Refuse(sdk.FileExists, "the name was taken meanwhile")
		}
		folder := false
		var err error
		if replace || n > 0 || names(1) != "" { // with fail the store's answer suffices
			folder, err = w.b.isFolder(name)
		}
		switch {
		case err != nil:
			return "", err
		case folder && replace:
			return "", sdk.Refuse(sdk.FileOpen, "the target is a folder")
		case folder:
			continue
		}
		if err = w.place(name, whole, !replace); err == nil || !taken(err) {
			return name, err
		}
	}
}

// place gives the file one name. An answer that was lost, or given to the second sending of a request that had succeeded
// at once, is told by the object itself.
func (w *writer) place(name string, whole, isNew bool) error {
	key := w.b.key(name)
	var err error
	for range retries {
		switch {
		case !whole:
			err = w.b.put(key, w.cur.data, map[string]string{metaTransfer: w.target.ID}, isNew)
		case w.b.settings.Readable:
			err = w.copyTo(key, isNew)
		case key != w.begun.Key:
			return sdk.Refuse(sdk.DataIO, "a file of several parts cannot be given another name than the one that it was begun with; "+
				"the backend needs readable: true")
		default:
			err = w.complete(key, isNew)
		}
		if err == nil || !contested(err) {
			break
		}
	}
	if err == nil {
		return nil
	}
	if inTheWay(err) {
		return sdk.Refuse(sdk.FileExists, "the name was taken meanwhile").Because(err)
	}
	if info, look := w.b.head(key); look == nil && ours(info, w.target.ID) && info.Size == w.cur.end() {
		return nil
	}
	return err
}

// lastPart uploads what is left. An upload needs at least one part, and none but the last may be short.
func (w *writer) lastPart() error {
	if len(w.cur.data) > 0 {
		if len(w.parts) >= maxParts {
			return sdk.Refuse(sdk.FileSize, "the file has more than %d parts; the backend needs a larger part_size", maxParts)
		}
		if err := w.cut(w.cur.end()); err != nil {
			return err
		}
	}
	w.settle()
	return w.usable()
}

// complete makes the parts an object and compares it with what was sent.
func (w *writer) complete(key string, isNew bool) error {
	ctx, cancel := w.b.within(w.cur.end())
	defer cancel()
	var list []minio.CompletePart
	var sums []byte
	for i, p := range w.parts {
		list = append(list, minio.CompletePart{PartNumber: i + 1, ETag: p.etag, ChecksumCRC32C: p.crc})
		sum, err := base64.StdEncoding.DecodeString(p.crc)
		if err != nil {
			return fmt.Errorf("checksum of part %d: %w", i+1, err)
		}
		sums = append(sums, sum...)
	}
	var o minio.PutObjectOptions
	if isNew {
		o.SetMatchETagExcept("*")
	}
	info, err := w.b.core.CompleteMultipartUpload(ctx, w.b.settings.Bucket, key, w.begun.Upload, list, o)
	if err != nil {
		return err
	}
	return w.compare(key, info.ChecksumCRC32C, sums)
}

// compare takes an object away again that is not what was sent.
func (w *writer) compare(key, theirs string, sums []byte) error {
	var err error
	if len(sums) == 4*len(w.parts) && theirs != "" {
		sum := binary.BigEndian.AppendUint32(nil, crc32.Checksum(sums, castagnoli))
		err = sameCRC(fmt.Sprintf("%s-%d", base64.StdEncoding.EncodeToString(sum), len(w.parts)), theirs)
	}
	if err == nil {
		info, look := w.b.head(key)
		switch {
		case look != nil:
			return look
		case info.Size != w.cur.end():
			err = fmt.Errorf("the object has %d bytes, sent were %d", info.Size, w.cur.end())
		}
	}
	if err == nil {
		return nil
	}
	ctx, cancel := w.b.within(0)
	defer cancel()
	return errors.Join(sdk.Refuse(sdk.DataIO, "the object was damaged and is removed again").Because(err), w.b.removeKey(ctx, key))
}

// Close leaves what is in the store for a restart. More than once is no error.
func (w *writer) Close() error {
	w.sync.Lock()
	defer w.sync.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.end()
}

// end closes the writer; mu is held. A transfer that is not done is found again afterwards, even if nothing of it was
// kept.
func (w *writer) end() error {
	if w.ended {
		return nil
	}
	w.settle()
	var err error
	if !w.done && w.broken == nil {
		err = w.begin(false)
	}
	w.ended = true
	w.forget()
	w.b.giveBack(w.target.ID)
	return err
}

// forget gives the memory back.
func (w *writer) forget() {
	w.drop(w.cur)
	for _, p := range w.parts {
		if p.mem != nil {
			w.drop(p.mem)
			p.mem = nil
		}
	}
	if w.whole != nil {
		w.whole.Close()
		w.whole = nil
	}
	w.cond.Broadcast()
	w.b.pool.wake()
}

// Discard takes everything out of the store. After a Commit that succeeded it does nothing.
func (w *writer) Discard() error {
	w.sync.Lock()
	defer w.sync.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return nil
	}
	w.done = true
	if w.ended {
		if !w.b.take(w.target.ID) {
			return nil // another writer has it
		}
		defer w.b.giveBack(w.target.ID)
		return w.remove()
	}
	w.settle()
	err := w.remove()
	return errors.Join(err, w.end())
}
