package session

import (
	"context"
	"strings"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/sdk"
)

// Folders below a flow exist where the flow's path keeps them, with {{.Folder}}. They are the backend's own: whoever may
// make one does so, and a file only goes where a folder is. A backend without folders has them in its files' names.

// folder is the folder in its flow that the name is in; "" for the flow itself.
func (n named) folder() string { return n.file[:max(0, strings.LastIndexByte(n.file, '/'))] }

// base is the last element of the name.
func (n named) base() string { return last(n.file) }

// keeps refuses a name in a folder of a flow that keeps none.
func (f *Flow) keeps(n named) *sdk.Refusal {
	if n.folder() == "" || f.Template.KeepsFolders() {
		return nil
	}
	return sdk.Refuse(sdk.FileMissing, "flow %s has no folder for %q: its path has no {{.Folder}}", f.ID, n.file).By(f.rule("path"))
}

// settled refuses a name whose folder is not there. A backend without folders takes every name.
func (s *Session) settled(ctx context.Context, f *Flow, n named) *sdk.Refusal {
	if r := f.keeps(n); r != nil || n.folder() == "" {
		return r
	}
	b, _, _ := s.snap.backend(f.Backend)
	if _, made := sdk.As[sdk.Mkdirer](b); made && !s.isFolder(ctx, f, n.folder()) {
		return sdk.Refuse(sdk.FileMissing, "flow %s has no folder %q", f.ID, n.folder())
	}
	return nil
}

// folderPath is where a folder of a flow is in its backend.
func (s *Session) folderPath(f *Flow, folder string) (string, *sdk.Refusal) {
	p, err := f.Template.FolderPath(naming.Values{Partner: s.partner.ID, Group: s.partner.Group, Flow: f.ID,
		Listener: s.listener.Name, Folder: folder})
	if err != nil {
		return "", f.decided(sdk.ToRefusal(err, sdk.FileName), "path")
	}
	return p, nil
}

// isFolder reports whether a flow has a folder: the backend has, or something that the partner sees is in it.
func (s *Session) isFolder(ctx context.Context, f *Flow, folder string) bool {
	if !f.Template.KeepsFolders() {
		return false
	}
	p, r := s.folderPath(f, folder)
	if r != nil {
		return false
	}
	if b, _, ok := s.snap.backend(f.Backend); ok {
		if x, can := sdk.As[sdk.Statter](b); can {
			if info, err := x.Stat(p); err == nil && info.Dir {
				return true
			}
		}
	}
	return s.holdsNames(ctx, f.ID, folder)
}

// holdsNames reports whether the partner sees a file in a folder.
func (s *Session) holdsNames(ctx context.Context, flow, folder string) bool {
	below := folder + "/"
	next, err := s.house.Catalog.Shown(ctx, catalog.Look{Partner: s.partner.ID, Flow: flow, After: below, Limit: 1})
	return err == nil && len(next) > 0 && strings.HasPrefix(next[0].ShownAs(), below)
}

// mkdir makes a folder in a flow, and the flow's own where nothing has come yet.
func (s *Session) mkdir(ctx context.Context, t *transfer) (*sdk.Reply, *sdk.Refusal) {
	n := *t.named
	switch {
	case n.file == "":
		return nil, sdk.Refuse(sdk.FileExists, "%q is a flow", t.request.File)
	case !s.gives(n.flow):
		return nil, sdk.Refuse(sdk.DirectionForbidden, "%s puts nothing into flow %s", s.partner.ID, n.flow)
	case !t.flow.Template.KeepsFolders():
		return nil, sdk.Refuse(sdk.FileName, "flow %s keeps no folders: its path has no {{.Folder}}", t.flow.ID).By(t.flow.rule("path"))
	}
	p, r := s.folderPath(t.flow, n.file)
	if r != nil {
		return nil, r
	}
	if r := s.settled(ctx, t.flow, n); r != nil {
		return nil, r
	}
	switch _, r := s.look(ctx, t); {
	case r == nil:
		return nil, sdk.Refuse(sdk.FileExists, "%q is there", t.request.File)
	case r.Code != sdk.FileMissing:
		return nil, r
	}
	t.place.path = p
	b, _, ok := s.snap.backend(t.flow.Backend)
	m, can := sdk.As[sdk.Mkdirer](b)
	switch {
	case !ok:
		return nil, sdk.Refuse(sdk.FileOpen, "there is no backend %q", t.flow.Backend).By(t.flow.rule("backend"))
	case !can:
		return &sdk.Reply{}, nil // it is there when something is in it
	}
	if n.folder() == "" {
		if r := makeAbove(m, p); r != nil {
			return nil, r
		}
	}
	if err := m.Mkdir(p); err != nil {
		return nil, sdk.ToRefusal(err, sdk.FileOpen)
	}
	return &sdk.Reply{}, nil
}

// makeAbove makes the folders that a flow's files lie in.
func makeAbove(m sdk.Mkdirer, p string) *sdk.Refusal {
	for i, c := range p {
		if c != '/' {
			continue
		}
		if err := m.Mkdir(p[:i]); err != nil && sdk.CodeOf(err) != sdk.FileExists {
			return sdk.ToRefusal(err, sdk.FileOpen)
		}
	}
	return nil
}

// rmdir removes an empty folder.
func (s *Session) rmdir(ctx context.Context, t *transfer) (*sdk.Reply, *sdk.Refusal) {
	n := *t.named
	switch {
	case n.file == "":
		return nil, sdk.Refuse(sdk.FileOpen, "%q is a flow, and stays", t.request.File)
	case !s.gives(n.flow):
		return nil, sdk.Refuse(sdk.DirectionForbidden, "%s puts nothing into flow %s", s.partner.ID, n.flow)
	case !s.isFolder(ctx, t.flow, n.file):
		return nil, sdk.Refuse(sdk.FileMissing, "flow %s has no folder %q", n.flow, n.file)
	}
	p, r := s.folderPath(t.flow, n.file)
	if r != nil {
		return nil, r
	}
	t.place.path = p
	b, _, _ := s.snap.backend(t.flow.Backend)
	x, can := sdk.As[sdk.Rmdirer](b)
	if !can || s.holdsNames(ctx, n.flow, n.file) {
		return nil, sdk.Refuse(sdk.FileOpen, "%q is not empty", t.request.File)
	}
	if err := x.Rmdir(p); err != nil {
		return nil, sdk.ToRefusal(err, sdk.FileOpen)
	}
	return &sdk.Reply{}, nil
}
