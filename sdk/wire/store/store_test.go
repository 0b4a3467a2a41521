package store_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/plugins/backend/memory"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/backendtest"
	"github.com/postern/postern/sdk/wire"
	"github.com/postern/postern/sdk/wire/store"
)

// loop is a line to a server in the same program, through the messages. lie changes what the server answers.
type loop struct {
	server *store.Server
	lie    func(m wire.BackendMethod, a *wire.BackendReply)
}

func (l *loop) Call(m wire.BackendMethod, c *wire.BackendCall) (wire.BackendReply, error) {
	return file{l}.Call(m, c, nil, nil)
}

func (l *loop) Open(m wire.BackendMethod, c *wire.BackendCall) (wire.BackendReply, store.File, error) {
	a, err := file{l}.Call(m, c, nil, nil)
	return a, file{l}, err
}

type file struct{ l *loop }

func (file) End(bool) {}

func (f file) Call(m wire.BackendMethod, c *wire.BackendCall, out, in [][]byte) (wire.BackendReply, error) {
	call, err := wire.ParseBackendCall(string(wire.AppendBackendCall(nil, c)))
	if err != nil {
		return wire.BackendReply{}, err
	}
	var body []byte
	for _, b := range out {
		body = append(body, b...)
	}
	for _, b := range in {
		body = append(body, make([]byte, len(b))...)
	}
	a := f.l.server.Answer(m, &call, body)
	if f.l.lie != nil {
		f.l.lie(m, &a)
	}
	if a, err = wire.ParseBackendReply(string(wire.AppendBackendReply(nil, &a))); err != nil {
		return a, err
	}
	for _, b := range in {
		body = body[copy(b, body):]
	}
	return a, nil
}

func over(b sdk.Backend, lie func(wire.BackendMethod, *wire.BackendReply)) *store.Backend {
	return store.New("far", sdk.Abilities(), &loop{store.NewServer(b), lie})
}

func TestABackendOverALineKeepsItsDuties(t *testing.T) {
	backendtest.Run(t, func(*testing.T) backendtest.Harness {
		b := memory.New(memory.Settings{})
		return backendtest.Harness{Backend: over(b, nil), Paths: func() []string { return b.Paths() },
			Restart:  func() sdk.Backend { b = b.Restart(); return over(b, nil) },
			FailSync: func() { b.Faults.Sync(1, errors.New("the disk failed")) }}
	})
}

// use does everything with a file and gives the first error.
func use(b *store.Backend) error {
	w, err := b.Create(sdk.Target{ID: "t1", Path: "in/a", Size: -1})
	if err != nil {
		return err
	}
	defer w.Close()
	if err := w.WriteAt([][]byte{[]byte("0123456789")}, 0); err != nil {
		return err
	}
	if _, _, err = w.Sync(); err != nil {
		return err
	}
	if _, err := b.Parts(); err != nil {
		return err
	}
	if _, err = w.Commit(sdk.ExistsFail); err != nil {
		return err
	}
	if _, err := b.Stat("in/a"); err != nil {
		return err
	}
	if _, err := b.List("in"); err != nil {
		return err
	}
	r, err := b.Open("in/a")
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err = r.ReadAt(make([]byte, 10), 0); err != nil && err != io.EOF {
		return err
	}
	return r.Close()
}

