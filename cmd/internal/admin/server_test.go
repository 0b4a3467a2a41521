package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

func TestOnlyRootAndTheServersOwnUserAreLetIn(t *testing.T) {
	for _, c := range []struct {
		name string
		uid  int
		err  error
		in   bool
	}{
		{"root", 0, nil, true}, {"the server's own user", 4711, nil, true}, {"somebody else", 4712, nil, false},
		{"nobody knows whom", 0, errors.New("not known"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, func(s *Server) {
				s.owner = 4711
				s.peer = func(net.Conn) (int, error) { return c.uid, c.err }
			})
			_, err := d.Status(context.Background())
			if c.in {
				d.must(err)
				return
			}
			d.refused(err, kindForbidden, "only root and uid 4711")
		})
	}
}

func TestTheSystemSaysWhoIsConnected(t *testing.T) {
	uids := make(chan int, 1)
	d := newDesk(t, func(s *Server) {
		s.peer = func(c net.Conn) (int, error) {
			uid, err := peerUID(c)
			uids <- uid
			return uid, err
		}
		s.owner = os.Geteuid()
	})
	_, err := d.Status(context.Background())
	d.must(err)
	if uid := <-uids; uid != os.Geteuid() {
		t.Errorf("the system says uid %d, this is uid %d", uid, os.Geteuid())
	}
}

func TestAPartnerIsSwitchedOffAndOn(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	for _, want := range []bool{false, true} {
		got, err := d.Client.SetPartner(ctx, "PARIS", want, true)
		d.must(err)
		if forced := !want; (got.Expelled == 2) != forced {
			t.Errorf("enabled %v: %d sessions were ended", want, got.Expelled)
		}
		if got.Enabled != want || got.DecidedBy != NameOf(os.Geteuid()) {
			t.Errorf("enabled %v by %q, want %v", got.Enabled, got.DecidedBy, want)
		}
	}
	if len(d.expelled) != 1 || d.expelled[0] != "PARIS" {
		t.Errorf("expelled were %v", d.expelled)
	}
	got, err := d.Client.SetPartner(ctx, "ROME", true, false)
	d.must(err)
	if !got.Enabled {
		t.Error("the operator's decision does not win over the configuration")
	}
	_, err = d.Client.SetPartner(ctx, "OSLO", true, false)
	d.refused(err, kindRefused, "OSLO")
	all, err := d.Partners(ctx)
	d.must(err)
	if len(all) != 3 || all[1].ID != "PARIS" || all[2].Name != "ROMA" || !all[0].Template {
		t.Errorf("the partners are %+v", all)
	}
}

func TestARefusedReloadIsAFaultOfTheConfiguration(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	got, err := d.Reload(ctx)
	d.must(err)
	if len(got.Changed) != 1 || got.Changed[0] != "limits.max_transfers" {
		t.Errorf("changed: %v", got.Changed)
	}
	d.reload = config.Faults{{Origin: config.Origin{Layer: config.LayerFile, Name: "p.yaml", Line: 3, Col: 1}, What: "is wrong"}}
	_, err = d.Reload(ctx)
	d.refused(err, kindConfiguration, "p.yaml:3:1: is wrong")
	var p *Problem
	if errors.As(err, &p); !p.Configuration() {
		t.Error("the problem does not say that it is the configuration's")
	}
}

func TestPurgeAndStatusAreAnswered(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	d.purged = 5
	if got, err := d.Client.Purge(ctx); err != nil || got.Entries != 5 {
		t.Errorf("purged %d, %v; want 5", got.Entries, err)
	}
	if got, err := d.Status(ctx); err != nil || got.PID != 7 || got.Sessions != (Usage{3, 10}) {
		t.Errorf("the status is %+v, %v", got, err)
	}
}

func TestRefusalsAreListed(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	d.must(d.catalog.Refuse(ctx, catalog.Refusal{Phase: "negotiation", Code: sdk.PartnerPassword, Partner: "PARIS", Reason: "wrong"},
		catalog.Refusal{Phase: "file", Code: sdk.FlowUnknown, Partner: "ROME"}))
	var got []catalog.Refusal
	for raw, err := range d.Refusals(ctx, RefusalQuery{Partner: "PARIS"}) {
		d.must(err)
		var r catalog.Refusal
		d.must(json.Unmarshal(raw, &r))
		got = append(got, r)
	}
	if len(got) != 1 || got[0].Code != sdk.PartnerPassword || got[0].Reason != "wrong" {
		t.Errorf("the refusals of PARIS are %+v", got)
	}
}

func TestTheSocketIsItsOwnersAlone(t *testing.T) {
	d := newDesk(t)
	info, err := os.Stat(filepath.Join(d.dir, "admin.sock"))
	d.must(err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the socket has mode %04o, want 0600", info.Mode().Perm())
	}
}

