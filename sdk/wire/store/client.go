package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// Line carries calls to a backend. Its methods may be called from many goroutines at once. An error says that there is no
// answer; a backend that says no has its say in the reply's Failure.
type Line interface {
	// Call asks what needs no open file.
	Call(m wire.BackendMethod, c *wire.BackendCall) (wire.BackendReply, error)
	// Open opens a file: Create, Resume or Open. There is no file with an error or a Failure.
	Open(m wire.BackendMethod, c *wire.BackendCall) (wire.BackendReply, File, error)
}

// File carries the calls of one open file. They do not overlap.
type File interface {
	// Call asks. out is written, in is filled, at most [Block] bytes of either. After an error nothing more is asked.
	Call(m wire.BackendMethod, c *wire.BackendCall, out, in [][]byte) (wire.BackendReply, error)
	// End gives back what the file holds at this end. well: the other end has closed it.
	End(well bool)
}

// Block is the most bytes of a file that one call carries.
const Block = 256 << 10

// Backend is a backend at the other end of a line. It has the methods of all abilities, and [sdk.Abled] tells which
// of them it can do.
type Backend struct {
	name string
	can  map[sdk.Ability]bool
	line Line
}

// New makes a backend. The name is for errors.
func New(name string, abilities []sdk.Ability, line Line) *Backend {
	b := &Backend{name: name, line: line, can: map[sdk.Ability]bool{}}
	for _, a := range abilities {
		b.can[a] = true
	}
	return b
}

// Can tells what the backend can do.
func (b *Backend) Can(a sdk.Ability) bool { return b.can[a] }

// able refuses what the backend cannot do.
func (b *Backend) able(a sdk.Ability) error {
	if b.can[a] {
		return nil
	}
	return b.fault("it has not the ability %s", a)
}

// fault is a refusal for something that the backend is to blame for.
func (b *Backend) fault(format string, args ...any) error {
	return sdk.Refuse(sdk.DataIO, "backend %s: %s", b.name, fmt.Sprintf(format, args...))
}

// lost is a refusal for a call that got no answer. The peer may try again.
func (b *Backend) lost(err error) error {
	if r, ok := sdk.AsRefusal(err); ok {
		return r
	}
	return sdk.Refuse(sdk.DataIO, "").Because(err)
}

// said checks a failure that the backend answered with: a backend speaks of files and data, and of nothing else.
func (b *Backend) said(err error) error {
	r, ok := err.(*sdk.Refusal)
	if !ok {
		return b.fault("it says of something else: %v", err)
	}
	if !strings.HasPrefix(string(r.Code), "file.") && !strings.HasPrefix(string(r.Code), "data.") {
		return b.fault("it refuses with %s: %s", r.Code, r.Detail)
	}
	return r
}

// ask asks what needs no open file and an ability.
func (b *Backend) ask(a sdk.Ability, m wire.BackendMethod, c *wire.BackendCall) (wire.BackendReply, error) {
	if err := b.able(a); err != nil {
		return wire.BackendReply{}, err
	}
	reply, err := b.line.Call(m, c)
	switch {
	case err != nil:
		return wire.BackendReply{}, b.lost(err)
	case reply.Failure != nil:
		return wire.BackendReply{}, b.said(reply.Failure)
	}
	return reply, nil
}

// Create implements [sdk.Backend].
func (b *Backend) Create(t sdk.Target) (sdk.Writer, error) {
	if err := checkTarget(&t); err != nil {
		return nil, err
	}
	a, f, err := b.line.Open(wire.BackendCreate, &wire.BackendCall{Target: &t})
	switch {
	case err != nil:
		return nil, b.lost(err)
	case a.Failure != nil:
		return nil, b.said(a.Failure)
	}
	return b.writer(f, &a, t, 0)
}

// Resume implements [sdk.Backend].
func (b *Backend) Resume(t sdk.Target, state []byte) (sdk.Writer, error) {
	if err := checkTarget(&t); err != nil {
		return nil, err
	}
	a, f, err := b.line.Open(wire.BackendResume, &wire.BackendCall{Target: &t, State: state})
	if err != nil {
		return nil, b.lost(err)
	}
	switch gone := a.Failure.(type) {
	case nil:
		return b.writer(f, &a, t, unknown)
	case *sdk.Refusal:
		return nil, b.said(gone)
	case *sdk.CommittedError:
		if gone.Path != "" && sdk.CheckPath(gone.Path) != nil {
			return nil, b.fault("it says that the file was committed as %.100q", gone.Path)
		}
		return nil, gone
	}
	return nil, fmt.Errorf("backend %s: %w", b.name, a.Failure)
}

