package session

import (
	"context"
	"errors"
	"maps"
	"path"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/decision"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/sdk"
)

// decidePlace finds where the file is or will be, and lets the open exits have their say.
func (s *Session) decidePlace(ctx context.Context, t *transfer) *sdk.Refusal {
	vars := t.place.attributes
	t.place = placement{path: t.entry.Path, backend: t.entry.Backend, onExists: t.flow.OnExists, attributes: t.request.Attributes}
	if t.request.Mode&sdk.ModeExclusive != 0 {
		t.place.onExists = sdk.ExistsFail
	}
	if t.found == isNew {
		if r := s.newPlace(t, vars); r != nil {
			return r
		}
	}
	t.facts.Target = &sdk.TargetFacts{Path: t.place.path, Backend: t.place.backend, OnExists: t.place.onExists,
		Attributes: maps.Clone(t.place.attributes), Size: t.request.Size}
	if t.direction == sdk.Send {
		if r := s.openReader(t); r != nil {
			return r
		}
		t.facts.Target.Content, t.facts.Target.Size = t.reader, t.reader.Info().Size
	}
	set, r := s.askFor(ctx, t, sdk.PointOpen)
	if r != nil {
		return r
	}
	return s.move(t, set)
}

// newPlace works out the path of a new entry from its flow's template, and its id.
func (s *Session) newPlace(t *transfer, vars map[string]string) *sdk.Refusal {
	id, err := s.house.newID()
	if err != nil {
		return sdk.Refuse(sdk.LimitTransfers, "no id").Because(err)
	}
	t.entry.ID = id
	t.facts.Transfer = id
	if t.fetches() {
		var r *sdk.Refusal
		t.place.path, r = s.namedPlace(t, vars)
		return r
	}
	folder := ""
	if t.named != nil {
		folder = t.named.folder()
	}
	p, err := t.flow.Template.Expand(naming.Values{Folder: folder, Partner: s.partner.ID, Group: s.partner.Group, Flow: t.flow.ID,
		File: naming.FileOf(t.request.File, t.request.Label), Label: t.request.Label, ID: id, Origin: t.request.Origin, Destination: t.request.Destination,
		Listener: s.listener.Name, Var: vars, Time: s.house.Now()})
	if err != nil {
		return t.flow.decided(sdk.ToRefusal(err, sdk.FileName), "path")
	}
	t.place.path, t.place.backend = p, t.flow.Backend
	s.notePlace(t)
	return nil
}

// move applies what the open exits changed. A file that is there already, or half there, stays where it is.
func (s *Session) move(t *transfer, set *sdk.Changes) *sdk.Refusal {
	moved := set.Path != nil && *set.Path != t.place.path || set.Backend != nil && *set.Backend != t.place.backend
	if moved && t.found == isRestarted {
		return sdk.Refuse(sdk.ExitRefused, "an exit moved a file that is being restarted")
	}
	if set.Path != nil {
		t.place.path = path.Clean(*set.Path)
	}
	if set.Backend != nil {
		t.place.backend = *set.Backend
	}
	if set.OnExists != nil {
		t.place.onExists = *set.OnExists
	}
	if set.Attributes != nil {
		t.place.attributes = maps.Clone(t.facts.Target.Attributes) // those of the peer with the changes
	}
	if moved && t.direction == sdk.Send {
		t.reader.Close()
		t.reader = nil
		return s.openReader(t)
	}
	return nil
}

// openFile makes or reopens the temporary file of a file received; a file sent is open already.
func (s *Session) openFile(ctx context.Context, t *transfer) *sdk.Refusal {
	if r := t.tooOften(); r != nil {
		return r
	}
	if t.fetches() {
		return nil
	}
	if t.direction == sdk.Send {
		if r := s.again(t); r != nil {
			return r
		}
		return t.unchanged()
	}
	if r := s.aim(t); r != nil {
		return r
	}
	var err error
	if t.found == isRestarted {
		t.writer, err = t.backend.Resume(t.target, t.entry.Point.Backend)
		if errors.Is(err, sdk.ErrNoPart) { // all that is left is to begin again
			t.lost = true
			t.writer, err = t.backend.Create(t.target)
		}
	} else {
		t.writer, err = t.backend.Create(t.target)
	}
	if errors.Is(err, sdk.ErrCommitted) {
		s.hadEnded(ctx, t, err)
	}
	if err != nil {
		return t.ruled(resumeRefusal(err))
	}
	return nil
}

// aim settles where a file received will be written, and refuses one that is announced as too large.
func (s *Session) aim(t *transfer) *sdk.Refusal {
	if limit := t.flow.MaxSize; limit > 0 && t.request.Size-max(t.request.SizeUnit-1, 0) > limit {
		return sdk.Refuse(sdk.FileSize, "%d bytes announced, flow %s takes %d", t.request.Size, t.flow.ID, limit).By(t.flow.rule("max_size"))
	}
	b, name, ok := s.snap.backend(t.place.backend)
	if !ok {
		return sdk.Refuse(sdk.FileOpen, "there is no backend %q", t.place.backend).By(t.flow.rule("backend"))
	}
	t.backend, t.place.backend = b, name
	t.target = sdk.Target{ID: t.entry.ID, Path: t.place.path, OnExists: t.place.onExists, Durability: t.flow.Durability,
		Size: t.request.Size}
	return nil
}

