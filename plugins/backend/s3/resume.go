package s3

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/postern/postern/sdk"
)

// Resume goes on with the parts that the state speaks of. When the target's name, or one that on_exists unique made of
// it, is that of an object that bears the transfer's id, the error is a *sdk.CommittedError with that name.
func (b *Backend) Resume(t sdk.Target, kept []byte) (sdk.Writer, error) {
	if err := check(t); err != nil {
		return nil, err
	}
	st, err := decodeState(kept)
	if err != nil {
		return nil, err
	}
	if !b.take(t.ID) {
		return nil, sdk.Refuse(sdk.FileBusy, "the temporary file is in use")
	}
	w, err := b.resume(t, st)
	if err != nil {
		b.giveBack(t.ID)
		return nil, refusedUnlessSdk(err)
	}
	return w, nil
}

func (b *Backend) resume(t sdk.Target, st state) (*writer, error) {
	known, err := b.readBegun(t.ID)
	if err != nil {
		return nil, err
	}
	name, err := b.committed(t)
	if err != nil {
		return nil, err
	}
	if name != "" {
		_ = b.removeHidden(t.ID, known) // what a crash right behind the commit left; the sweep has another try
		return nil, &sdk.CommittedError{Path: name}
	}
	if known == nil {
		return nil, fmt.Errorf("resume %s: %w", t.Path, sdk.ErrNoPart)
	}
	if st.Upload != "" && st.Upload != known.Upload {
		return nil, fmt.Errorf("resume %s: %w: another upload was begun since", t.Path, sdk.ErrNoPart)
	}
	w := newWriter(b, t)
	w.begun = known
	if w.parts, err = b.listParts(known, st.Parts); err != nil {
		return nil, err
	}
	if err := w.takeUp(st); err != nil {
		return nil, err
	}
	return w, nil
}

// takeUp checks that the store has what the state says, and reads the tail.
func (w *writer) takeUp(st state) error {
	at := int64(0)
	if n := len(w.parts); n > 0 {
		at = w.parts[n-1].end
	}
	if len(w.parts) != st.Parts || at != st.At {
		return fmt.Errorf("resume %s: %w: the upload has %d parts of %d bytes, %d of %d were durable", w.target.Path, sdk.ErrNoPart,
			len(w.parts), at, st.Parts, st.At)
	}
	data, err := w.b.readTail(w.target.ID, tail{first: st.Tail, n: st.Tails})
	if missing(err) {
		return fmt.Errorf("resume %s: %w: %w", w.target.Path, sdk.ErrNoPart, err)
	}
	if err != nil {
		return err
	}
	end := at + int64(len(data))
	if end < st.Size || crc32.Checksum(data, castagnoli) != st.CRC {
		return fmt.Errorf("resume %s: %w: behind byte %d the store has %d bytes that are not those that were durable", w.target.Path,
			sdk.ErrNoPart, at, len(data))
	}
	w.cur = &buffer{start: at, data: data, tail: &tail{first: st.Tail, n: st.Tails, end: end, crc: st.CRC}}
	w.serial = st.Tail + st.Tails
	w.durable, w.spoken = st.Size, st.Parts
	w.state, err = st.encode()
	return err
}

// readBegun reads what the store says of a transfer; nil: nothing.
func (b *Backend) readBegun(id string) (*begun, error) {
	data, err := b.get(b.hiddenKey(id, nameBegun))
	if missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var known begun
	if err := json.Unmarshal(data, &known); err != nil || known.Version != version {
		return nil, sdk.Refuse(sdk.FileOpen, "the store's note of transfer %s is not ours", id).Because(err)
	}
	return &known, nil
}

// listParts asks the store for the first n parts of an upload; n < 0 asks for all. Fewer are no error.
func (b *Backend) listParts(known *begun, n int) (list []*part, err error) {
	if n == 0 || known.Upload == "" {
		return nil, nil
	}
	ctx, cancel := b.within(0)
	defer cancel()
	for marker := 0; ; {
		page, err := b.core.ListObjectParts(ctx, b.settings.Bucket, known.Key, known.Upload, marker, 1000)
		if missing(err) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list the parts of the upload: %w", err)
		}
		for _, o := range page.ObjectParts {
			if o.PartNumber != len(list)+1 || len(list) == n {
				return list, nil
			}
			list = append(list, partOf(o, list))
		}
		if !page.IsTruncated || page.NextPartNumberMarker <= marker {
			return list, nil
		}
		marker = page.NextPartNumberMarker
	}
}

func partOf(o minio.ObjectPart, before []*part) *part {
	p := &part{etag: strings.Trim(o.ETag, `"`), crc: o.ChecksumCRC32C, done: true}
	if n := len(before); n > 0 {
		p.start = before[n-1].end
	}
	p.end = p.start + o.Size
	p.tail = &tail{end: p.start}
	return p
}

// committed finds the name under which a transfer was committed; "" none.
func (b *Backend) committed(t sdk.Target) (string, error) {
	if is, err := b.isOurs(t.Path, t.ID); is || err != nil {
		return t.Path, err
	}
	if t.OnExists != sdk.ExistsUnique {
		return "", nil
	}
	dir, last := path.Split(t.Path)
	stem := sdk.Sibling(last, 0) // "name-0.ext": what stands before the number is before the extension
	stem = stem[:strings.LastIndex(stem, "-0")+1]
	ctx, cancel := b.within(0)
	defer cancel()
	for o := range b.core.Client.ListObjectsIter(ctx, b.settings.Bucket, minio.ListObjectsOptions{Prefix: b.key(dir + stem)}) {
		if o.Err != nil {
			return "", o.Err
		}
		name := strings.TrimPrefix(o.Key, b.prefix)
		var n int
		if _, err := fmt.Sscanf(strings.TrimPrefix(name, dir+stem), "%d", &n); err != nil || name != dir+sdk.Sibling(last, n) {
			continue
		}
		if is, err := b.isOurs(name, t.ID); is || err != nil {
			return name, err
		}
	}
	return "", nil
}

func (b *Backend) isOurs(name, id string) (bool, error) {
	info, err := b.head(b.key(name))
	if missing(err) {
		return false, nil
	}
	return err == nil && ours(info, id), err
}
