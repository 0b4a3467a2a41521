package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/postern/postern/sdk"
)

// Create makes two temporary files. It makes no folders: these are made when the file gets its name.
func (b *twice) Create(t sdk.Target) (sdk.Writer, error) {
	if err := b.Probe(t); err != nil {
		return nil, err
	}
	release, err := b.claim(t.ID, sdk.FileOpen)
	if err != nil {
		return nil, err
	}
	w, err := b.begin(t, release, os.O_CREATE|os.O_EXCL)
	if err != nil {
		release()
		return nil, refused(sdk.FileOpen, "make the temporary file", err)
	}
	return w, nil
}

// Probe looks at what Create looks at, and makes nothing.
func (b *twice) Probe(t sdk.Target) error {
	if err := check(t); err != nil {
		return err
	}
	for _, r := range b.roots {
		if err := mayTake(r, t.Path, t.OnExists); err != nil {
			return err
		}
	}
	return nil
}

// check is for what came with a call, whoever looked at it before.
func check(t sdk.Target) error {
	switch t.OnExists {
	case "", sdk.ExistsFail, sdk.ExistsReplace, sdk.ExistsUnique:
		return errors.Join(sdk.CheckPath(t.Path), sdk.CheckID(t.ID))
	}
	return sdk.Refuse(sdk.FileOpen, "on_exists %.60q is no rule", string(t.OnExists))
}

// mayTake asks the on-exists rule about a name in one of the folders.
func mayTake(r *os.Root, path string, rule sdk.OnExists) error {
	info, err := r.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return refused(sdk.FileOpen, "look for the target", err)
	case rule == sdk.ExistsUnique, rule == sdk.ExistsReplace && info.Mode().IsRegular():
		return nil
	case rule == sdk.ExistsReplace:
		return sdk.Refuse(sdk.FileOpen, "the target is no regular file and cannot be replaced")
	}
	return sdk.Refuse(sdk.FileExists, "the target exists")
}

// begin opens the temporary files, or leaves nothing that it made.
func (b *twice) begin(t sdk.Target, release func(), flags int) (*writer, error) {
	w := &writer{home: b, target: t, part: parts + "/" + t.ID, release: release}
	for i, r := range b.roots {
		f, err := r.OpenFile(w.part, os.O_RDWR|flags, 0o640)
		if i == 1 && errors.Is(err, fs.ErrExist) { // a crash came between the first one and this one, or between their ends
			f, err = r.OpenFile(w.part, os.O_RDWR|os.O_TRUNC, 0o640)
		}
		if err != nil {
			return nil, errors.Join(err, w.giveUp(i, flags&os.O_CREATE != 0))
		}
		w.files[i] = f
	}
	var err error
	if w.id, err = identify(w.files[0]); err != nil {
		return nil, errors.Join(err, w.giveUp(2, flags&os.O_CREATE != 0))
	}
	return w, nil
}

// giveUp closes the first n files, and removes them if they were made.
func (w *writer) giveUp(n int, made bool) (err error) {
	for i := range n {
		err = errors.Join(err, w.files[i].Close())
		if made {
			err = errors.Join(err, w.home.roots[i].Remove(w.part))
		}
	}
	return err
}

// state is what a sync point keeps: how the first of the two files is known again, under whatever name.
type state struct {
	Version int      `json:"v"`
	File    identity `json:"file"`
	Size    int64    `json:"size"` // durable bytes
}

func parseState(kept []byte) (s state, err error) {
	if len(kept) == 0 {
		return s, nil
	}
	if err := json.Unmarshal(kept, &s); err != nil || s.Version != 1 || s.Size < 0 {
		return s, sdk.Refuse(sdk.FileOpen, "the state of the temporary file is none of this backend").Because(err)
	}
	return s, nil
}

// Resume opens the temporary files again. Where the first is gone, the file that has the state's identity is the one that it became.
func (b *twice) Resume(t sdk.Target, kept []byte) (sdk.Writer, error) {
	if err := check(t); err != nil {
		return nil, err
	}
	s, err := parseState(kept)
	if err != nil {
		return nil, err
	}
	release, err := b.claim(t.ID, sdk.FileBusy)
	if err != nil {
		return nil, err
	}
	w, err := b.resume(t, s, release)
	if err != nil {
		release()
		return nil, err
	}
	return w, nil
}

func (b *twice) resume(t sdk.Target, s state, release func()) (*writer, error) {
	if err := b.finish(t, s.File); err != nil {
		return nil, err
	}
	w, err := b.begin(t, release, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("resume %s: %w", t.Path, sdk.ErrNoPart)
	}
	if err != nil {
		return nil, refused(sdk.FileOpen, "resume", err)
	}
	size, err := w.smaller()
	if err == nil && size < s.Size {
		err = fmt.Errorf("%w: it has %d bytes, %d were durable", sdk.ErrNoPart, size, s.Size)
	}
	if err != nil {
		return nil, errors.Join(err, w.giveUp(2, false))
	}
	w.size.Store(size)
	return w, nil
}

// refused turns a failure into the refusal that fits it, or into one of code.
func refused(code sdk.Code, doing string, err error) error {
	if _, ok := sdk.AsRefusal(err); ok {
		return err
	}
	switch {
	case errors.Is(err, syscall.ENOSPC) && code == sdk.DataIO:
		code = sdk.DataSpace
	case errors.Is(err, syscall.ENOSPC):
		code = sdk.FileSpace
	case errors.Is(err, syscall.ENAMETOOLONG):
		code = sdk.FileName
	case errors.Is(err, fs.ErrExist):
		code = sdk.FileExists
	}
	return sdk.Refuse(code, "%s", doing).Because(err)
}
