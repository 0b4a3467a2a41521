//go:build linux

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/peer"
	"github.com/postern/postern/plugins/process/confine"
)

// confined is a server with two exits: a module, and the snoop, which refuses each transfer of a server that is not.
type confined struct {
	*server
	outside string // a file that the configuration does not name
	snoop   string
	port    int
}

func newConfined(t *testing.T) *confined {
	t.Helper()
	if err := confine.Whole(); err != nil {
		t.Skipf("this system has no landlock for a server: %v", err)
	}
	c := &confined{server: prepare(t, ""), outside: filepath.Join(t.TempDir(), "outside")}
	if err := os.WriteFile(c.outside, []byte("not for the server"), 0o600); err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile("../../../docs/testdata/vet.wasm")
	if err != nil {
		t.Fatal(err)
	}
	c.write("vet.wasm", string(module))
	c.snoop = filepath.Join(c.dir, "snoop")
	if out, err := exec.Command("go", "build", "-o", c.snoop, "./snoop").CombinedOutput(); err != nil {
		t.Fatalf("build the snoop: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	c.configure(c.with("landlock", ""))
	return c
}

// with is a configuration; box goes to the keys of the snoop.
func (c *confined) with(sandbox, box string) string {
	return "sandbox: " + sandbox + "\n" + usual("") + fmt.Sprintf(`exits:
  vet: {wasm: ./vet.wasm}
  snoop: {process: [./snoop], config: {outside: %q, process: %d, port: %d}%s}
points: {authorize: [vet, snoop, grants]}
`, c.outside, os.Getpid(), c.port, box)
}

// works sends a file, has one fetched, and sees that the module decides.
func (c *confined) works(number int) {
	c.Helper()
	data := content(random(c.T), 20_000)
	p := c.call(hello(4, 2))
	name := fmt.Sprintf("file-%d", number)
	p.put(peer.File{Name: "IN", Number: number, Label: name, Format: 0x80, Length: 1000}, data, cut)
	c.offer("OUT", name, data)
	if got, _ := p.get(peer.File{Name: name}); !bytes.Equal(got, data) {
		c.Errorf("%s came back with %d bytes", name, len(got))
	}
	p.ok(p.Release())
}

func (c *confined) logs(want string) {
	c.Helper()
	c.eventually("the log says "+want, func() bool { return strings.Contains(c.said.String(), want) })
}

func TestAConfinedServerWorksAndNothingInItReachesWhatTheConfigurationDoesNotName(t *testing.T) {
	c := newConfined(t)
	c.configure(c.with("none", "")) // the snoop finds what it looks for
	c.run()
	p := c.call(hello(4, 2))
	_, err := p.Create(peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 1000})
	if err == nil {
		t.Fatal("the snoop says that a server without a sandbox is confined")
	}
	c.logs("worked: read (<nil>), write (<nil>), cut (<nil>), list (<nil>), environment (<nil>), bind (<nil>)")
	p.Close()
	c.signal(syscall.SIGTERM)
	c.exited(30 * time.Second)

	for i, box := range []string{"", ", sandbox: {}", ", sandbox: {network: true}"} {
		c.configure(c.with("landlock", box))
		c.run()
		c.works(i + 1)
		c.signal(syscall.SIGTERM)
		if status := c.exited(30 * time.Second); status != 0 {
			t.Errorf("status %d", status)
		}
	}
	if strings.Count(c.said.String(), "worked: ") != 1 {
		t.Errorf("something worked in the sandbox:\n%s", c.said)
	}
}

func TestAConfinedServerReloadsWhatLiesInItsSandboxAndRefusesTheRest(t *testing.T) {
	c := newConfined(t)
	c.run()
	c.works(1)
	// A secret and a program that are replaced under their names, a new flow, a backend below the data folder.
	for name, mode := range map[string]os.FileMode{"paris.pw": 0o600, "snoop": 0o700} {
		b, err := os.ReadFile(filepath.Join(c.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(c.dir, name+".new"), append(b, '\n'), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(c.dir, name+".new"), filepath.Join(c.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	reloading := c.with("landlock", ", reload: true")
	reloading = strings.Replace(reloading, "flows:\n", "flows:\n  NEW: {path: \"new/{{.ID}}\", backend: more}\n", 1)
	reloading = strings.Replace(reloading, "root: ./files}", "root: ./files}, more: {type: local, root: ./data/more}", 1)
	reloading = strings.ReplaceAll(reloading, `{path: "in/`, `{backend: files, path: "in/`)
	reloading = strings.ReplaceAll(reloading, `{path: "out/`, `{backend: files, path: "out/`)
	c.configure(reloading)
	if out := c.verb("reload"); !strings.Contains(out, "flows.NEW") || !strings.Contains(out, "exits.snoop") {
		t.Errorf("reload says %s", out)
	}
	c.works(2)

	other := t.TempDir()
	for more, want := range map[string]string{
		strings.Replace(reloading, "./data/more", other, 1):                                   "postern.yaml:4:75: backends.more.root: " + other + " (write) lies outside the sandbox that the server started with",
		strings.Replace(reloading, "sesame", "", 1) + "audit: {dir: " + other + "}\n":         other + " (write) lies outside the sandbox",
		strings.Replace(reloading, "secret://file/paris.pw", "secret://file/"+other+"/pw", 1): "partners.PARIS.password: " + other + " (read) lies outside the sandbox",
		reloading + "telemetry: {address: \"127.0.0.1:9\"}\n":                                 "telemetry.address: port 9 lies outside the sandbox",
		strings.Replace(reloading, "sandbox: landlock", "sandbox: none", 1):                   "sandbox: cannot change while the server runs (it is landlock)",
	} {
		c.configure(more)
		if _, errs, status := c.try("reload"); status == 0 || !strings.Contains(errs, want) {
			t.Errorf("status %d, said %s; want %s", status, errs, want)
		}
	}
	c.works(3)
}

func TestAConfinedServerTellsItsManager(t *testing.T) {
	c := newConfined(t)
	for _, socket := range []string{filepath.Join(c.dir, "notify"), fmt.Sprintf("@postern-e2e-sandbox-%d", os.Getpid())} {
		m := managed(t, "sandbox: landlock\n"+configA, func(string) string { return socket })
		if f := m.hears("READY=1"); f["STATUS"] != "Running" {
			t.Errorf("ready: %v", f)
		}
		if _, text := m.ask("/metrics"); !strings.Contains(text, "\nprocess_resident_memory_bytes ") || !strings.Contains(text, "\nprocess_open_fds ") {
			t.Errorf("it does not know itself:\n%s", text)
		}
		m.signal(syscall.SIGHUP)
		m.hears("RELOADING=1")
		m.hears("READY=1")
		m.signal(syscall.SIGTERM)
		m.hears("STOPPING=1")
		if status := m.exited(30 * time.Second); status != 0 {
			t.Errorf("status %d", status)
		}
	}
}

func TestADataFolderWithALongPathHasItsTemporaryFilesElsewhereInTheSandboxToo(t *testing.T) {
	c := newConfined(t)
	long := "./" + strings.Repeat("a-long-name/", 8) + "data"
	c.configure(strings.Replace(c.with("landlock", ""), "./data", long, 1))
	runtime := filepath.Join(c.dir, "run")
	if err := os.Mkdir(runtime, 0o700); err != nil {
		t.Fatal(err)
	}
	c.env = []string{"XDG_RUNTIME_DIR=" + runtime}
	for i := range 2 {
		c.run()
		c.works(i + 1)
		found, err := filepath.Glob(filepath.Join(runtime, "postern-*"))
		if err != nil || len(found) != 1 {
			t.Errorf("folders for temporary files: %q", found)
		}
		c.signal(syscall.SIGTERM)
		c.exited(30 * time.Second)
	}
}

func TestAServerThatCannotBeConfinedDoesNotStart(t *testing.T) {
	c := newConfined(t)
	for _, try := range []struct {
		name, config, want string
		env                string
		wrap               []string
	}{
		{"no landlock", "", "sandbox is landlock, and this system cannot: the kernel has no landlock", "", []string{c.snoop, "without-landlock"}},
		{"not confined", "", "the folder / can be opened: this process is not confined", "INTERNAL_POSTERN_SANDBOX={}", nil},
		{"everything", strings.Replace(c.with("landlock", ""), "root: ./files", "root: /", 1), "backends.files.root: lies in the folder / itself", "", nil},
	} {
		if try.config != "" {
			c.configure(try.config)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		argv := append(try.wrap, postern, "serve", "--config", c.config)
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.Dir, cmd.Env = c.dir, os.Environ()
		if try.env != "" {
			cmd.Env = append(cmd.Env, try.env)
		}
		out, err := cmd.CombinedOutput()
		cancel()
		if err == nil || !strings.Contains(string(out), try.want) || strings.Contains(string(out), "ready ") {
			t.Errorf("%s: %v\n%s", try.name, err, out)
		}
		if _, err := os.Stat(filepath.Join(c.dir, "data", "catalog.db")); err == nil {
			t.Errorf("%s: it has begun to work", try.name)
		}
	}
}
