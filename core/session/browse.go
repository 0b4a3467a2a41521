package session

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// browsing reports whether an action looks around or changes what is there, and moves no bytes.
func browsing(a sdk.Action) bool {
	switch a {
	case sdk.ActionList, sdk.ActionStat, sdk.ActionSetstat, sdk.ActionStatvfs, sdk.ActionRename, sdk.ActionRemove, sdk.ActionMkdir:
		return true
	}
	return false
}

// browse answers a request that moves no bytes. It belongs to the file phase: the exits say which flow it is about and
// whether the partner may, and a refusal leaves everything as it was.
func (s *Session) browse(ctx context.Context, t *transfer, against *sdk.Refusal) {
	reply, refusal := s.browsed(ctx, t, against)
	if reply == nil && refusal == nil {
		return // the answer comes later
	}
	s.answerBrowse(t, reply, refusal)
}

func (s *Session) answerBrowse(t *transfer, reply *sdk.Reply, refusal *sdk.Refusal) {
	switch {
	case refusal == nil:
		s.say(sdk.Message{Kind: sdk.KindReply, Ref: t.ref, Reply: reply})
	default:
		if refusal.Code != sdk.FileMissing { // clients look for what they are about to write
			s.refusedTransfer(t, sdk.PhaseFile, refusal)
		}
		s.say(sdk.Message{Kind: sdk.KindRefuse, Ref: t.ref, Refusal: refusal})
	}
	s.idle()
}

func (s *Session) browsed(ctx context.Context, t *transfer, against *sdk.Refusal) (*sdk.Reply, *sdk.Refusal) {
	if against != nil {
		return nil, against
	}
	t.direction = sdk.Send
	if s.gives(t.named.flow) {
		t.direction = sdk.Receive
	}
	t.facts = s.facts
	t.facts.Time = s.house.Now()
	t.facts.Request = &sdk.RequestFacts{Request: t.request, Direction: t.direction}
	if t.named.flow == "" {
		return s.browseTop(t)
	}
	if r := s.resolve(ctx, t); r != nil {
		return nil, r
	}
	if r := s.authorize(ctx, t); r != nil {
		return nil, r
	}
	switch t.request.Action {
	case sdk.ActionList:
		s.list(ctx, t)
		return nil, nil
	case sdk.ActionStat:
		return s.stat(ctx, t)
	case sdk.ActionSetstat:
		return s.setstat(ctx, t)
	case sdk.ActionStatvfs:
		return s.space(t)
	case sdk.ActionRename:
		return s.changed(t)(s.rename(ctx, t))
	case sdk.ActionRemove:
		return s.changed(t)(s.remove(ctx, t))
	case sdk.ActionMkdir:
		return s.changed(t)(s.mkdir(ctx, t))
	}
	return nil, sdk.Refuse(sdk.DirectionForbidden, "%s is not offered", t.request.Action)
}

// changed reports a change: it ends a phase, where looking around does not.
func (s *Session) changed(t *transfer) func(*sdk.Reply, *sdk.Refusal) (*sdk.Reply, *sdk.Refusal) {
	return func(reply *sdk.Reply, r *sdk.Refusal) (*sdk.Reply, *sdk.Refusal) {
		if r == nil {
			s.phaseOf(t, sdk.PhaseFile, nil)
		}
		return reply, r
	}
}

// browseTop answers about the folder of the partner's flows. It shows nothing but the partner's own lists, so nobody is
// asked.
func (s *Session) browseTop(t *transfer) (*sdk.Reply, *sdk.Refusal) {
	switch {
	case t.named.file != "":
		return nil, sdk.Refuse(sdk.FileMissing, "%q is in no flow of %s", t.named.file, s.partner.ID)
	case t.request.Action == sdk.ActionStat:
		return &sdk.Reply{Entries: []sdk.DirEntry{{Dir: true, Modified: s.began, Read: true}}}, nil
	case t.request.Action == sdk.ActionStatvfs:
		return s.spaceOfAll()
	case t.request.Action == sdk.ActionSetstat:
		return &sdk.Reply{}, nil
	case t.request.Action != sdk.ActionList:
		return nil, sdk.Refuse(sdk.DirectionForbidden, "the top folder is the list of flows")
	}
	var rows []sdk.DirEntry
	for name := range s.snap.Flows {
		if s.sees(name) {
			rows = append(rows, s.folder(name))
		}
	}
	slices.SortFunc(rows, func(a, b sdk.DirEntry) int { return strings.Compare(a.Name, b.Name) })
	s.keepListing(t, &listing{})
	return &sdk.Reply{Entries: rows}, nil
}

