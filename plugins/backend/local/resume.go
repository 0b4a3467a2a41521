package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"github.com/postern/postern/sdk"
)

// Resume opens the temporary file of an interrupted transfer. When it is gone and the state's file stands under the
// target's name, or one that on_exists unique made of it, the error is a *sdk.CommittedError with that name. Without a
// state that cannot be known, and the error is sdk.ErrNoPart. file.busy: another writer has the file.
func (b *Backend) Resume(t sdk.Target, kept []byte) (sdk.Writer, error) {
	at, err := locate(t)
	if err != nil {
		return nil, err
	}
	st, err := decodeState(kept)
	if err != nil {
		return nil, sdk.Refuse(sdk.FileOpen, "resume").Because(err)
	}
	f, err := b.open(at.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("resume %s: %w", t.Path, sdk.ErrNoPart)
	}
	if err != nil {
		return nil, refused(sdk.FileOpen, "resume", err)
	}
	w, err := b.resume(t, at, st, f)
	if err != nil {
		f.close()
		return nil, err
	}
	return w, nil
}

func (b *Backend) resume(t sdk.Target, at place, st state, f *folder) (*writer, error) {
	file, _, err := openRegular(f, at.part, os.O_RDWR)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, b.gone(at, st, f)
	}
	if err != nil {
		return nil, refused(sdk.FileOpen, "resume", err)
	}
	w, err := b.resumeFile(t, at, st, f, file)
	if err != nil {
		file.Close()
		return nil, err
	}
	return w, nil
}

func (b *Backend) resumeFile(t sdk.Target, at place, st state, f *folder, file *os.File) (*writer, error) {
	free, err := b.sys.free(f.dir)
	if err != nil {
		return nil, refused(sdk.FileOpen, "ask for the free space", err)
	}
	claim, err := b.ledger.take(at.partPath(), t.Size, free, func() (int64, error) { return present(file, st.Size) })
	if err != nil {
		return nil, err
	}
	if err := b.finishLink(at, st, f, file); err != nil {
		claim.settle(claim.high.Load())
		return nil, err
	}
	b.folders.enter(at.dir)
	b.folders.claim(at.dir, st.Made)
	w, err := b.newWriter(t, at, f, file, claim)
	if err != nil {
		b.folders.leave(at.dir, true, b.removeEmpty)
		claim.settle(claim.high.Load())
		return nil, refused(sdk.FileOpen, "resume", err)
	}
	return w, nil
}

// present gives the temporary file's size. One that has lost durable bytes is not the one the state speaks of.
func present(file *os.File, durable int64) (int64, error) {
	info, err := file.Stat()
	if err != nil {
		return 0, refused(sdk.FileOpen, "resume", err)
	}
	if info.Size() < durable {
		return 0, fmt.Errorf("%w: it has %d bytes, %d were durable", sdk.ErrNoPart, info.Size(), durable)
	}
	return info.Size(), nil
}

// gone says why there is no temporary file.
func (b *Backend) gone(at place, st state, f *folder) error {
	name, err := committed(f, at.name, st.File)
	if err != nil {
		return refused(sdk.FileOpen, "look for the committed file", err)
	}
	if name == "" {
		return fmt.Errorf("resume %s: %w", path.Join(at.dir, at.name), sdk.ErrNoPart)
	}
	return b.committedAs(at, f, name)
}

// committedAs tells that the file has its final name, once that is on disk: a crash may have come between the rename and
// the folder's sync, and what is told here is taken for the end of the transfer.
func (b *Backend) committedAs(at place, f *folder, name string) error {
	err := b.sys.sync(f.dir)
	if err == nil {
		err = b.settleFolders(at.dir)
	}
	if err != nil {
		return failed("make the name durable", err)
	}
	return &sdk.CommittedError{Path: path.Join(at.dir, name)}
}

// finishLink ends a commit that was interrupted between giving the file its name and taking the temporary one away,
// where the file system needs two steps for it.
func (b *Backend) finishLink(at place, st state, f *folder, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return refused(sdk.FileOpen, "resume", err)
	}
	if links(info) < 2 {
		return nil
	}
	id, err := identify(file)
	if err != nil {
		return refused(sdk.FileOpen, "resume", err)
	}
	name, err := committed(f, at.name, id)
	if err != nil || name == "" {
		return refusedOrNil("look for the committed file", err)
	}
	if err := f.Remove(at.part); err != nil {
		return refused(sdk.FileOpen, "take the temporary name away", err)
	}
	return b.committedAs(at, f, name)
}

func refusedOrNil(doing string, err error) error {
	if err == nil {
		return nil
	}
	return refused(sdk.FileOpen, doing, err)
}

// errIrregular says that a name is a link, a folder, a FIFO or a device.
var errIrregular = errors.New("it is no regular file")

// openRegular opens a regular file, never another one's file through a link, and never waits. It tells what it opened.
func openRegular(f *folder, name string, flag int) (*os.File, fs.FileInfo, error) {
	want, err := f.Lstat(name)
	if err != nil {
		return nil, nil, err
	}
	if !want.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("open %s: %w", name, errIrregular)
	}
	file, err := f.OpenFile(name, flag|nonblock, 0)
	if err != nil {
		return nil, nil, err
	}
	got, err := file.Stat()
	if err == nil && (!got.Mode().IsRegular() || !sameFile(want, got)) {
		err = fmt.Errorf("open %s: %w", name, errIrregular)
	}
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return file, got, nil
}
