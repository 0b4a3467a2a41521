package memory

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"path"
	"sync"
	"time"

	"github.com/postern/postern/sdk"
)

// Settings say how many bytes the files may take.
type Settings struct {
	Limit int64            // bytes of all files, temporary ones and announcements included; 0: no limit
	Now   func() time.Time // nil: time.Now
}

// Backend holds files. It implements every optional ability of sdk as well.
type Backend struct {
	Faults Faults

	settings Settings
	mu       sync.Mutex
	dead     bool             // a newer instance has the files
	files    map[string]*file // by path
	parts    map[string]*part // by the temporary file's path
	folders  map[string]bool  // that Mkdir made; others are there as long as something is in them
	serial   uint64           // of the last file made; names are given again, serials are not
}

// file is one file's bytes. They change only while it is a part.
type file struct {
	mu       sync.RWMutex
	data     []byte
	serial   uint64
	modified time.Time
}

type part struct {
	*file
	id      string
	path    string // of the temporary file
	claimed int64  // bytes it counts for: the larger of announced and written
	durable int64
	open    bool
}

// New makes an empty backend.
func New(s Settings) *Backend {
	if s.Now == nil {
		s.Now = time.Now
	}
	return &Backend{settings: s, files: map[string]*file{}, parts: map[string]*part{}, folders: map[string]bool{}}
}

// Restart ends this backend as if its process had died, and returns a new one that has all files. Writers of the old
// one fail from then on.
func (b *Backend) Restart() *Backend { return b.next(func(*part) {}) }

// PowerCut is Restart on a machine that lost its power: of temporary files the bytes that no Sync covered are gone.
func (b *Backend) PowerCut() *Backend {
	return b.next(func(p *part) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.data = p.data[:min(int64(len(p.data)), p.durable)]
	})
}

func (b *Backend) next(each func(*part)) *Backend {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dead = true
	n := New(b.settings)
	n.serial = b.serial
	maps.Copy(n.folders, b.folders)
	for name, f := range b.files {
		n.files[name] = f
	}
	for name, p := range b.parts {
		each(p)
		p.mu.RLock()
		kept := &file{data: append([]byte(nil), p.data...), serial: p.serial, modified: p.modified}
		p.mu.RUnlock()
		n.parts[name] = &part{file: kept, id: p.id, path: p.path, claimed: int64(len(kept.data)), durable: p.durable}
	}
	return n
}

// Create begins a file.
func (b *Backend) Create(t sdk.Target) (sdk.Writer, error) {
	name, err := check(t)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.judge(t, name); err != nil {
		return nil, err
	}
	size := max(t.Size, 0)
	b.serial++
	p := &part{file: &file{serial: b.serial, modified: b.settings.Now()}, id: t.ID, path: name, claimed: size, open: true}
	b.parts[name] = p
	return &writer{backend: b, target: t, part: p}, nil
}

// Probe tells whether Create would take a target.
func (b *Backend) Probe(t sdk.Target) error {
	name, err := check(t)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.judge(t, name)
}

// judge says whether a target may be received now; b.mu is held.
func (b *Backend) judge(t sdk.Target, part string) error {
	if err := b.mayTake(t.Path, t.OnExists); err != nil {
		return err
	}
	if b.parts[part] != nil {
		return sdk.Refuse(sdk.FileOpen, "the temporary file exists")
	}
	if size := max(t.Size, 0); size > b.free() {
		return sdk.Refuse(sdk.FileSpace, "%d bytes are announced, %d are free", size, b.free())
	}
	return nil
}

// mayTake asks the on-exists rule about a target's path.
func (b *Backend) mayTake(p string, rule sdk.OnExists) error {
	for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
		if b.files[dir] != nil {
			return sdk.Refuse(sdk.FileOpen, "a file is where a folder should be")
		}
	}
	switch folder := b.isFolder(p); {
	case rule == sdk.ExistsUnique, b.files[p] == nil && !folder:
		return nil
	case rule == sdk.ExistsReplace && folder:
		return sdk.Refuse(sdk.FileOpen, "the target is a folder")
	case rule == sdk.ExistsReplace:
		return nil
	}
	return sdk.Refuse(sdk.FileExists, "the target exists")
}

// Resume opens the temporary file of an interrupted transfer.
func (b *Backend) Resume(t sdk.Target, kept []byte) (sdk.Writer, error) {
	name, err := check(t)
	if err != nil {
		return nil, err
	}
	st, err := decodeState(kept)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.parts[name]
	if p == nil {
		return nil, b.gone(t.Path, st)
	}
	if p.open {
		return nil, sdk.Refuse(sdk.FileBusy, "the temporary file is in use")
	}
	has := p.size()
	if has < st.Size {
		return nil, fmt.Errorf("%w: it has %d bytes, %d were durable", sdk.ErrNoPart, has, st.Size)
	}
	if more := max(t.Size, has) - has; more > b.free() {
		return nil, sdk.Refuse(sdk.FileSpace, "%d more bytes are announced, %d are free", more, b.free())
	}
	p.open, p.claimed = true, max(t.Size, has)
	return &writer{backend: b, target: t, part: p}, nil
}

// gone says why there is no temporary file.
func (b *Backend) gone(target string, st state) error {
	for name, f := range b.files {
		if f.serial == st.Serial && path.Dir(name) == path.Dir(target) {
			return &sdk.CommittedError{Path: name}
		}
	}
	return fmt.Errorf("resume %s: %w", target, sdk.ErrNoPart)
}

// free gives the bytes that are left; b.mu is held.
func (b *Backend) free() int64 {
	if b.settings.Limit <= 0 {
		return math.MaxInt64
	}
	free := b.settings.Limit
	for _, f := range b.files {
		free -= int64(len(f.data))
	}
	for _, p := range b.parts {
		free -= p.claimed
	}
	return max(0, free)
}

func (b *Backend) isFolder(p string) bool { return b.folders[p] || b.inUse(p) }

// inUse reports whether something is in a folder.
func (b *Backend) inUse(p string) bool {
	return within(b.files, p) || within(b.parts, p) || within(b.folders, p)
}

func within[T any](paths map[string]T, p string) bool {
	for name := range paths {
		if len(name) > len(p) && name[len(p)] == '/' && name[:len(p)] == p {
			return true
		}
	}
	return false
}

func check(t sdk.Target) (partPath string, err error) {
	if err := errors.Join(sdk.CheckPath(t.Path), sdk.CheckID(t.ID)); err != nil {
		return "", err
	}
	switch t.OnExists {
	case "", sdk.ExistsFail, sdk.ExistsReplace, sdk.ExistsUnique:
		return path.Join(path.Dir(t.Path), ".postern-"+t.ID+".part"), nil
	}
	return "", sdk.Refuse(sdk.FileOpen, "on_exists %.60q is no rule", string(t.OnExists))
}

func (f *file) size() int64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return int64(len(f.data))
}