// folder is the row of a flow. A flow has no time of its own: that of the session stands for it.
func (s *Session) folder(flow string) sdk.DirEntry {
	return sdk.DirEntry{Name: flow, Dir: true, Modified: s.began, Read: true, Write: s.gives(flow)}
}

// stat answers what one name is.
func (s *Session) stat(ctx context.Context, t *transfer) (*sdk.Reply, *sdk.Refusal) {
	row, r := s.look(ctx, t)
	if r != nil {
		return nil, r
	}
	return &sdk.Reply{Entries: []sdk.DirEntry{row}}, nil
}

// look finds the row of a name: what is open on this session, what is shown, what is published, and an upload that stopped.
func (s *Session) look(ctx context.Context, t *transfer) (sdk.DirEntry, *sdk.Refusal) {
	n := *t.named
	if n.file == "" {
		return s.folder(n.flow), nil
	}
	if x := s.opened(n); x != nil {
		return s.openRow(x), nil
	}
	shown, err := s.shown(ctx, n)
	if err != nil {
		return sdk.DirEntry{}, catalogRefusal(err)
	}
	if row, ok := s.row(ctx, shown); ok {
		return row, nil
	}
	if t.flow.Publish && s.takes(n.flow) {
		if p, r := s.namedPlace(t, t.place.attributes); r == nil {
			if info, err := s.info(t.place.backend, p); err == nil && !info.Dir {
				return sdk.DirEntry{Name: n.file, Size: s.sizeSent(n.flow, info.Size), Modified: info.Modified, Read: true}, nil
			}
		}
	}
	if row, ok := s.halfUpload(ctx, n); ok {
		return row, nil
	}
	if s.isFolder(ctx, t.flow, n.file) {
		return sdk.DirEntry{Name: n.file, Dir: true, Modified: s.began, Read: true, Write: s.gives(n.flow)}, nil
	}
	return sdk.DirEntry{}, sdk.Refuse(sdk.FileMissing, "flow %s has no %q for %s", n.flow, n.file, s.partner.ID)
}

// opened is a transfer of this session that has the name, an upload before a fetch.
func (s *Session) opened(n named) (found *transfer) {
	for _, x := range s.open {
		if x.named != nil && *x.named == n && (x.started() || x.at == granted) && (found == nil || x.direction == sdk.Receive) {
			found = x
		}
	}
	return found
}

// openRow shows a transfer that is open.
func (s *Session) openRow(t *transfer) sdk.DirEntry {
	if t.direction == sdk.Receive {
		return sdk.DirEntry{Name: t.named.file, Size: t.high, Modified: t.began, Write: true}
	}
	i := t.reader.Info()
	return sdk.DirEntry{Name: t.named.file, Size: s.sizeSent(t.named.flow, i.Size), Modified: i.Modified, Read: true}
}

// sizeSent is what a peer is told of the size of a file that it may fetch: -1, unknown, where filters change its length. A
// client that was told the stored size would stop there, or miss what is not there.
func (s *Session) sizeSent(flow string, stored int64) int64 {
	scope := s.scope
	scope.Flow = flow
	if s.snap.Chain.Resizes(&s.facts, scope) {
		return -1
	}
	return stored
}

// halfUpload is the row of an upload that has not ended: its durable size tells its peer where to go on.
func (s *Session) halfUpload(ctx context.Context, n named) (sdk.DirEntry, bool) {
	if !s.gives(n.flow) {
		return sdk.DirEntry{}, false
	}
	t := &transfer{direction: sdk.Receive, named: &n}
	e, err := s.restartable(ctx, t)
	if err != nil && e.Status() != catalog.Running {
		return sdk.DirEntry{}, false
	}
	return sdk.DirEntry{Name: n.file, Size: e.Point.WireOffset, Modified: e.UpdatedAt, Write: true}, true
}

// row shows the entries of one name as one: an offer before an upload, the oldest offer and the newest upload. An upload
// whose file is gone is concealed; of one whose backend does not answer the catalog tells what there is to tell.
func (s *Session) row(ctx context.Context, entries []catalog.Entry) (row sdk.DirEntry, found bool) {
	for _, e := range entries {
		if found && (row.Read && !row.Write || e.Direction == sdk.Receive && e.UpdatedAt.Before(row.Modified)) {
			continue
		}
		info, err := s.stored(ctx, e)
		gone := sdk.CodeOf(err) == sdk.FileMissing
		if err != nil && !gone {
			info = sdk.FileInfo{Size: e.Size, Modified: e.UpdatedAt}
			if e.Direction == sdk.Receive {
				info.Size = e.Bytes
			}
		}
		switch {
		case !gone && e.Direction == sdk.Send:
			row, found = sdk.DirEntry{Name: e.ShownAs(), Size: s.sizeSent(e.Flow, info.Size), Modified: info.Modified, Read: true}, true
		case !gone:
			row, found = sdk.DirEntry{Name: e.ShownAs(), Size: info.Size, Modified: info.Modified, Read: s.takes(e.Flow), Write: true}, true
			if row.Read {
				row.Size = s.sizeSent(e.Flow, info.Size)
			}
		case e.Direction == sdk.Receive:
			if err := s.house.Catalog.Conceal(ctx, e.ID); err != nil {
				s.log("vanished upload not concealed", "transfer", e.ID, "error", err)
			}
		}
	}
	return row, found
}

