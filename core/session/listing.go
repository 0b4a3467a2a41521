package session

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/sdk"
)

// listing is a folder that a peer reads, page by page.
type listing struct {
	t       *transfer
	prefix  string          // of the names in it: "", or a folder of the flow with its /
	after   string          // the last name of the catalog that was given
	drained bool            // the catalog has no more
	entries []catalog.Entry // of the catalog, not given yet
	stored  []sdk.FileInfo  // of the backend, not given yet
	given   map[string]bool // the folders that were given
}

// keepListing remembers a folder until the peer leaves it.
func (s *Session) keepListing(t *transfer, l *listing) {
	l.t = t
	if s.listings == nil {
		s.listings = map[uint32]*listing{}
	}
	s.listings[t.ref] = l
}

// pageRows is how many rows one reply has.
const pageRows = 128

// mostRows is how many rows of backends the open folders of a session hold together; a single one may be larger.
const mostRows = 1 << 18

// crowded reports whether that would be too many. Each open folder keeps what was there when it was opened.
func crowded(open map[uint32]*listing, more int) bool {
	held := 0
	for _, l := range open {
		held += len(l.stored)
	}
	return held > 0 && more > 0 && held+more > mostRows
}

// list begins to show a flow. The answer comes later.
func (s *Session) list(ctx context.Context, t *transfer) {
	folder := t.named.file
	l := &listing{given: map[string]bool{}}
	if folder != "" {
		l.prefix = folder + "/"
		l.after = l.prefix
	}
	s.keepListing(t, l)
	s.beside(l, 0, func() (*sdk.Reply, *sdk.Refusal) {
		if folder != "" && !s.isFolder(ctx, t.flow, folder) {
			return nil, sdk.Refuse(sdk.FileMissing, "flow %s has no folder %q", t.named.flow, folder)
		}
		var r *sdk.Refusal
		if l.stored, r = s.storedFiles(t, folder); r != nil {
			return nil, r
		}
		return s.page(ctx, l)
	})
}

// storedFiles are what the backend shows of a flow's folder, by name: the files that the flow publishes, and folders.
func (s *Session) storedFiles(t *transfer, folder string) ([]sdk.FileInfo, *sdk.Refusal) {
	publishes, folders := t.flow.Publish && s.takes(t.flow.ID), t.flow.Template.KeepsFolders()
	if !publishes && !folders {
		return nil, nil
	}
	dir, mask, r := s.published(t.flow, folder, t.place.attributes)
	if r != nil || mask == "" {
		return nil, nil
	}
	b, _, _ := s.snap.backend(t.flow.Backend)
	if x, ok := sdk.As[sdk.Lister](b); ok && (folders || naming.IsMask(mask)) {
		files, err := x.List(dir)
		if err != nil {
			return nil, notThere(err)
		}
		return slices.DeleteFunc(files, func(f sdk.FileInfo) bool {
			return f.Dir && !folders || !f.Dir && !(publishes && naming.Match(mask, last(f.Path)))
		}), nil
	}
	name := mask
	if dir != "" {
		name = dir + "/" + mask
	}
	info, err := s.info(t.flow.Backend, name)
	if err == nil && !info.Dir && publishes {
		return []sdk.FileInfo{info}, nil
	}
	return nil, notThere(err)
}

// notThere is why a folder cannot be shown: one that is not there yet shows nothing, one that cannot be read is not empty.
func notThere(err error) *sdk.Refusal {
	if err == nil || sdk.CodeOf(err) == sdk.FileMissing {
		return nil
	}
	return sdk.ToRefusal(err, sdk.FileOpen)
}

