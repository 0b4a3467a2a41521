package wasm_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

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
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", out, ".")
	build.Dir = filepath.Join("testdata", "command")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=-mod=mod")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, errors.New(string(text))
	}
	return os.ReadFile(out)
})

// command asks the Go command to do something and gives the verdict's detail.
func command(t *testing.T, s wasm.Settings, do, path string) (string, wasm.Trial, error) {
	t.Helper()
	module, err := goCommand()
	if err != nil {
		t.Fatal(err)
	}
	s.Name, s.Module = "script", module
	s.Points = []sdk.Point{sdk.PointIdentify}
	s.CacheDir = cacheDir
	if s.Config, err = json.Marshal(map[string]string{"do": do, "path": path}); err != nil {
		t.Fatal(err)
	}
	e := load(t, s)
	trial, err := e.Trial(context.Background(), question(sdk.PointIdentify))
	if err != nil {
		return "", trial, err
	}
	return trial.Verdict.Refusal.Detail, trial, nil
}

func TestACommandReadsItsQuestionAndWritesItsVerdict(t *testing.T) {
	detail, trial, err := command(t, wasm.Settings{}, "name", "")
	if err != nil || detail != "PARIS" {
		t.Fatalf("%q, %v", detail, err)
	}
	if strings.Join(trial.Log, "|") != "did name" {
		t.Errorf("its standard error gave %q", trial.Log)
	}
	t.Logf("fuel %d, memory %d, time %v", trial.Fuel, trial.Memory, trial.Time)
}

func TestACommandSeesNoWorldButWhatIsGranted(t *testing.T) {
	for _, c := range []struct{ do, want string }{
		{"world", "0 0"},
		{"time", "true"}, // the clock stands still at the question's own time
		{"sleep", "true"},
		{"read", "error: open x: Bad file number"},
		{"list", "error: open x: Bad file number"},
	} {
		detail, _, err := command(t, wasm.Settings{}, c.do, "x")
		if err != nil || detail != c.want {
			t.Errorf("%s: %q, %v; want %q", c.do, detail, err, c.want)
		}
	}
	detail, _, err := command(t, wasm.Settings{Grants: wasm.Grants{Clock: true}}, "time", "")
	if err != nil || detail != "false" {
		t.Errorf("with the clock granted it still saw the question's time: %q, %v", detail, err)
	}
}

func TestACommandThatGivesNoVerdictFails(t *testing.T) {
	for _, c := range []struct {
		do   string
		kind error
		want string
	}{
		{"exit", wasm.ErrExited, "exit script at identify: the module exited with status 3"},
		{"panic", wasm.ErrExited, "status 2"},
		{"flood", wasm.ErrReply, "its output has more than 65,536 bytes"},
		{"silent", wasm.ErrReply, "its output is empty"},
		{"sleep long", wasm.ErrDeadline, "the module slept past its deadline (1s)"},
	} {
		_, trial, err := command(t, wasm.Settings{}, c.do, "")
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %v: %s", c.do, err, c.kind, c.want)
		}
		if c.do == "panic" && !strings.Contains(strings.Join(trial.Log, "\n"), "something is wrong") {
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
	s := wasm.Settings{Grants: wasm.Grants{Folders: map[string]string{"lists": data}}}
	for _, c := range []struct{ do, path, want string }{
		{"read", "/lists/list.csv", "PARIS;1"},
		{"read", "/lists/below/b.txt", "deep"},
		{"read", "/lists/inside", "deep"},
		{"list", "/lists/below", "b.txt"},
		{"list", "/lists", "absolute below folder inside list.csv up"},
		{"stat", "/lists/list.csv", "7 false"},
		{"read", "/lists/absolute", "error"},
		{"read", "/lists/up", "error"},
		{"read", "/lists/folder/secret", "error"},
		{"list", "/lists/folder", "error"},
		{"read", "/lists/../beside", "error"},
		{"read", "/lists/none", "error: open /lists/none: No such file or directory"},
		{"stat", "/lists/up", "error"},
		{"write", "/lists/list.csv", "error"},
		{"write", "/lists/new", "error"},
		{"remove", "/lists/list.csv", "error"},
	} {
		detail, _, err := command(t, s, c.do, c.path)
		if err != nil || !strings.HasPrefix(detail, c.want) || (c.want != "error" && detail != c.want) {
			t.Errorf("%s %s: %q, %v; want %q", c.do, c.path, detail, err, c.want)
		}
	}
	if b, err := os.ReadFile(filepath.Join(data, "list.csv")); err != nil || string(b) != "PARIS;1" {
		t.Errorf("the file was changed: %q, %v", b, err)
	}
	if _, err := os.Stat(filepath.Join(data, "new")); err == nil {
		t.Error("a file was made")
	}
}
