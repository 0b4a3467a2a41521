package s3

import (
	"path"
	"strings"
	"sync"

	"github.com/minio/minio-go/v7"

	"github.com/postern/postern/sdk"
)

// Create looks at the name and the on-exists rule. It leaves nothing in the store: the first trace of a transfer is made
// when it has something to keep.
func (b *Backend) Create(t sdk.Target) (sdk.Writer, error) {
	if err := b.admit(t); err != nil {
		return nil, err
	}
	if !b.take(t.ID) {
		return nil, sdk.Refuse(sdk.FileOpen, "transfer %s is receiving already", t.ID)
	}
	return newWriter(b, t), nil
}

// Probe looks at what Create looks at.
func (b *Backend) Probe(t sdk.Target) error { return b.admit(t) }

func (b *Backend) admit(t sdk.Target) error {
	if err := check(t); err != nil {
		return err
	}
	if err := b.checkLength(t.Path); err != nil {
		return err
	}
	if most := maxParts * b.settings.PartSize; t.Size > most {
		return sdk.Refuse(sdk.FileSize, "%d bytes are announced; with this part_size a file has at most %d", t.Size, most)
	}
	return b.mayTake(t.Path, t.OnExists)
}

// mayTake asks the on-exists rule about a name, all questions at once. A store has no folders: what we refuse here, a
// file that is a folder too, it may take from others, and in a race from us.
func (b *Backend) mayTake(name string, rule sdk.OnExists) error {
	var file, folder, above bool
	var errs [3]error
	var all sync.WaitGroup
	if rule != sdk.ExistsUnique {
		all.Go(func() { file, errs[0] = safely(func() (bool, error) { return b.isFile(name) }) })
		all.Go(func() { folder, errs[1] = safely(func() (bool, error) { return b.isFolder(name) }) })
	}
	all.Go(func() { above, errs[2] = safely(func() (bool, error) { return b.anyFile(parents(name)) }) })
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return refused("look for the target", err)
		}
	}
	switch {
	case above:
		return sdk.Refuse(sdk.FileOpen, "a file is where a folder should be")
	case rule == sdk.ExistsReplace && folder:
		return sdk.Refuse(sdk.FileOpen, "the target is a folder")
	case rule != sdk.ExistsReplace && (file || folder):
		return sdk.Refuse(sdk.FileExists, "the target exists")
	}
	return nil
}

// safely asks in a goroutine: a panic of the library's there would end the process.
func safely(ask func() (bool, error)) (is bool, err error) {
	defer sdk.Caught(&err)
	return ask()
}

func parents(name string) (list []string) {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		list = append(list, dir)
	}
	return list
}

// anyFile reports whether one of the names is a file.
func (b *Backend) anyFile(names []string) (bool, error) {
	for _, name := range names {
		if is, err := b.isFile(name); is || err != nil {
			return is, err
		}
	}
	return false, nil
}

func (b *Backend) isFile(name string) (bool, error) {
	_, err := b.head(b.key(name))
	if missing(err) {
		return false, nil
	}
	return err == nil, err
}

func (b *Backend) isFolder(name string) (bool, error) {
	prefix := b.prefix
	if name != "" {
		prefix = b.key(name) + "/"
	}
	found, err := b.core.ListObjectsV2(b.settings.Bucket, prefix, "", "", "", 1)
	return len(found.Contents) > 0, err
}

func (b *Backend) head(key string) (minio.ObjectInfo, error) {
	ctx, cancel := b.within(0)
	defer cancel()
	return b.core.StatObject(ctx, b.settings.Bucket, key, minio.StatObjectOptions{})
}

// metaTransfer is the metadata of each object that we commit: whose it is.
const metaTransfer = "Postern-Transfer"

// ours reports whether an object was committed by a transfer.
func ours(info minio.ObjectInfo, id string) bool {
	for k, v := range info.UserMetadata {
		if strings.EqualFold(k, metaTransfer) {
			return v == id
		}
	}
	return false
}
