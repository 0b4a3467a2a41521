//go:build unix

package local_test

import (
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/plugins/backend/local"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/backendtest"
)

// jail is a root with two partners and everything that leads out of one: links, chains of them, a loop, a FIFO.
type jail struct {
	t       *testing.T
	top     string // holds root and outside
	backend *local.Backend
	other   *local.Backend // walks step by step
	before  map[string]string
	refused []string // since the last look for traces
}

func newJail(t *testing.T) *jail {
	j := &jail{t: t, top: quickDir(t)}
	for _, dir := range []string{"outside", "root/in/ALICE", "root/in/BOB", "root/in/ALICE/real"} {
		j.must(os.MkdirAll(filepath.Join(j.top, dir), 0o755))
	}
	for _, file := range []string{"outside/secret", "root/in/BOB/secret", "root/in/ALICE/.secret", "root/secret"} {
		j.must(os.WriteFile(filepath.Join(j.top, file), []byte("SECRET"), 0o644))
	}
	// Each stands where a partner's own name, the file's folder or a whole path begins.
	for _, dir := range []string{"root", "root/in", "root/in/ALICE"} {
		up := map[string]string{"root": "", "root/in": "../", "root/in/ALICE": "../../"}[dir]
		for name, to := range map[string]string{"link": up + "in/BOB", "chain1": "link", "chain2": "chain1", "out": up + "../outside",
			"abs": filepath.Join(j.top, "outside"), "loop": "loop", "dangling": up + "in/BOB/new", "inner": "real",
			"secretlink": up + "in/BOB/secret"} {
			j.must(os.Symlink(to, filepath.Join(j.top, dir, name)))
		}
		j.must(syscall.Mkfifo(filepath.Join(j.top, dir, "fifo"), 0o644))
	}
	for _, to := range []**local.Backend{&j.backend, &j.other} {
		b, err := local.New(local.Settings{Root: filepath.Join(j.top, "root")})
		j.must(err)
		t.Cleanup(func() { b.Close() })
		*to = b
	}
	j.other.WalkStepByStep()
	j.before = j.snapshot()
	return j
}

// walks tries a path in both ways of walking to a folder in the long form. In the short one they take turns, so that each
// name of the corpus meets both with one prefix or another.
func (j *jail) walks(n int, try func()) {
	if os.Getenv("POSTERN_TEST_LONG") != "" {
		try()
		n = 1
	}
	if n%2 == 1 {
		j.backend, j.other = j.other, j.backend
		defer func() { j.backend, j.other = j.other, j.backend }()
	}
	try()
}

// quickDir is in memory where the system has such a folder: many thousand files come and go in it.
func quickDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "hostile-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (j *jail) must(err error) {
	j.t.Helper()
	if err != nil {
		j.t.Fatal(err)
	}
}

// snapshot maps every path to its kind and, for files and links, its content.
func (j *jail) snapshot() map[string]string {
	j.t.Helper()
	all := map[string]string{}
	j.must(filepath.WalkDir(j.top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		what := d.Type().String()
		switch {
		case d.Type().IsRegular():
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			what += string(b)
		case d.Type() == fs.ModeSymlink:
			to, err := os.Readlink(path)
			if err != nil {
				return err
			}
			what += to
		}
		all[strings.TrimPrefix(path, j.top+"/")] = what
		return nil
	}))
	return all
}

// receive stores a file at path. It checks that this made exactly that file below the root, or nothing when refused,
// and takes it away again.
func (j *jail) receive(name, path string) (stored bool) {
	j.t.Helper()
	at := sdk.Target{ID: "t1", Path: path, Durability: sdk.DurabilityNone, Size: 6}
	w, err := j.backend.Create(at)
	if err == nil {
		err = w.WriteAt([][]byte{[]byte("loot")}, 0)
		j.must(err)
		_, err = w.Commit(sdk.ExistsFail)
		j.must(err)
	}
	if err != nil {
		if _, ok := sdk.AsRefusal(err); !ok {
			j.t.Errorf("%.80q: the error is no refusal: %v", name, err)
		}
		if j.refused = append(j.refused, name); len(j.refused) == 25 {
			j.noTrace()
		}
		return false
	}
	j.noTraceBut(name, path)
	return true
}

// noTrace checks that what was refused since the last time changed nothing.
func (j *jail) noTrace() {
	j.t.Helper()
	if after := j.snapshot(); !maps.Equal(j.before, after) {
		j.t.Fatalf("one of %.80q was refused and left a trace: %v", j.refused, changes(j.before, after))
	}
	j.refused = j.refused[:0]
}

