package session

import (
	"context"
	"errors"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/sdk"
)

// subject is what a name means that is to be renamed or removed.
type subject struct {
	open  *transfer      // an upload of this session that has not ended
	entry *catalog.Entry // an upload that has, or has stopped, or an offer
	half  bool           // the entry's upload has stopped
}

// find finds what the partner may change under a name: its uploads and what is at its disposal, and nothing published.
func (s *Session) find(ctx context.Context, n named) (subject, *sdk.Refusal) {
	for x := s.opened(n); x != nil && x.aside != nil; x = s.opened(n) {
		s.awaitAside(x)
	}
	if x := s.opened(n); x != nil && x.own == nil { // what is fetched of one's own upload goes on under any name
		return subject{open: x}, nil
	}
	shown, err := s.shown(ctx, n)
	if err != nil {
		return subject{}, catalogRefusal(err)
	}
	for _, e := range shown {
		switch _, err := s.stored(ctx, e); {
		case err == nil:
			return subject{entry: &e}, nil
		case sdk.CodeOf(err) != sdk.FileMissing:
			return subject{}, sdk.ToRefusal(err, sdk.FileOpen)
		}
	}
	e, err := s.restartable(ctx, &transfer{direction: sdk.Receive, named: &n})
	if code, known := catalog.RefusalCode(err); known && code == sdk.FileBusy {
		return subject{}, catalogRefusal(err)
	}
	if err == nil {
		return subject{entry: &e, half: true}, nil
	}
	return subject{}, sdk.Refuse(sdk.FileMissing, "flow %s has no %q that %s may change", n.flow, n.file, s.partner.ID)
}

// rename gives an upload another name within its flow: one that has ended, with its stored file, or what another one will
// be called.
func (s *Session) rename(ctx context.Context, t *transfer) (*sdk.Reply, *sdk.Refusal) {
	to := s.nameOf(t.request.Target)
	switch {
	case t.named.file == "" || to.file == "":
		return nil, sdk.Refuse(sdk.FileName, "a flow cannot be renamed")
	case to.flow != t.named.flow:
		return nil, sdk.Refuse(sdk.FileName, "%q is in another flow than %q", t.request.Target, t.request.File)
	case to == *t.named:
		return &sdk.Reply{}, nil
	}
	if r := to.mayBe(); r != nil {
		return nil, r
	}
	if r := s.settled(ctx, t.flow, to); r != nil {
		return nil, r
	}
	what, r := s.find(ctx, *t.named)
	switch {
	case r != nil && s.isFolder(ctx, t.flow, t.named.file):
		return nil, sdk.Refuse(sdk.FileName, "%q is a folder, which is not renamed", t.request.File)
	case r != nil:
		return nil, r
	case s.isFolder(ctx, t.flow, to.file):
		return nil, sdk.Refuse(sdk.FileExists, "%q is a folder", t.request.Target)
	case what.open != nil && what.open.direction != sdk.Receive || what.entry != nil && what.entry.Direction != sdk.Receive:
		return nil, sdk.Refuse(sdk.DirectionForbidden, "%q was not uploaded", t.request.File)
	}
	other, r := s.find(ctx, to)
	switch {
	case r != nil && r.Code != sdk.FileMissing:
		return nil, r
	case r != nil:
	case t.request.Mode&sdk.ModeReplace == 0 || other.open != nil || other.entry.Direction != sdk.Receive || other.half:
		return nil, sdk.Refuse(sdk.FileExists, "%q is there", t.request.Target)
	}
	if what.open != nil {
		return &sdk.Reply{}, s.renameOpen(ctx, what.open, to)
	}
	return &sdk.Reply{}, s.renameEntry(ctx, t.flow, *what.entry, to, other.entry, t.place.attributes)
}

// renameOpen changes what an upload will be called. Its file gets that name once it has ended.
func (s *Session) renameOpen(ctx context.Context, x *transfer, to named) *sdk.Refusal {
	if _, r := s.pathAs(x.flow, x.entry, to.file, nil); r != nil {
		return r
	}
	e, err := s.house.Catalog.Rename(ctx, x.entry.ID, catalog.Naming{File: to.file, Key: to.key(), By: s.partner.ID})
	if err != nil {
		return catalogRefusal(err)
	}
	x.entry.File, x.entry.Key, *x.named, x.renamed = e.File, e.Key, to, true
	return nil
}

