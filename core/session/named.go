package session

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/sdk"
)

// named is what a path means that a browsing peer gave: the folders at the top are the flows that its partner may use.
type named struct{ flow, file string }

// key is the name in a restart key.
func (n named) key() string { return n.flow + "/" + n.file }

// mayBe refuses what no file can be called here. A backslash is no separator to this peer, and it is one in the paths of
// flows: the file would be stored under another name than the one that it was given.
func (n named) mayBe() *sdk.Refusal {
	if strings.ContainsRune(n.file, '\\') {
		return sdk.Refuse(sdk.FileName, "%.60q holds a backslash", n.file)
	}
	return nil
}

// nameOf reads a path. One that begins with no flow that the partner may use is a file of its default flow.
func (s *Session) nameOf(file string) named {
	flow, rest, _ := strings.Cut(file, "/")
	switch {
	case file == "":
		return named{}
	case s.sees(flow):
		return named{flow, rest}
	case s.sees(s.partner.DefaultFlow):
		return named{s.partner.DefaultFlow, file}
	}
	return named{"", file}
}

// sees reports whether a flow is one of the partner's folders; gives and takes whether it may put or fetch there. An exit
// may forbid it all the same.
func (s *Session) sees(flow string) bool {
	return flow != "" && s.snap.Flows[flow] != nil && (s.gives(flow) || s.takes(flow))
}

func (s *Session) gives(flow string) bool { return matchesAny(s.partner.Receive, flow) }
func (s *Session) takes(flow string) bool { return matchesAny(s.partner.Send, flow) }

func matchesAny(masks []string, name string) bool {
	return slices.ContainsFunc(masks, func(m string) bool { return naming.Match(m, name) })
}

// linkNamed is link for a peer that names a file by its path.
func (s *Session) linkNamed(ctx context.Context, t *transfer) *sdk.Refusal {
	n := *t.named
	switch {
	case n.flow == "" && n.file != "":
		return sdk.Refuse(sdk.FileMissing, "%q is in no flow of %s", n.file, s.partner.ID)
	case n.file == "":
		return sdk.Refuse(sdk.FileOpen, "%q is a folder", t.request.File)
	case t.direction == sdk.Receive:
		if r := n.mayBe(); r != nil {
			return r
		}
		return s.linkUpload(ctx, t)
	}
	if r := s.linkFetch(ctx, t); r != nil || t.found != isNew || t.own != nil {
		return r
	}
	return s.fetchedElsewhere(ctx, t)
}

// linkFetch finds the entry that a fetch is of: a file at the partner's disposal, before its own upload.
func (s *Session) linkFetch(ctx context.Context, t *transfer) *sdk.Refusal {
	shown, err := s.shown(ctx, *t.named)
	if err != nil {
		return catalogRefusal(err)
	}
	for _, e := range shown {
		switch {
		case e.Direction == sdk.Receive && t.found == isNew:
			if _, err := s.stored(ctx, e); sdk.CodeOf(err) != sdk.FileMissing {
				t.own = &e
			}
		case e.Direction == sdk.Send && !slices.Contains(s.skip, e.ID) && (t.found == isNew || e.Priority < t.entry.Priority):
			t.found, t.entry, t.own = isHeld, e, nil
			if e.Code != "" {
				t.found = isRestarted
			}
		}
	}
	return nil
}

// fetchedElsewhere refuses a file that is not shown because another handle fetches it. A session whose connection is gone
// gives it back.
func (s *Session) fetchedElsewhere(ctx context.Context, t *transfer) *sdk.Refusal {
	if f := s.snap.Flows[t.named.flow]; f == nil || f.Publish {
		return nil // its files may be fetched by many
	}
	var id string
	for e, err := range s.house.Catalog.List(ctx, catalog.Filter{Status: catalog.Running}) { // a slot each
		if err != nil {
			return catalogRefusal(err)
		}
		if e.Direction == sdk.Send && !e.Published && e.Partner == s.partner.ID && e.Flow == t.named.flow && e.File == t.named.file {
			id = e.ID
		}
	}
	switch {
	case id == "":
		return nil
	case s.house.Registry.moving(id) != s && s.house.Registry.probe(ctx, id):
		return s.linkFetch(ctx, t)
	}
	return sdk.Refuse(sdk.FileBusy, "%q is being fetched already, as %s", t.request.File, id)
}