func last(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// more gives the next rows of a folder.
func (s *Session) more(ctx context.Context, e *sdk.Event) {
	if e.Kind != sdk.KindWant {
		s.violation(e.Kind.String() + " of a folder")
		return
	}
	l := s.listings[e.Ref]
	s.beside(l, e.Tag, func() (*sdk.Reply, *sdk.Refusal) { return s.page(ctx, l) })
}

// page merges what the catalog shows with what the backend has, by name.
func (s *Session) page(ctx context.Context, l *listing) (*sdk.Reply, *sdk.Refusal) {
	rows := make([]sdk.DirEntry, 0, pageRows)
	for len(rows) < pageRows {
		if len(l.entries) == 0 && !l.drained {
			if r := s.turn(ctx, l); r != nil {
				return nil, r
			}
			if len(l.entries) == 0 && !l.drained {
				continue
			}
		}
		row, ok := sdk.DirEntry{}, false
		switch {
		case len(l.entries) == 0 && len(l.stored) == 0:
			return &sdk.Reply{Entries: rows}, nil
		case len(l.entries) == 0 || len(l.stored) > 0 && last(l.stored[0].Path) < l.name():
			row, ok = s.storedRow(l)
		default:
			row, ok = s.catalogRow(ctx, l)
		}
		if ok && sdk.CheckElement(row.Name) == nil {
			rows = append(rows, row)
		}
	}
	return &sdk.Reply{Entries: rows, More: true}, nil
}

// name is that of the next entry in the listing's folder; it has a / where the entry is deeper.
func (l *listing) name() string { return l.entries[0].ShownAs()[len(l.prefix):] }

// folderRow is the row of a folder in the listing; false where it was given.
func (s *Session) folderRow(l *listing, name string) (sdk.DirEntry, bool) {
	if l.given[name] || l.t.flow == nil || !l.t.flow.Template.KeepsFolders() {
		return sdk.DirEntry{}, false
	}
	l.given[name] = true
	return sdk.DirEntry{Name: name, Dir: true, Modified: s.began, Read: true, Write: s.gives(l.t.named.flow)}, true
}

// storedRow takes the next row of the backend.
func (s *Session) storedRow(l *listing) (sdk.DirEntry, bool) {
	f := l.stored[0]
	l.stored = l.stored[1:]
	if f.Dir {
		return s.folderRow(l, last(f.Path))
	}
	return sdk.DirEntry{Name: last(f.Path), Size: s.sizeSent(l.t.named.flow, f.Size), Modified: f.Modified, Read: true}, true
}

// catalogRow takes the next name of the catalog, with all of its entries. Of what is deeper only the folder is shown.
func (s *Session) catalogRow(ctx context.Context, l *listing) (sdk.DirEntry, bool) {
	name := l.name()
	if folder, _, deeper := strings.Cut(name, "/"); deeper {
		below := l.prefix + folder + "/"
		l.entries = slices.DeleteFunc(l.entries, func(e catalog.Entry) bool { return strings.HasPrefix(e.ShownAs(), below) })
		l.after = max(l.after, below+string(utf8.MaxRune)) // the next page begins behind them
		return s.folderRow(l, folder)
	}
	n := 1
	for n < len(l.entries) && l.entries[n].ShownAs() == l.prefix+name {
		n++
	}
	row, ok := s.row(ctx, l.entries[:n])
	l.entries = l.entries[n:]
	if ok && len(l.stored) > 0 && last(l.stored[0].Path) == name && !l.stored[0].Dir {
		l.stored = l.stored[1:]
	}
	row.Name = name
	return row, ok
}

// turn reads more names of the catalog. The entries of one name stay together: of more than a page's only the first count.
func (s *Session) turn(ctx context.Context, l *listing) *sdk.Refusal {
	if l.t.flow == nil {
		l.drained = true
		return nil
	}
	entries, err := s.house.Catalog.Shown(ctx, catalog.Look{Partner: s.partner.ID, Flow: l.t.flow.ID, After: l.after, Limit: pageRows})
	if err != nil {
		return catalogRefusal(err)
	}
	l.drained = len(entries) < pageRows
	if len(entries) > 0 {
		l.after = entries[len(entries)-1].ShownAs()
	}
	if n := slices.IndexFunc(entries, func(e catalog.Entry) bool { return !strings.HasPrefix(e.ShownAs(), l.prefix) }); n >= 0 {
		l.drained, entries = true, entries[:n]
	}
	l.entries = entries
	return nil
}