// stored describes the file of an entry. file.missing means that it is gone, or that another one has its name by now, of
// another partner say: an upload is shown and changed only as long as it is the one that was made.
func (s *Session) stored(ctx context.Context, e catalog.Entry) (sdk.FileInfo, error) {
	info, err := s.info(e.Backend, e.Path)
	if e.Moving != nil && sdk.CodeOf(err) == sdk.FileMissing {
		return s.finishMove(ctx, e)
	}
	if err != nil || e.Direction != sdk.Receive {
		return info, err
	}
	if info.Size != e.Bytes || !sameFile(e.Source, info) {
		return info, sdk.Refuse(sdk.FileMissing, "%s is another file than %s made", e.Path, e.ID)
	}
	return info, nil
}

// sameFile reports whether a file is what was noted of it; its rights may have changed.
func sameFile(then catalog.Source, now sdk.FileInfo) bool {
	return then.ETag == "" || now.Tag == then.ETag || now.Modified.Sub(then.ModTime).Abs() < time.Millisecond
}

// made is a file that was just stored, for the entry of an upload that its partner will look for.
func (s *Session) made(t *transfer, w sdk.Writer, path string) catalog.Source {
	if t.named == nil {
		return catalog.Source{}
	}
	if x, ok := w.(sdk.Stored); ok {
		if info, ok := x.Stored(); ok {
			return sourceOf(info)
		}
	}
	info, err := s.info(t.place.backend, path)
	if err != nil {
		return catalog.Source{} // its size has to do
	}
	return sourceOf(info)
}

// info describes a stored file. A backend that cannot tell without opening it opens it.
func (s *Session) info(backend, path string) (sdk.FileInfo, error) {
	b, _, ok := s.snap.backend(backend)
	if !ok {
		return sdk.FileInfo{}, sdk.Refuse(sdk.FileOpen, "there is no backend %q", backend)
	}
	if x, ok := sdk.As[sdk.Statter](b); ok {
		return x.Stat(path)
	}
	r, err := b.Open(path)
	if err != nil {
		return sdk.FileInfo{}, err
	}
	defer r.Close()
	return r.Info(), nil
}

// setstat accepts times and rights without effect: the server's file is its own. A size cuts an upload that is open.
func (s *Session) setstat(ctx context.Context, t *transfer) (*sdk.Reply, *sdk.Refusal) {
	x := s.opened(*t.named)
	switch {
	case t.request.Size < 0:
		_, r := s.look(ctx, t)
		return &sdk.Reply{}, r
	case x == nil || x.inlet == nil || x.at != moving:
		return nil, sdk.Refuse(sdk.FileAttributes, "the size of %q cannot be changed: it is no upload that is open", t.request.File)
	}
	if err := x.inlet.Resize(t.request.Size); err != nil {
		return nil, sdk.ToRefusal(err, sdk.DataIO)
	}
	x.high = t.request.Size
	return &sdk.Reply{}, nil
}

// space tells what the flow's backend has left.
func (s *Session) space(t *transfer) (*sdk.Reply, *sdk.Refusal) {
	sp, err := s.left(t.flow)
	if err != nil {
		return nil, sdk.ToRefusal(err, sdk.FileOpen)
	}
	return &sdk.Reply{Space: &sp}, nil
}

// left is what a flow's backend has left; zero: it cannot tell.
func (s *Session) left(f *Flow) (sdk.Space, error) {
	b, _, ok := s.snap.backend(f.Backend)
	x, can := sdk.As[sdk.Spacer](b)
	if !ok || !can {
		return sdk.Space{}, nil
	}
	return x.Space()
}

// spaceOfAll tells what is left for a partner wherever it puts a file: the least of what its flows have.
func (s *Session) spaceOfAll() (*sdk.Reply, *sdk.Refusal) {
	var least sdk.Space
	for name, f := range s.snap.Flows {
		if !s.sees(name) {
			continue
		}
		if sp, err := s.left(f); err == nil && sp.Total > 0 && (least.Total == 0 || sp.Available < least.Available) {
			least = sp
		}
	}
	return &sdk.Reply{Space: &least}, nil
}
