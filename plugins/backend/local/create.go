package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/postern/postern/sdk"
)

// Create makes the temporary file of a transfer, and the folders it needs (mode 0750). It looks at the name, the
// on-exists rule, the quota and the disk first; what it refuses leaves nothing behind.
func (b *Backend) Create(t sdk.Target) (sdk.Writer, error) {
	at, f, claim, err := b.admit(t)
	if err != nil {
		return nil, err
	}
	w, err := b.begin(t, at, f, claim)
	if err != nil {
		claim.settle(0)
		return nil, refused(sdk.FileOpen, "make the temporary file", err)
	}
	return w, nil
}

// Probe looks at what Create looks at, and makes nothing.
func (b *Backend) Probe(t sdk.Target) error {
	_, f, claim, err := b.admit(t)
	if err != nil {
		return err
	}
	f.close()
	claim.settle(0)
	return nil
}

// admit says whether the target may be received now, and claims its room. f is the target's folder; nil: it is not there.
func (b *Backend) admit(t sdk.Target) (at place, f *folder, c *claim, err error) {
	if at, err = locate(t); err != nil {
		return at, nil, nil, err
	}
	if err := errors.Join(b.checkLength(t.Path), checkRule(t.OnExists)); err != nil {
		return at, nil, nil, err
	}
	f, free, err := b.decide(t, at)
	if err != nil {
		return at, nil, nil, err
	}
	nothing := func() (int64, error) { return 0, nil }
	c, err = b.ledger.take(at.partPath(), t.Size, free, nothing)
	if err != nil {
		f.close()
		f = nil
	}
	if sdk.CodeOf(err) == sdk.FileBusy {
		err = sdk.Refuse(sdk.FileOpen, "transfer %s is receiving already", t.ID)
	}
	return at, f, c, err
}

// checkLength refuses a path that, with the root before it and a suffix or the temporary name at its end, no other
// program could open by its full name.
func (b *Backend) checkLength(path string) error {
	const reachable = sdk.MaxPath - 1 - sdk.MaxElement
	if dir, _ := cut(path); b.rootLength+len(dir) > reachable {
		return sdk.Refuse(sdk.FileName, "the folder's full path has %d bytes, %d are allowed", b.rootLength+len(dir), reachable)
	}
	return nil
}

// decide says whether the target may be received now, and the free bytes of its disk. It changes nothing. The target's
// folder stays open, for the file to be made in it; nil: it is not there.
func (b *Backend) decide(t sdk.Target, at place) (in *folder, free int64, err error) {
	f, missing, err := b.walker.nearest(at.dir)
	if err != nil {
		return nil, 0, refused(sdk.FileOpen, "look for the target", err)
	}
	defer func() {
		if in == nil {
			f.close()
		}
	}()
	if missing == 0 {
		if err := mayTake(f, at.name, t.OnExists); err != nil {
			return nil, 0, err
		}
	}
	free, err = b.sys.free(f.dir)
	if err != nil {
		return nil, 0, refused(sdk.FileOpen, "ask for the free space", err)
	}
	if missing > 0 {
		return nil, free, nil
	}
	return f, free, nil
}

// mayTake asks the on-exists rule about a name.
func mayTake(f *folder, name string, rule sdk.OnExists) error {
	info, err := f.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return refused(sdk.FileOpen, "look for the target", err)
	case rule == sdk.ExistsUnique:
		return nil
	case rule == sdk.ExistsReplace && info.Mode().IsRegular():
		return nil
	case rule == sdk.ExistsReplace:
		return sdk.Refuse(sdk.FileOpen, "the target is no regular file and cannot be replaced")
	}
	return sdk.Refuse(sdk.FileExists, "the target exists")
}

func checkRule(rule sdk.OnExists) error {
	switch rule {
	case "", sdk.ExistsFail, sdk.ExistsReplace, sdk.ExistsUnique:
		return nil
	}
	return sdk.Refuse(sdk.FileOpen, "on_exists %.60q is no rule", string(rule))
}

// begin makes the folders and the temporary file, or leaves nothing. in is the folder where it is there already.
func (b *Backend) begin(t sdk.Target, at place, in *folder, claim *claim) (*writer, error) {
	b.folders.enter(at.dir)
	f, file, err := b.makePart(at, in)
	var w *writer
	if err == nil {
		if w, err = b.newWriter(t, at, f, file, claim); err != nil {
			err = errors.Join(err, file.Close(), f.Remove(at.part))
			f.close()
		}
	}
	if err != nil {
		b.folders.leave(at.dir, false, b.removeEmpty)
		return nil, err
	}
	return w, nil
}

// makePart tries again when a folder goes away under its feet, as an empty one may at any time. f is the folder where it
// is there already: nothing can be made in one that was removed meanwhile, and the end of a file looks whether it was moved.
func (b *Backend) makePart(at place, f *folder) (_ *folder, file *os.File, err error) {
	for range manyTries {
		if f == nil {
			f, err = b.make(at.dir)
		}
		if err == nil {
			file, err = f.OpenFile(at.part, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
			if err == nil {
				return f, file, nil
			}
			f.close()
		}
		f = nil
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if errors.Is(err, fs.ErrExist) {
		err = sdk.Refuse(sdk.FileOpen, "the temporary file exists").Because(err)
	}
	return nil, nil, fmt.Errorf("make %s: %w", at.partPath(), err)
}
