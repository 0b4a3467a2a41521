package main

import (
	"errors"

	"github.com/postern/postern/sdk"
)

// vault is a backend that encrypts: names, folders and times are those of the backend below, sizes those of the files.
type vault struct {
	below sdk.Backend
	key   []byte
}

var errBelow = sdk.Refuse(sdk.DataIO, "the backend below cannot do this")

// larger is a target with the size that is stored.
func larger(t sdk.Target) sdk.Target {
	if t.Size >= 0 {
		t.Size = stored(t.Size)
	}
	return t
}

// Create implements [sdk.Backend].
func (v *vault) Create(t sdk.Target) (sdk.Writer, error) {
	s, err := newSealer(v.key, newSalt())
	if err != nil {
		return nil, err
	}
	below, err := v.below.Create(larger(t))
	if err != nil {
		return nil, err
	}
	w := &writer{below: below, sealer: s}
	if err := below.WriteAt([][]byte{s.header()}, 0); err != nil {
		return nil, errors.Join(err, below.Discard())
	}
	return w, nil
}

// Resume implements [sdk.Backend].
func (v *vault) Resume(t sdk.Target, kept []byte) (sdk.Writer, error) {
	var st state
	if len(kept) > 0 {
		var err error
		if st, err = readState(kept); err != nil {
			return nil, err
		}
	}
	below, err := v.below.Resume(larger(t), st.below)
	if err != nil {
		return nil, err
	}
	w := &writer{below: below}
	if err := w.resume(v.key, &st); err != nil {
		return nil, errors.Join(err, below.Close())
	}
	return w, nil
}

// Open implements [sdk.Backend]. The last chunk is opened at once: a file that was cut is not even begun.
func (v *vault) Open(path string) (sdk.Reader, error) {
	below, err := v.below.Open(path)
	if err != nil {
		return nil, err
	}
	r := &reader{below: below, info: below.Info()}
	if err := r.open(v.key); err != nil {
		return nil, errors.Join(err, below.Close())
	}
	return r, nil
}

// Probe implements [sdk.Prober].
func (v *vault) Probe(t sdk.Target) error {
	if p, ok := sdk.As[sdk.Prober](v.below); ok {
		return p.Probe(larger(t))
	}
	return errBelow
}

// Stat implements [sdk.Statter].
func (v *vault) Stat(path string) (sdk.FileInfo, error) {
	s, ok := sdk.As[sdk.Statter](v.below)
	if !ok {
		return sdk.FileInfo{}, errBelow
	}
	i, err := s.Stat(path)
	return shown(i), err
}

// shown is a file as it is seen from above.
func shown(i sdk.FileInfo) sdk.FileInfo {
	if !i.Dir {
		i.Size, _ = plain(i.Size)
	}
	return i
}

// List implements [sdk.Lister].
func (v *vault) List(path string) ([]sdk.FileInfo, error) {
	l, ok := sdk.As[sdk.Lister](v.below)
	if !ok {
		return nil, errBelow
	}
	list, err := l.List(path)
	for i := range list {
		list[i] = shown(list[i])
	}
	return list, err
}

// Rename implements [sdk.Renamer]. A name is not part of what is sealed.
func (v *vault) Rename(from, to string) error {
	if r, ok := sdk.As[sdk.Renamer](v.below); ok {
		return r.Rename(from, to)
	}
	return errBelow
}

// Remove implements [sdk.Remover].
func (v *vault) Remove(path string) error {
	if r, ok := sdk.As[sdk.Remover](v.below); ok {
		return r.Remove(path)
	}
	return errBelow
}

// RemovePart implements [sdk.PartRemover].
func (v *vault) RemovePart(t sdk.Target, kept []byte) error {
	r, ok := sdk.As[sdk.PartRemover](v.below)
	if !ok {
		return errBelow
	}
	st, _ := readState(kept) // whoever has lost it may remove the part all the same
	return r.RemovePart(larger(t), st.below)
}