// noTraceBut checks that the file at path, and the folders it needs, are all that changed, and takes them away.
func (j *jail) noTraceBut(name, path string) {
	j.t.Helper()
	after := j.snapshot()
	want := maps.Clone(j.before)
	want["root/"+path] = "----------loot"
	made := []string{path}
	for dir := filepath.Dir(path); dir != "."; dir = filepath.Dir(dir) {
		if _, ok := want["root/"+dir]; !ok {
			want["root/"+dir] = fs.ModeDir.String()
			made = append(made, dir)
		}
	}
	if !maps.Equal(want, after) {
		j.t.Fatalf("%.80q as %.80q: it was stored and changed %v", name, path, changes(j.before, after))
	}
	for _, p := range made {
		j.must(os.Remove(filepath.Join(j.top, "root", p)))
	}
	j.refused = j.refused[:0]
}

func changes(before, after map[string]string) (list []string) {
	for p, what := range after {
		if before[p] != what {
			list = append(list, "+"+p)
		}
	}
	for p := range before {
		if _, ok := after[p]; !ok {
			list = append(list, "-"+p)
		}
	}
	return list
}

func TestNoHostileNameLeavesItsPartnersFolder(t *testing.T) {
	t.Parallel()
	names := backendtest.HostileNames()
	if len(names) < 3000 {
		t.Fatalf("the corpus has %d names, want 3000", len(names))
	}
	j := newJail(t)
	stored, asked := 0, 0
	for _, template := range []string{"in/ALICE/{{.File}}", "in/{{.Partner}}/{{.ID}}", "in/ALICE/{{.Label}}-{{.ID}}/{{.Var.x}}",
		"{{.Origin}}"} {
		p, err := naming.Parse(template)
		j.must(err)
		for _, name := range names {
			asked++
			path, err := p.Expand(naming.Values{Partner: name, File: name, Label: name, Origin: name, ID: "01J",
				Var: map[string]string{"x": name}, Time: time.Unix(0, 0)})
			if err != nil {
				if sdk.CodeOf(err) != sdk.FileName || path != "" {
					t.Errorf("%s with %.80q: the refusal is %v", template, name, err)
				}
				continue
			}
			if strings.Count(path, "/") != strings.Count(template, "/") {
				t.Fatalf("%s with %.80q: the path %.80q has other elements", template, name, path)
			}
			j.walks(asked/len(names)+asked, func() {
				if j.receive(name, path) {
					stored++
				}
			})
		}
	}
	j.noTrace()
	t.Logf("%d names, %d asked, %d stored where they belong", len(names), asked, stored)
	if stored == 0 || stored == asked {
		t.Fatalf("%d of %d were stored: the corpus proves nothing", stored, asked)
	}
}

func TestTheFileOfAHostileRequestIsOneElement(t *testing.T) {
	j := newJail(t)
	p, err := naming.Parse("in/ALICE/{{.File}}")
	j.must(err)
	for _, name := range backendtest.HostileNames() {
		path, err := p.Expand(naming.Values{File: naming.FileOf(name, "")})
		if err == nil && strings.Count(path, "/") != 2 {
			t.Fatalf("the name %.80q gives the path %.80q", name, path)
		}
	}
}

func TestNoHostilePathLeavesTheJail(t *testing.T) {
	t.Parallel()
	j := newJail(t)
	for i, prefix := range []string{"", "in/", "in/ALICE/"} {
		for n, name := range backendtest.HostileNames() {
			j.walks(i+n, func() { j.receive(name, prefix+name) })
		}
	}
	j.noTrace()
}

func TestNoHostilePathReadsAnothersFile(t *testing.T) {
	t.Parallel()
	j := newJail(t)
	open := map[string]bool{"in/BOB/secret": true, "secret": true}
	for i, prefix := range []string{"", "in/", "in/ALICE/", "/", "../"} {
		for n, name := range backendtest.HostileNames() {
			j.walks(i+n, func() { j.reads(prefix+name, open) })
		}
	}
	if after := j.snapshot(); !maps.Equal(j.before, after) {
		t.Fatalf("this was changed: %v", changes(j.before, after))
	}
}

// reads asks for everything but to store a file at path. Only what is open may be given.
func (j *jail) reads(path string, open map[string]bool) {
	t := j.t
	t.Helper()
	if r, err := j.backend.Open(path); err == nil {
		b, _ := io.ReadAll(io.NewSectionReader(r, 0, r.Info().Size))
		r.Close()
		if !open[path] {
			t.Fatalf("%.80q was opened and holds %q", path, b)
		}
	}
	if _, err := j.backend.Stat(path); err == nil && strings.ContainsAny(path, `\`) {
		t.Fatalf("%.80q has a stat", path)
	}
	if open[path] {
		return
	}
	if err := j.backend.Remove(path); err == nil {
		t.Fatalf("%.80q was removed", path)
	}
	if err := j.backend.Rename(path, "in/ALICE/mine"); err == nil {
		t.Fatalf("%.80q was renamed", path)
	}
	if err := j.backend.RemovePart(sdk.Target{ID: "t1", Path: path}, nil); err != nil && sdk.CodeOf(err) == "" {
		t.Fatalf("%.80q: the error is no refusal: %v", path, err)
	}
}
