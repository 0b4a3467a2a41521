package session_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/plugins/backend/memory"
	"github.com/postern/postern/sdk"
)

// failing is a catalog whose calls fail when a scenario says so, each once.
type failing struct {
	catalog.Catalog
	mu  sync.Mutex
	due map[string]int // by the call's name: it fails when this many are to come
	bug bool           // it panics then
}

var errCatalog = errors.New("the catalog's disk failed")

func (f *failing) fails(call string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.due[call]--; f.due[call] == 0 {
		if f.bug {
			panic("a bug in " + call)
		}
		return errCatalog
	}
	return nil
}

func (f *failing) Held(ctx context.Context, w catalog.Wanted) (catalog.Entry, error) {
	if err := f.fails("held"); err != nil {
		return catalog.Entry{}, err
	}
	return f.Catalog.Held(ctx, w)
}

func (f *failing) Restartable(ctx context.Context, k catalog.RestartKey) (catalog.Entry, error) {
	if err := f.fails("restartable"); err != nil {
		return catalog.Entry{}, err
	}
	return f.Catalog.Restartable(ctx, k)
}

func (f *failing) Get(ctx context.Context, id string) (catalog.Entry, error) {
	if err := f.fails("get"); err != nil {
		return catalog.Entry{}, err
	}
	return f.Catalog.Get(ctx, id)
}

func (f *failing) Create(ctx context.Context, e catalog.Entry) (catalog.Entry, error) {
	if err := f.fails("create"); err != nil {
		return catalog.Entry{}, err
	}
	return f.Catalog.Create(ctx, e)
}

func (f *failing) Release(ctx context.Context, e catalog.Entry, g catalog.Grant) (catalog.Entry, error) {
	if err := f.fails("release"); err != nil {
		return catalog.Entry{}, err
	}
	return f.Catalog.Release(ctx, e, g)
}

func (f *failing) Restart(ctx context.Context, e catalog.Entry, g catalog.Grant) (catalog.Entry, error) {
	if err := f.fails("restart"); err != nil {
		return catalog.Entry{}, err
	}
	return f.Catalog.Restart(ctx, e, g)
}

func (f *failing) Rename(ctx context.Context, id string, n catalog.Naming) (catalog.Entry, error) {
	if err := f.fails("rename"); err != nil {
		return catalog.Entry{}, err
	}
	return f.Catalog.Rename(ctx, id, n)
}

func (f *failing) Begin(ctx context.Context, l catalog.Lease) error {
	if err := f.fails("begin"); err != nil {
		return err
	}
	return f.Catalog.Begin(ctx, l)
}

func (f *failing) Abandon(ctx context.Context, l catalog.Lease) error {
	if err := f.fails("abandon"); err != nil {
		return err
	}
	return f.Catalog.Abandon(ctx, l)
}

func (f *failing) Checkpoint(ctx context.Context, p ...catalog.Checkpoint) error {
	if err := f.fails("checkpoint"); err != nil {
		return err
	}
	return f.Catalog.Checkpoint(ctx, p...)
}

func (f *failing) End(ctx context.Context, l catalog.Lease, o catalog.Outcome) (catalog.Entry, error) {
	if err := f.fails("end"); err != nil {
		return catalog.Entry{}, err
	}
	return f.Catalog.End(ctx, l, o)
}

func (f *failing) Interrupt(ctx context.Context, l catalog.Lease, i catalog.Interruption) (catalog.Entry, error) {
	if err := f.fails("interrupt"); err != nil {
		return catalog.Entry{}, err
	}
	return f.Catalog.Interrupt(ctx, l, i)
}

// fault makes a call of the disk or of the catalog fail: "sync 1", "catalog.end 1".
func (h *testHouse) fault(p *play, rest string) {
	what, count, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(count)
	if err != nil {
		p.failf("%v", err)
	}
	disk := sdk.Refuse(sdk.DataIO, "the disk failed")
	if call, ok := strings.CutPrefix(what, "catalog."); ok {
		h.catalog.mu.Lock()
		h.catalog.due[strings.TrimSuffix(call, ".bug")] = n
		h.catalog.bug = strings.HasSuffix(call, ".bug")
		h.catalog.mu.Unlock()
		return
	}
	switch what {
	case "sync":
		h.backend.Faults.Sync(n, disk)
	case "write":
		h.backend.Faults.Write(n, disk)
	case "rename":
		h.backend.Faults.Rename(n, disk)
	case "commit":
		h.backend.Faults.Commit(n, disk)
	default:
		p.failf("no such fault: %s", what)
	}
}

// faltering is a backend that cannot be asked for a while.
type faltering struct {
	*memory.Backend
	h *testHouse
}

func (b faltering) Stat(name string) (sdk.FileInfo, error) {
	if b.h.mute {
		return sdk.FileInfo{}, sdk.Refuse(sdk.FileOpen, "told not to answer")
	}
	return b.Backend.Stat(name)
}

func (b faltering) List(dir string) ([]sdk.FileInfo, error) {
	if wait := b.h.slow.Load(); wait != nil {
		<-*wait
	}
	if b.h.mute {
		return nil, sdk.Refuse(sdk.FileOpen, "told not to answer")
	}
	return b.Backend.List(dir)
}

// disk holds up the next sync, or lets it go on.
func (h *testHouse) disk(p *play, rest string) {
	switch rest {
	case "waits":
		_, h.unblock = h.backend.Faults.BlockSync()
	case "goes on":
		h.unblock()
	case "lists slowly":
		wait := make(chan struct{})
		h.slow.Store(&wait)
	case "has listed":
		close(*h.slow.Swap(nil))
	case "is mute", "answers":
		h.mute = rest == "is mute"
	default:
		p.failf("a disk waits or goes on, is mute or answers, lists slowly or has listed")
	}
}

// lose removes every temporary file.
func (h *testHouse) lose(p *play) {
	for _, e := range h.all(p) {
		if err := h.backend.RemovePart(sdk.Target{ID: e.ID, Path: e.Path}, nil); err != nil {
			p.failf("%v", err)
		}
	}
}

// decided compares the decisions of an entry.
func (h *testHouse) decided(p *play, rest string) {
	number, want, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(number)
	if err != nil {
		p.failf("%v", err)
	}
	decisions, _, err := h.catalog.Decisions(context.Background(), h.all(p)[n-1].ID)
	if err != nil {
		p.failf("%v", err)
	}
	var got []string
	for _, d := range decisions {
		got = append(got, d.Point+"/"+d.Exit)
	}
	if s := strings.Join(got, " "); s != want {
		p.failf("decided was %s, want %s", s, want)
	}
}