// Open implements [sdk.Backend].
func (b *Backend) Open(path string) (sdk.Reader, error) {
	if err := sdk.CheckPath(path); err != nil {
		return nil, err
	}
	a, f, err := b.line.Open(wire.BackendOpen, &wire.BackendCall{Path: path})
	switch {
	case err != nil:
		return nil, b.lost(err)
	case a.Failure != nil:
		return nil, b.said(a.Failure)
	}
	err = b.checkInfo(&a.Info, path)
	if err == nil && (a.Info.Dir || a.Handle == 0) {
		err = b.fault("it opened %.100q as a folder, or as no file", path)
	}
	if err != nil {
		f.End(false)
		return nil, err
	}
	return &reader{b: b, file: f, handle: a.Handle, info: a.Info}, nil
}

// Probe implements [sdk.Prober].
func (b *Backend) Probe(t sdk.Target) error {
	if err := checkTarget(&t); err != nil {
		return err
	}
	_, err := b.ask(sdk.AbilityProbe, wire.BackendProbe, &wire.BackendCall{Target: &t})
	return err
}

// Stat implements [sdk.Statter].
func (b *Backend) Stat(path string) (sdk.FileInfo, error) {
	if err := sdk.CheckPath(path); err != nil {
		return sdk.FileInfo{}, err
	}
	a, err := b.ask(sdk.AbilityStat, wire.BackendStat, &wire.BackendCall{Path: path})
	if err == nil {
		err = b.checkInfo(&a.Info, path)
	}
	if err != nil {
		return sdk.FileInfo{}, err
	}
	return a.Info, nil
}

// List implements [sdk.Lister]. The list is sorted by names.
func (b *Backend) List(folder string) ([]sdk.FileInfo, error) {
	if folder != "" {
		if err := sdk.CheckPath(folder); err != nil {
			return nil, err
		}
	}
	a, err := b.ask(sdk.AbilityList, wire.BackendList, &wire.BackendCall{Path: folder})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(a.Entries, func(x, y sdk.FileInfo) int { return strings.Compare(x.Path, y.Path) })
	for i := range a.Entries {
		e := &a.Entries[i]
		if err := b.checkInfo(e, e.Path); err != nil {
			return nil, err
		}
		if folderOf(e.Path) != folder || i > 0 && a.Entries[i-1].Path == e.Path {
			return nil, b.fault("its list of %.100q has %.100q, which is not there or is there twice", folder, e.Path)
		}
	}
	return a.Entries, nil
}

// Rename implements [sdk.Renamer].
func (b *Backend) Rename(from, to string) error {
	if err := sdk.CheckPath(from); err != nil {
		return err
	}
	if err := sdk.CheckPath(to); err != nil {
		return err
	}
	_, err := b.ask(sdk.AbilityRename, wire.BackendRename, &wire.BackendCall{Path: from, To: to})
	return err
}

// Remove implements [sdk.Remover].
func (b *Backend) Remove(path string) error {
	if err := sdk.CheckPath(path); err != nil {
		return err
	}
	_, err := b.ask(sdk.AbilityRemove, wire.BackendRemove, &wire.BackendCall{Path: path})
	return err
}

// Mkdir implements [sdk.Mkdirer].
func (b *Backend) Mkdir(path string) error {
	if err := sdk.CheckPath(path); err != nil {
		return err
	}
	_, err := b.ask(sdk.AbilityMkdir, wire.BackendMkdir, &wire.BackendCall{Path: path})
	return err
}

// Rmdir implements [sdk.Rmdirer].
func (b *Backend) Rmdir(path string) error {
	if err := sdk.CheckPath(path); err != nil {
		return err
	}
	_, err := b.ask(sdk.AbilityRmdir, wire.BackendRmdir, &wire.BackendCall{Path: path})
	return err
}

// RemovePart implements [sdk.PartRemover].
func (b *Backend) RemovePart(t sdk.Target, state []byte) error {
	if err := checkTarget(&t); err != nil {
		return err
	}
	_, err := b.ask(sdk.AbilityRemovePart, wire.BackendRemovePart, &wire.BackendCall{Target: &t, State: state})
	return err
}

// Parts implements [sdk.Parts].
func (b *Backend) Parts() ([]sdk.Part, error) {
	a, err := b.ask(sdk.AbilityParts, wire.BackendParts, &wire.BackendCall{})
	if err != nil {
		return nil, err
	}
	for i := range a.Parts {
		if err := b.checkPart(&a.Parts[i]); err != nil {
			return nil, err
		}
	}
	return a.Parts, nil
}
