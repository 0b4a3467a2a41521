package bench

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// server is a running server, in a process and a folder of its own.
type server struct {
	*child
	dir     string
	address string // of its plain listener
	secure  string // of its listener with TLS
}

// basics is what the servers under measurement have in common: a plain listener and one with TLS, one partner that may do
// everything.
const basics = `data_dir: ./data
log: {level: error}
limits: {max_sessions: 8192, max_transfers: 8192, unauthenticated: 8192}
listeners:
  p: {protocol: pesit, address: "127.0.0.1:0", max_connections: 8192, terms: {sync_interval: 1MiB, sync_window: 8, max_entity: 32768}}
  s: {protocol: pesit, address: "127.0.0.1:0", tls: {cert: server.pem, key: server.key}, terms: {sync_interval: 1MiB, sync_window: 8, max_entity: 32768}}
partners: {PARIS: {protocols: [pesit], password: "secret://file/paris.pw", receive: ["*"], send: ["*"]}}
backends: {files: {type: local, root: ./files}}
`

// tmpfs is a folder in memory, where the cost of our code is measured.
func tmpfs(t *testing.T) string { return folder(t, "/dev/shm") }

// disk is where durability is measured: the folders of the server's flows, and that of the baseline's files, lie where the
// file system makes a new file quickly. ext4 looks at each inode near them that was removed in the last minutes when it
// makes one, which takes longer than all the rest of a small file, and where that happens is chance: what is removed by the
// measurement before, or by anybody. A folder below one that is marked with +T lies anywhere.
func disk(t *testing.T) string {
	dir := folder(t, os.Getenv("BENCH_DISK"))
	files := filepath.Join(dir, "files")
	spread(dir)
	calm(t, dir, files)
	spread(files)
	for _, flow := range []string{"SYNC", "CLOSE"} {
		calm(t, dir, filepath.Join(files, flow))
	}
	return dir
}

// spread marks a folder as the top of a tree; elsewhere than on ext4 there is nothing to mark.
func spread(dir string) { _ = exec.Command("chattr", "+T", dir).Run() }

// calm makes a folder where 50 files were made in the shortest time of several, and leaves it empty. Those files are moved,
// not removed.
func calm(t *testing.T, parent, name string) {
	t.Helper()
	aside, err := os.MkdirTemp(parent, "aside")
	if err != nil {
		t.Fatal(err)
	}
	best, shortest := "", time.Hour
	for range 12 {
		dir, err := os.MkdirTemp(parent, "trial")
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for i := range 50 {
			if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < shortest {
			best, shortest = dir, took
		}
	}
	for i := range 50 {
		if err := os.Rename(filepath.Join(best, strconv.Itoa(i)), filepath.Join(aside, strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(best, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(best, name); err != nil {
		t.Fatal(err)
	}
}

func folder(t *testing.T, parent string) string {
	t.Helper()
	if _, err := os.Stat(parent); err != nil {
		parent = ""
	}
	dir, err := os.MkdirTemp(parent, "postern-bench")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// start starts a server in a folder, with more configuration and the files that it names.
func start(t *testing.T, dir, config string, files map[string][]byte) *server {
	t.Helper()
	return startWith(t, dir, basics+config, files)
}

// startWith starts a server whose whole configuration is given.
func startWith(t *testing.T, dir, config string, files map[string][]byte) *server {
	t.Helper()
	all := map[string][]byte{"postern.yaml": []byte(config), "paris.pw": []byte("sesame")}
	maps.Copy(all, files)
	for name, b := range all {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	certify(t, dir)
	s := &server{dir: dir, child: launch(t, dir, postern, "serve", "--config", filepath.Join(dir, "postern.yaml"))}
	s.address, s.secure = s.ready["p"], s.ready["s"]
	return s
}

// environment is ours without what configures a server or changes how its memory is used.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(s string) bool {
		return strings.HasPrefix(s, "POSTERN_") || strings.HasPrefix(s, "GOMEMLIMIT=") || strings.HasPrefix(s, "GOGC=")
	})
}

// run runs a verb against the server.
func (s *server) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(postern, append(args, "--config", filepath.Join(s.dir, "postern.yaml"))...)
	cmd.Dir, cmd.Env = s.dir, environment()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("postern %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