// openReader opens the file that is to be sent.
func (s *Session) openReader(t *transfer) *sdk.Refusal {
	b, name, ok := s.snap.backend(t.place.backend)
	if !ok {
		return sdk.Refuse(sdk.FileOpen, "there is no backend %q", t.place.backend).By(t.flow.rule("backend"))
	}
	t.backend, t.place.backend = b, name
	r, err := b.Open(t.place.path)
	if err != nil {
		return t.ruled(sdk.ToRefusal(err, sdk.FileOpen))
	}
	t.reader = r
	return nil
}

// source is the file of a send as it is now.
func (t *transfer) source() catalog.Source {
	if t.reader == nil {
		return catalog.Source{}
	}
	i := t.reader.Info()
	return catalog.Source{Size: i.Size, ModTime: i.Modified, ETag: i.Tag}
}

// again refuses a published file that was fetched on this session already and is still the same: a peer that fetches
// until nothing is left would never end.
func (s *Session) again(t *transfer) *sdk.Refusal {
	if t.found != isNew || s.fetched[t.stored()] != t.source() {
		return nil
	}
	return sdk.Refuse(sdk.FileMissing, "%s has not changed since it was fetched on this session", t.place.path)
}

// stored names the file of a transfer among all backends.
func (t *transfer) stored() [2]string { return [2]string{t.place.backend, t.place.path} }

// unchanged refuses to go on with a file that is no longer what its first part came from.
func (t *transfer) unchanged() *sdk.Refusal {
	if t.found != isRestarted || t.entry.Source.ETag == "" || t.entry.Source.ETag == t.reader.Info().Tag {
		return nil
	}
	return sdk.Refuse(sdk.RestartPoint, "%s has changed since the transfer began", t.place.path)
}

// newEntry is the entry of a request that released none.
func (s *Session) newEntry(t *transfer, g catalog.Grant) catalog.Entry {
	e := t.entry
	e.Kind, e.Direction, e.Role = catalog.File, t.direction, catalog.Server
	e.Partner, e.Flow, e.Protocol, e.Session, e.Peer, e.Listener = s.partner.ID, t.flow.ID, g.Protocol, g.Session, g.Peer, g.Listener
	e.File, e.Label, e.Text, e.Attributes = t.request.File, t.request.Label, t.request.Text, t.place.attributes
	e.Path, e.Backend, e.OnExists = t.place.path, t.place.backend, t.place.onExists
	e.Size = t.request.Size
	e.Key, e.Terms, e.Source, e.Decisions = g.Key, g.Terms, g.Source, g.Decisions
	e.Published = t.direction == sdk.Send
	if t.named != nil {
		e.File, e.Listed = t.named.file, true
	}
	e.Point.Backend = t.partState()
	return e
}

// partState is what the backend can say of a new temporary file: it is kept with the entry, so that a file that was
// committed right before a crash is recognised.
func (t *transfer) partState() []byte {
	w, ok := sdk.As[sdk.Stateful](t.writer)
	if !ok {
		return nil
	}
	state, err := w.State()
	if err != nil {
		return nil
	}
	return state
}

// grant is what the peer is told of the file.
func (t *transfer) grant() *sdk.Grant {
	g := &sdk.Grant{Number: int64(t.entry.Number), File: t.entry.File, Type: t.request.Type, Label: t.entry.Label,
		Origin: t.request.Origin, Destination: t.request.Destination, Size: -1, Terms: t.flow.terms(),
		Attributes: t.entry.Attributes}
	if t.reader != nil {
		i := t.reader.Info()
		g.Size, g.Modified = i.Size, i.Modified
		if g.File == "" {
			g.File = t.flow.ID
		}
	}
	return g
}

// askFor asks the exits of a point about a transfer and keeps what they decided.
func (s *Session) askFor(ctx context.Context, t *transfer, p sdk.Point) (*sdk.Changes, *sdk.Refusal) {
	scope := s.scope
	if t.facts.Flow != nil {
		scope.Flow = t.facts.Flow.ID
	}
	res, err := s.snap.Chain.Ask(ctx, p, &t.facts, scope)
	t.decisions = append(t.decisions, decision.Kept(s.house.Now(), res.Decisions)...)
	if err != nil {
		return &res.Changes, sdk.ToRefusal(err, sdk.ExitFailed)
	}
	t.facts = *res.Facts
	return &res.Changes, nil
}

// resumeRefusal says why a temporary file cannot be opened. One that was committed already belongs to a transfer that
// ended before its peer could be told.
func resumeRefusal(err error) *sdk.Refusal {
	if errors.Is(err, sdk.ErrCommitted) {
		return sdk.Refuse(sdk.Duplicate, "the transfer had ended").Because(err)
	}
	return sdk.ToRefusal(err, sdk.FileOpen)
}