func TestALongPathIsBoundElsewhereAndAnnounced(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 120))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	runtime := t.TempDir()
	s, err := listen(long, runtime, os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	address, err := addressOf(long)
	if err != nil || address != s.path || !strings.HasPrefix(address, runtime) || len(address) > maxSocketPath {
		t.Errorf("the address is %q (%v), bound at %q", address, err, s.path)
	}
	for path, want := range map[string]os.FileMode{address: 0o600, filepath.Dir(address): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, mode %v, want %04o", path, err, info.Mode(), want)
		}
	}
	if err := errors.Join(s.Close(), s.remove()); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{filepath.Dir(address), filepath.Join(long, "admin.addr")} {
		if _, err := os.Stat(gone); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left", gone)
		}
	}
}

func TestWhatACrashLeftElsewhereIsTakenAway(t *testing.T) {
	long, runtime := filepath.Join(t.TempDir(), strings.Repeat("x", 120)), t.TempDir()
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	first, err := listen(long, runtime, os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	first.Listener.(*net.UnixListener).SetUnlinkOnClose(false)
	first.Close() // and nothing else, as in a crash
	second, err := listen(long, runtime, os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(second.Close(), second.remove()) }()
	if left, _ := filepath.Glob(filepath.Join(runtime, "*")); len(left) != 1 || left[0] != second.folder {
		t.Errorf("the folders are %v, want only %s", left, second.folder)
	}
}

func TestWithoutAnyShortPathTheErrorSaysSo(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 120))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := listen(long, long, long); err == nil || !strings.Contains(err.Error(), "too long for a socket") {
		t.Errorf("the error is %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(long, "*")); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}

func TestASocketThatACrashLeftIsReplaced(t *testing.T) {
	dir := t.TempDir()
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, socketName), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	stale.Close()
	c := Dial(dir)
	if _, err := c.Status(context.Background()); !errors.Is(err, ErrNoServer) {
		t.Errorf("behind a dead socket: %v, want ErrNoServer", err)
	}
	s, err := listen(dir, "", os.TempDir())
	if err != nil {
		t.Fatalf("bind over a dead socket: %v", err)
	}
	if err := errors.Join(s.Close(), s.remove()); err != nil {
		t.Fatal(err)
	}
}

func TestWithoutAServerTheClientSaysSo(t *testing.T) {
	for _, folder := range []string{"short", strings.Repeat("long", 50)} {
		c := Dial(filepath.Join(t.TempDir(), folder))
		if _, err := c.Status(context.Background()); !errors.Is(err, ErrNoServer) {
			t.Errorf("%s: got %v, want ErrNoServer", folder, err)
		}
		c.Close()
	}
}

func TestTheDescriptionNamesEveryOperationAndEveryFieldOfAnEntry(t *testing.T) {
	d := newDesk(t)
	answer, err := d.do(context.Background(), http.MethodGet, "/openapi.json", nil, nil)
	d.must(err)
	doc, err := decode[struct {
		Paths      map[string]map[string]struct{ OperationID string }
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}](answer)
	d.must(err)
	for path, method := range map[string]string{"/entries": "get", "/entries/{id}": "delete", "/entries/{id}/halt": "post", "/entries/{id}/keep": "post",
		"/entries/{id}/release": "post", "/entries/{id}/resume": "post", "/offers": "post", "/purge": "post", "/refusals": "get",
		"/partners": "get", "/partners/{partner}/enable": "post", "/partners/{partner}/disable": "post", "/reload": "post", "/status": "get"} {
		if doc.Paths[path][method].OperationID == "" {
			t.Errorf("%s %s is not described", method, path)
		}
	}
	b, err := json.Marshal(fullEntry())
	d.must(err)
	var fields map[string]any
	d.must(json.Unmarshal(b, &fields))
	for name := range fields {
		if _, ok := doc.Components.Schemas["Entry"].Properties[name]; !ok {
			t.Errorf("the field %s of an entry is not described", name)
		}
	}
}

// fullEntry has a value in each field that may be left out.
func fullEntry() catalog.Entry {
	return catalog.Entry{ID: "x", WireSHA256: "x", StartedAt: start, EndedAt: start.Add(time.Second), Listener: "x", Number: 1, Superseded: "x",
		Backend: "x", Part: "x", OnExists: sdk.ExistsFail, Priority: 1, Size: 1, Published: true, Comment: "x", Text: "x",
		Attributes: map[string]string{"a": "b"}, Labels: map[string]string{"a": "b"}, Terms: sdk.Terms{sdk.NumberTerm("a", 1)},
		Decisions: []catalog.Decision{{Point: "x"}}, Ack: catalog.Acked}
}

func TestWhoeverTheSystemKeepsFromTheSocketIsToldWhoMayUseIt(t *testing.T) {
	if err := explained(&net.OpError{Op: "dial", Err: syscall.EACCES}); !strings.Contains(err.Error(), "listens to root and to the user") {
		t.Error(err)
	}
	if err := explained(syscall.ECONNREFUSED); err != error(syscall.ECONNREFUSED) {
		t.Error(err)
	}
}