// shown are the entries that the partner sees by a name.
func (s *Session) shown(ctx context.Context, n named) ([]catalog.Entry, error) {
	return s.house.Catalog.Shown(ctx, catalog.Look{Partner: s.partner.ID, Flow: n.flow, Name: n.file, Limit: 100})
}

// linkUpload finds what an upload goes on with, if it does.
func (s *Session) linkUpload(ctx context.Context, t *transfer) *sdk.Refusal {
	mode := t.request.Mode
	if mode&(sdk.ModeExclusive|sdk.ModeAppend) != 0 {
		shown, err := s.shown(ctx, *t.named)
		if err != nil {
			return catalogRefusal(err)
		}
		for _, e := range shown {
			if e.Direction == sdk.Receive && (mode&sdk.ModeExclusive != 0 || mode&sdk.ModeReplace == 0) {
				return sdk.Refuse(sdk.FileExists, "%s was uploaded already, as %s", t.request.File, e.ID)
			}
		}
	}
	if mode&sdk.ModeReplace != 0 || mode&(sdk.ModeKeep|sdk.ModeAppend|sdk.ModeExclusive) == 0 {
		return nil
	}
	e, err := s.restartable(ctx, t)
	switch {
	case errors.Is(err, catalog.ErrRestartUnknown), errors.Is(err, catalog.ErrDuplicate):
		return nil
	case err != nil:
		return catalogRefusal(err)
	case mode&sdk.ModeExclusive != 0:
		return sdk.Refuse(sdk.FileExists, "%s is being uploaded, as %s", t.request.File, e.ID)
	}
	t.found, t.entry = isRestarted, e
	return nil
}

// suits refuses what a peer that names places in a file cannot do with the flow.
func (s *Session) suits(ctx context.Context, t *transfer) *sdk.Refusal {
	if t.named == nil {
		return nil
	}
	if t.direction == sdk.Receive && t.found == isNew {
		if r := s.settled(ctx, t.flow, *t.named); r != nil {
			return r
		}
	}
	if t.flow.Records == sdk.RecordsPrefixed {
		return sdk.Refuse(sdk.FileAttributes, "flow %s keeps records with their lengths, and %s has no records", t.flow.ID,
			s.listener.ProtocolName).By(t.flow.rule("records"))
	}
	return nil
}

// namedPlace is the place of a file that is there already: one's own upload, or a published one.
func (s *Session) namedPlace(t *transfer, vars map[string]string) (string, *sdk.Refusal) {
	if t.own != nil {
		t.place.backend = t.own.Backend
		return t.own.Path, nil
	}
	if r := t.flow.keeps(*t.named); r != nil {
		return "", r
	}
	dir, mask, r := s.published(t.flow, t.named.folder(), vars)
	if r != nil {
		return "", r
	}
	if mask == "" || !naming.Match(mask, t.named.base()) {
		return "", sdk.Refuse(sdk.FileMissing, "flow %s publishes %s, not %q", t.flow.ID, path.Join(dir, mask), t.named.file).By(t.flow.rule("path"))
	}
	t.place.backend = t.flow.Backend
	return path.Join(dir, t.named.base()), nil
}

// published is where the files of a flow's folder are and the mask of their names; no mask where that depends on the file.
func (s *Session) published(f *Flow, folder string, vars map[string]string) (dir, mask string, _ *sdk.Refusal) {
	const any = "*"
	p, err := f.Template.Expand(naming.Values{Partner: s.partner.ID, Group: s.partner.Group, Flow: f.ID, File: any, Label: any,
		ID: any, Origin: any, Destination: any, Listener: s.listener.Name, Folder: folder, Var: vars, Time: s.house.Now()})
	if err != nil {
		return "", "", f.decided(sdk.ToRefusal(err, sdk.FileName), "path")
	}
	dir, mask = path.Split(p)
	if dir = strings.TrimSuffix(dir, "/"); naming.IsMask(dir) && !f.Template.KeepsFolders() {
		return "", "", nil
	}
	return dir, mask, nil
}
