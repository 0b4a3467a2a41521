package store

import (
	"errors"
	"io"
	"sync"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// Server answers calls with a backend. Calls may overlap as those of the backend do.
type Server struct {
	backend sdk.Backend

	mu    sync.Mutex
	files map[uint64]*file
	last  uint64
}

// file is one that is open: one of the two is set.
type file struct {
	w sdk.Writer
	r sdk.Reader
}

// NewServer answers for a backend.
func NewServer(b sdk.Backend) *Server { return &Server{backend: b, files: map[uint64]*file{}} }

// Close closes the files that are open. Temporary ones stay.
func (s *Server) Close() {
	s.mu.Lock()
	files := s.files
	s.files = map[uint64]*file{}
	s.mu.Unlock()
	for _, f := range files {
		_ = f.close() // nobody is there to be told
	}
}

// Open counts the files that are open.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.files)
}

func (s *Server) add(f *file) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	s.files[s.last] = f
	return s.last
}

func (s *Server) find(handle uint64, over bool) *file {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.files[handle]
	if over {
		delete(s.files, handle)
	}
	return f
}

// Answer does what is asked. body is what is written, or the buffer that is filled.
func (s *Server) Answer(m wire.BackendMethod, c *wire.BackendCall, body []byte) (a wire.BackendReply) {
	if m >= wire.BackendWriteAt {
		return s.ofFile(m, c, body)
	}
	switch m {
	case wire.BackendCreate, wire.BackendResume, wire.BackendOpen:
		return s.open(m, c)
	case wire.BackendRemovePart, wire.BackendProbe:
		if c.Target == nil {
			return failure(errTarget)
		}
	}
	switch m {
	case wire.BackendProbe:
		a.Failure = with(s.backend, func(b sdk.Prober) error { return b.Probe(*c.Target) })
	case wire.BackendStat:
		a.Failure = with(s.backend, func(b sdk.Statter) (err error) { a.Info, err = b.Stat(c.Path); return err })
	case wire.BackendList:
		a.Failure = with(s.backend, func(b sdk.Lister) (err error) { a.Entries, err = b.List(c.Path); return err })
	case wire.BackendRename:
		a.Failure = with(s.backend, func(b sdk.Renamer) error { return b.Rename(c.Path, c.To) })
	case wire.BackendRemove:
		a.Failure = with(s.backend, func(b sdk.Remover) error { return b.Remove(c.Path) })
	case wire.BackendMkdir:
		a.Failure = with(s.backend, func(b sdk.Mkdirer) error { return b.Mkdir(c.Path) })
	case wire.BackendRmdir:
		a.Failure = with(s.backend, func(b sdk.Rmdirer) error { return b.Rmdir(c.Path) })
	case wire.BackendRemovePart:
		a.Failure = with(s.backend, func(b sdk.PartRemover) error { return b.RemovePart(*c.Target, c.State) })
	case wire.BackendParts:
		a.Failure = with(s.backend, func(b sdk.Parts) (err error) { a.Parts, err = b.Parts(); return err })
	default:
		a.Failure = errMethod
	}
	return a
}

var (
	errTarget = sdk.Refuse(sdk.FileName, "there is no target")
	errMethod = sdk.Refuse(sdk.DataIO, "there is no such method")
	errUnable = sdk.Refuse(sdk.DataIO, "the backend has not this ability")
	errHandle = sdk.Refuse(sdk.DataIO, "there is no such open file")
)

func failure(err error) wire.BackendReply { return wire.BackendReply{Failure: err} }

// with does something with an ability, if it is there.
func with[T any](x any, do func(T) error) error {
	able, ok := sdk.As[T](x)
	if !ok {
		return errUnable
	}
	return do(able)
}

func (s *Server) open(m wire.BackendMethod, c *wire.BackendCall) (a wire.BackendReply) {
	f := &file{}
	var err error
	switch {
	case m == wire.BackendOpen:
		f.r, err = s.backend.Open(c.Path)
	case c.Target == nil:
		err = errTarget
	case m == wire.BackendCreate:
		f.w, err = s.backend.Create(*c.Target)
	default:
		f.w, err = s.backend.Resume(*c.Target, c.State)
	}
	if err != nil {
		return failure(err)
	}
	if f.r != nil {
		a.Info = f.r.Info()
	} else if w, ok := sdk.As[sdk.Stateful](f.w); ok {
		a.State, _ = w.State() // none is no failure
	}
	a.Handle = s.add(f)
	return a
}

func (s *Server) ofFile(m wire.BackendMethod, c *wire.BackendCall, body []byte) wire.BackendReply {
	over := m == wire.BackendCommit || m == wire.BackendQuarantine || m == wire.BackendClose || m == wire.BackendDiscard
	f := s.find(c.Handle, over)
	switch {
	case f == nil:
		return failure(errHandle)
	case m == wire.BackendClose:
		return failure(f.close())
	case m == wire.BackendReadAt:
		return f.read(body, c.Offset)
	case f.w == nil:
		return failure(errMethod)
	}
	return f.write(m, c, body)
}

func (f *file) close() error {
	if f.w != nil {
		return f.w.Close()
	}
	return f.r.Close()
}

func (f *file) read(body []byte, off int64) (a wire.BackendReply) {
	from := io.ReaderAt(f.r)
	if f.w != nil {
		from, _ = sdk.As[sdk.PartReader](f.w)
		if from == nil {
			return failure(errUnable)
		}
	}
	n, err := from.ReadAt(body, off)
	if err != nil && !errors.Is(err, io.EOF) {
		return failure(err)
	}
	return wire.BackendReply{Length: int64(n)}
}

func (f *file) write(m wire.BackendMethod, c *wire.BackendCall, body []byte) (a wire.BackendReply) {
	switch m {
	case wire.BackendWriteAt:
		a.Failure = f.w.WriteAt([][]byte{body}, c.Offset)
	case wire.BackendSync:
		a.Durable, a.State, a.Failure = f.w.Sync()
	case wire.BackendTruncate:
		a.Failure = f.w.Truncate(c.Offset)
	case wire.BackendCommit:
		a.Path, a.Failure = f.w.Commit(c.Rule)
	case wire.BackendQuarantine:
		a.Failure = with(f.w, func(w sdk.Quarantiner) error { return w.Quarantine(c.Path) })
	case wire.BackendDiscard:
		a.Failure = f.w.Discard()
	default:
		a.Failure = errMethod
	}
	return a
}