// renameEnded moves the file of an upload that was renamed while it was open.
func (s *Session) renameEnded(ctx context.Context, t *transfer) {
	if !t.renamed {
		return
	}
	if r := s.renameEntry(ctx, t.flow, t.entry, *t.named, nil, nil); r != nil {
		s.log("renamed upload has its former name in the backend", "transfer", t.entry.ID, "error", r)
	}
}

// pathAs is where the file of an upload is under another name. The variables of an exit are those that it gave to the request
// for the rename: the catalog does not keep those of the upload. They count only if they lead to where the file is now.
func (s *Session) pathAs(f *Flow, e catalog.Entry, file string, vars map[string]string) (string, *sdk.Refusal) {
	as := func(n named, vars map[string]string) (string, error) {
		return f.Template.Expand(naming.Values{Partner: s.partner.ID, Group: s.partner.Group, Flow: f.ID, Folder: n.folder(), File: n.base(), ID: e.ID,
			Label: e.Label, Origin: e.Key.Origin, Destination: e.Key.Destination, Listener: s.listener.Name, Var: vars, Time: e.CreatedAt})
	}
	p, err := as(named{f.ID, file}, nil)
	if err != nil && len(vars) > 0 {
		if is, _ := as(named{f.ID, e.File}, vars); is != e.Path {
			return "", f.decided(sdk.Refuse(sdk.FileName, "the exits' path variables for the rename lead to %q, and %s is at %s", is, e.ID, e.Path), "path")
		}
		p, err = as(named{f.ID, file}, vars)
	}
	if err != nil {
		return "", f.decided(sdk.ToRefusal(err, sdk.FileName), "path")
	}
	return p, nil
}

// remove takes away an upload with its stored file or part; a file at the partner's disposal is only kept from it, so that
// an operator can put it there again.
func (s *Session) remove(ctx context.Context, t *transfer) (*sdk.Reply, *sdk.Refusal) {
	switch {
	case t.request.Attributes["kind"] == "dir":
		return s.rmdir(ctx, t)
	case t.named.file == "":
		return nil, sdk.Refuse(sdk.FileOpen, "%q is a flow, and stays", t.request.File)
	}
	what, r := s.find(ctx, *t.named)
	switch {
	case r != nil && s.isFolder(ctx, t.flow, t.named.file):
		return nil, sdk.Refuse(sdk.FileOpen, "%q is a folder", t.request.File)
	case r != nil:
		return nil, r
	case what.open != nil:
		return nil, sdk.Refuse(sdk.FileBusy, "%q is open", t.request.File)
	}
	e := *what.entry
	t.entry, t.place.path = e, e.Path
	switch {
	case what.half:
		return &sdk.Reply{}, s.removeHalf(ctx, e)
	case e.Direction == sdk.Send:
		if _, err := s.house.Catalog.Keep(ctx, e.ID, s.partner.ID); err != nil {
			return nil, catalogRefusal(err)
		}
		return &sdk.Reply{}, nil
	}
	b, _, _ := s.snap.backend(e.Backend)
	if r := removeStored(b, e); r != nil {
		return nil, r
	}
	if err := s.house.Catalog.Conceal(ctx, e.ID); err != nil {
		return nil, catalogRefusal(err)
	}
	return &sdk.Reply{}, nil
}

// removeHalf gives an upload up that has stopped.
func (s *Session) removeHalf(ctx context.Context, e catalog.Entry) *sdk.Refusal {
	if _, err := s.house.Catalog.Delete(ctx, e.ID, s.partner.ID); err != nil {
		if errors.Is(err, catalog.ErrTransition) {
			return sdk.Refuse(sdk.FileBusy, "it is being uploaded").Because(err)
		}
		return catalogRefusal(err)
	}
	b, _, _ := s.snap.backend(e.Backend)
	if x, ok := sdk.As[sdk.PartRemover](b); ok {
		if err := x.RemovePart(sdk.Target{ID: e.ID, Path: e.Path, OnExists: e.OnExists, Size: -1}, e.Point.Backend); err != nil {
			s.log("part of a removed upload stays", "transfer", e.ID, "error", err)
		}
	}
	return nil
}
