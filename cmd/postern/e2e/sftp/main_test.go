// Package sftp drives the server with the SFTP client of OpenSSH, as a partner would.
package sftp

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// postern is the server under test.
var postern string

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == doubling {
		process.Serve(sdk.Functions{Name: doubling, Version: "1", Filter: double, ChangesLength: true})
		return
	}
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "postern-sftp")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	defer stopCommon()
	if postern, err = toolchain.Program(dir, "github.com/postern/postern/cmd/postern", false); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

const configuration = `data_dir: ./data
backends: {files: {type: local, root: ./files}}
listeners: {sftp: {protocol: sftp, address: "127.0.0.1:0", ssh: {host_keys: [host]}}}
partners:
  PARIS: {protocols: [sftp], authorized_keys: ["%[1]s"], receive: [IN], send: [IN, OUT]}
  LYON: {protocols: [sftp], authorized_keys: ["%[1]s"], receive: [TREE], send: [TREE], manage: [mkdir, remove, rename]}
flows:
  TREE: {path: "tree/{{.Partner}}/{{.Folder}}/{{.File}}", on_exists: replace}
  IN: {path: "in/{{.File}}-{{.ID}}"}
  OUT: {path: "out/{{.File}}", publish: true}
shutdown_grace: 5s
`

// desk is a partner's folder and the server that it calls.
type desk struct {
	*testing.T
	dir, port string
	home      string // the server's folder, where it is shared
	partner   string // there
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	return deskWith(t, configuration)
}

// deskWith has a configuration of its own, with a %s for the partner's key.
func deskWith(t *testing.T, configuration string) *desk {
	t.Helper()
	for _, tool := range []string{"sftp", "scp", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("there is no " + tool)
		}
	}
	d := &desk{T: t, dir: t.TempDir()}
	for _, key := range []string{"host", "client"} {
		d.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
	}
	d.write("postern.yaml", fmt.Appendf(nil, configuration, strings.TrimSpace(string(d.read("client.pub")))))
	d.serve()
	return d
}

// serve starts the server and waits until it says its address.
func (d *desk) serve() {
	d.Helper()
	d.Cleanup(d.start())
}

// start starts the server and gives what ends it.
func (d *desk) start() (stop func()) {
	d.Helper()
	cmd := exec.Command(postern, "serve")
	cmd.Dir = d.dir
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		d.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		d.Fatal(err)
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); d.home == "" && (err != nil || d.Failed()) {
			d.Logf("the server ended with %v:\n%.20000s", err, log.String())
		} else if err != nil {
			fmt.Fprintf(os.Stderr, "the shared server ended with %v:\n%.20000s", err, log.String())
		}
	}
	line := make([]byte, 200)
	n, _ := out.Read(line)
	m := regexp.MustCompile(`sftp=127\.0\.0\.1:(\d+)`).FindSubmatch(line[:n])
	if m == nil {
		stop()
		d.Fatalf("the server is not ready: %q", line[:n])
	}
	d.port = string(m[1])
	return stop
}

func (d *desk) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = d.dir
	return cmd
}

func (d *desk) run(name string, args ...string) string {
	d.Helper()
	out, err := d.command(name, args...).CombinedOutput()
	if err != nil {
		d.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (d *desk) write(name string, b []byte) {
	d.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), b, 0o600); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) read(name string) []byte {
	d.Helper()
	b, err := os.ReadFile(filepath.Join(d.dir, name))
	if err != nil {
		d.Fatal(err)
	}
	return b
}

var options = []string{"-i", "client", "-F", "none", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no",
	"-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"}

// client prepares a program of OpenSSH with its options.
func (d *desk) client(name string, args ...string) *exec.Cmd {
	return d.command(name, append(append([]string{"-P", d.port}, options...), args...)...)
}

// batch plays lines of sftp and gives what it prints; a line with a dash in front may fail.
func (d *desk) batch(lines ...string) string {
	d.Helper()
	return d.batchAs("PARIS", lines...)
}

func (d *desk) batchAs(partner string, lines ...string) string {
	d.Helper()
	cmd := d.client("sftp", "-b", "-", partner+"@127.0.0.1")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.Fatalf("sftp: %v\n%s", err, out)
	}
	return string(out)
}

// until waits for something that another process does.
func (d *desk) until(what string, ok func() bool) {
	d.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			d.Fatalf("never: %s", what)
		}
	}
}
