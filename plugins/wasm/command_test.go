package wasm_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

// goCommand builds testdata/command once.
var goCommand = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "postern-command")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "command.wasm")
	build := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", out, ".")
	build.Dir = filepath.Join("testdata", "command")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=-mod=mod")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, errors.New(string(text))
	}
	return os.ReadFile(out)
})

// loadCommand loads the Go command. What it compiles to is kept for the next test.
func loadCommand(t *testing.T, g wasm.Grants) *wasm.Exit {
	t.Helper()
	module, err := goCommand()
	if err != nil {
		t.Fatal(err)
	}
	return load(t, wasm.Settings{Name: "script", Module: module, Points: []sdk.Point{sdk.PointIdentify}, CacheDir: cacheDir,
		Config: []byte(`{"list": "partners.csv"}`), Grants: g, Limits: wasm.Limits{Deadline: 20 * time.Second}})
}

// do has the Go command do something and gives the verdict's detail.
func do(t *testing.T, e *wasm.Exit, what string) (string, wasm.Trial, error) {
	t.Helper()
	q := question(sdk.PointIdentify)
	q.Facts.Claim = &sdk.Claim{Name: what}
	trial, err := e.Trial(context.Background(), q)
	if err != nil {
		return "", trial, err
	}
	return trial.Verdict.Refusal.Detail, trial, nil
}

func TestACommandReadsItsQuestionAndWritesItsVerdict(t *testing.T) {
	e := loadCommand(t, wasm.Grants{})
	detail, trial, err := do(t, e, "settings")
	if err != nil || detail != "partners.csv" {
		t.Fatalf("%q, %v", detail, err)
	}
	if strings.Join(trial.Log, "|") != "did settings" {
		t.Errorf("its standard error gave %q", trial.Log)
	}
	if trial.Fuel <= 0 || trial.Memory < 1<<20 || trial.Time <= 0 {
		t.Errorf("it cost %+v", trial)
	}
}

func TestACommandSeesNoWorldButWhatIsGranted(t *testing.T) {
	e := loadCommand(t, wasm.Grants{})
	for _, c := range []struct{ what, want string }{
		{"world", "0 0"},
		{"time", "true"}, // the clock stands still at the question's own time
		{"nap", "true"},
		{"read x", "error: open x: Bad file number"},
		{"list x", "error: open x: Bad file number"},
	} {
		detail, _, err := do(t, e, c.what)
		if err != nil || detail != c.want {
			t.Errorf("%s: %q, %v; want %q", c.what, detail, err, c.want)
		}
	}
	if detail, _, err := do(t, loadCommand(t, wasm.Grants{Clock: true}), "time"); err != nil || detail != "false" {
		t.Errorf("with the clock granted it still saw the question's time: %q, %v", detail, err)
	}
}

func TestACommandThatGivesNoVerdictFails(t *testing.T) {
	e := loadCommand(t, wasm.Grants{})
	for _, c := range []struct {
		what string
		kind error
		want string
	}{
		{"exit", wasm.ErrExited, "exit script at identify: the module exited with status 3"},
		{"panic", wasm.ErrExited, "status 2"},
		{"flood", wasm.ErrReply, "its output has more than 65,536 bytes"},
		{"silent", wasm.ErrReply, "its output is empty"},
		{"hibernate", wasm.ErrDeadline, "the module slept past its deadline (20s)"},
	} {
		_, trial, err := do(t, e, c.what)
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %v: %s", c.what, err, c.kind, c.want)
		}
		if c.what == "panic" && !strings.Contains(strings.Join(trial.Log, "\n"), "something is wrong") {
			t.Errorf("the panic's message is not in the log: %q", trial.Log)
		}
	}
}

func TestAGrantedFolderIsReadAndNeverLeftOrWritten(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(outside, "top secret")
	data := filepath.Join(dir, "data")
	if err := os.MkdirAll(filepath.Join(data, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(data, "list.csv"), "PARIS;1")
	write(filepath.Join(data, "below", "b.txt"), "deep")
	write(filepath.Join(dir, "beside"), "beside")
	for link, to := range map[string]string{"absolute": outside, "up": "../beside", "folder": filepath.Dir(outside), "inside": "below/b.txt"} {
		if err := os.Symlink(to, filepath.Join(data, link)); err != nil {
			t.Skipf("symbolic links: %v", err)
		}
	}
	e := loadCommand(t, wasm.Grants{Folders: map[string]string{"lists": data}})
	for _, c := range []struct{ what, want string }{
		{"read /lists/list.csv", "PARIS;1"},
		{"read /lists/below/b.txt", "deep"},
		{"read /lists/inside", "deep"},
		{"list /lists/below", "b.txt"},
		{"list /lists", "absolute below folder inside list.csv up"},
		{"stat /lists/list.csv", "7 false"},
		{"read /lists/absolute", "error"},
		{"read /lists/up", "error"},
		{"read /lists/folder/secret", "error"},
		{"list /lists/folder", "error"},
		{"read /lists/../beside", "error"},
		{"read /lists/none", "error: open /lists/none: No such file or directory"},
		{"stat /lists/up", "error"},
		{"write /lists/list.csv", "error"},
		{"write /lists/new", "error"},
		{"remove /lists/list.csv", "error"},
	} {
		detail, _, err := do(t, e, c.what)
		if err != nil || !strings.HasPrefix(detail, c.want) || (c.want != "error" && detail != c.want) {
			t.Errorf("%s: %q, %v; want %q", c.what, detail, err, c.want)
		}
	}
	if b, err := os.ReadFile(filepath.Join(data, "list.csv")); err != nil || string(b) != "PARIS;1" {
		t.Errorf("the file was changed: %q, %v", b, err)
	}
	if _, err := os.Stat(filepath.Join(data, "new")); err == nil {
		t.Error("a file was made")
	}
}