func TestLiesOfABackendAreFailures(t *testing.T) {
	if err := use(over(memory.New(memory.Settings{}), nil)); err != nil {
		t.Fatalf("without a lie: %v", err)
	}
	for name, c := range map[string]struct {
		m   wire.BackendMethod
		lie func(a *wire.BackendReply)
	}{
		"no handle":                           {wire.BackendCreate, func(a *wire.BackendReply) { a.Handle = 0 }},
		"a large state at once":               {wire.BackendCreate, func(a *wire.BackendReply) { a.State = make([]byte, 1<<16+1) }},
		"a code of something else":            {wire.BackendCreate, func(a *wire.BackendReply) { a.Failure = sdk.Refuse(sdk.PartnerPassword, "x") }},
		"a part that is gone, in a create":    {wire.BackendCreate, func(a *wire.BackendReply) { a.Failure = sdk.ErrNoPart }},
		"more is durable than was written":    {wire.BackendSync, func(a *wire.BackendReply) { a.Durable = 11 }},
		"less than nothing is durable":        {wire.BackendSync, func(a *wire.BackendReply) { a.Durable = -1 }},
		"a large state":                       {wire.BackendSync, func(a *wire.BackendReply) { a.State = make([]byte, 1<<16+1) }},
		"a name that is another":              {wire.BackendCommit, func(a *wire.BackendReply) { a.Path = "in/b" }},
		"a name outside":                      {wire.BackendCommit, func(a *wire.BackendReply) { a.Path = "../a" }},
		"no name":                             {wire.BackendCommit, func(a *wire.BackendReply) { a.Path = "" }},
		"a size below zero":                   {wire.BackendStat, func(a *wire.BackendReply) { a.Info.Size = -1 }},
		"a file that was not asked for":       {wire.BackendStat, func(a *wire.BackendReply) { a.Info.Path = "in/b" }},
		"a year that cannot be written":       {wire.BackendStat, func(a *wire.BackendReply) { a.Info.Modified = time.Unix(1<<50, 0) }},
		"a long tag":                          {wire.BackendStat, func(a *wire.BackendReply) { a.Info.Tag = strings.Repeat("x", 2000) }},
		"a list of another folder":            {wire.BackendList, func(a *wire.BackendReply) { a.Entries[0].Path = "out/a" }},
		"a list that climbs":                  {wire.BackendList, func(a *wire.BackendReply) { a.Entries[0].Path = "in/../../etc" }},
		"a list with a hidden file":           {wire.BackendList, func(a *wire.BackendReply) { a.Entries[0].Path = "in/.a" }},
		"a list with a file twice":            {wire.BackendList, func(a *wire.BackendReply) { a.Entries = append(a.Entries, a.Entries...) }},
		"a part outside":                      {wire.BackendParts, func(a *wire.BackendReply) { a.Parts[0].Path = "../x" }},
		"a part of no transfer":               {wire.BackendParts, func(a *wire.BackendReply) { a.Parts[0].ID = "a/b" }},
		"a part of a size below zero":         {wire.BackendParts, func(a *wire.BackendReply) { a.Parts[0].Size = -5 }},
		"a folder that is opened":             {wire.BackendOpen, func(a *wire.BackendReply) { a.Info.Dir = true }},
		"a file of a size below zero":         {wire.BackendOpen, func(a *wire.BackendReply) { a.Info.Size = -1 }},
		"more was read than was asked for":    {wire.BackendReadAt, func(a *wire.BackendReply) { a.Length = 11 }},
		"less than nothing was read":          {wire.BackendReadAt, func(a *wire.BackendReply) { a.Length = -1 }},
		"a part that is gone, while it reads": {wire.BackendReadAt, func(a *wire.BackendReply) { a.Failure = sdk.ErrCommitted }},
	} {
		t.Run(name, func(t *testing.T) {
			err := use(over(memory.New(memory.Settings{}), func(m wire.BackendMethod, a *wire.BackendReply) {
				if m == c.m {
					c.lie(a)
				}
			}))
			if sdk.CodeOf(err) != sdk.DataIO {
				t.Errorf("it gave %v", err)
			}
		})
	}
}

func TestWhatABackendSaysOfItselfIsKeptTo(t *testing.T) {
	b := store.New("far", nil, &loop{store.NewServer(memory.New(memory.Settings{})), nil})
	w, err := b.Create(sdk.Target{ID: "t1", Path: "a", Size: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, a := range sdk.Abilities() {
		if sdk.Can(b, a) || sdk.Can(w, a) {
			t.Errorf("it can %s", a)
		}
	}
	if _, err := b.Stat("a"); sdk.CodeOf(err) != sdk.DataIO {
		t.Errorf("stat gave %v", err)
	}
	if err := w.WriteAt([][]byte{[]byte("x")}, 5); err == nil {
		t.Error("a stream was written in the middle")
	}
}
