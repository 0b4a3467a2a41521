//go:build linux

package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// manager stands in for systemd: it hears what the server tells it.
type manager struct {
	*server
	conn  *net.UnixConn
	heard []string // the first lines of what it heard
}

// managed starts a server that tells a manager at a socket how it does.
func managed(t *testing.T, config string, socket func(dir string) string, env ...string) *manager {
	t.Helper()
	m := &manager{server: prepare(t, config)}
	name := socket(m.dir)
	var err error
	if m.conn, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.conn.Close() })
	m.env = append([]string{"NOTIFY_SOCKET=" + name}, env...)
	m.run()
	return m
}

// hears waits for a message that begins like that and gives its fields; what comes before it is kept.
func (m *manager) hears(want string) map[string]string {
	m.Helper()
	b := make([]byte, 4096)
	for {
		if err := m.conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			m.Fatal(err)
		}
		n, err := m.conn.Read(b)
		if err != nil {
			m.Fatalf("waiting for %s after %q: %v", want, m.heard, err)
		}
		lines := strings.Split(string(b[:n]), "\n")
		m.heard = append(m.heard, lines[0])
		if lines[0] != want {
			continue
		}
		fields := map[string]string{}
		for _, l := range lines {
			name, value, _ := strings.Cut(l, "=")
			fields[name] = value
		}
		return fields
	}
}

func socketFile(dir string) string { return filepath.Join(dir, "notify") }

func TestTheServiceManagerFollowsTheServersLife(t *testing.T) {
	abstract := func(string) string { return fmt.Sprintf("@postern-e2e-%d", os.Getpid()) }
	for _, socket := range []func(string) string{socketFile, abstract} {
		m := managed(t, configA, socket)
		if f := m.hears("READY=1"); f["STATUS"] != "Running" || len(m.heard) != 1 {
			t.Errorf("ready: %v after %q", f, m.heard)
		}
		m.configure(configB)
		m.signal(syscall.SIGHUP)
		f := m.hears("RELOADING=1")
		if usec, err := strconv.ParseInt(f["MONOTONIC_USEC"], 10, 64); err != nil || usec <= 0 {
			t.Errorf("reloading: %v", f)
		}
		if f := m.hears("READY=1"); f["STATUS"] != "Running" {
			t.Errorf("reloaded: %v", f)
		}
		m.configure(configA + "nonsense: 1\n")
		m.signal(syscall.SIGHUP)
		m.hears("RELOADING=1")
		if f := m.hears("READY=1"); !strings.Contains(f["STATUS"], "the last reload failed") {
			t.Errorf("a bad reload: %v", f)
		}
		m.signal(syscall.SIGTERM)
		if f := m.hears("STOPPING=1"); f["EXTEND_TIMEOUT_USEC"] != "30000000" {
			t.Errorf("stopping with a grace of 10 s: %v", f)
		}
		if status := m.exited(30 * time.Second); status != 0 {
			t.Errorf("status %d", status)
		}
	}
}

func TestTheWatchdogIsFedWhileTheServerLives(t *testing.T) {
	m := managed(t, configA, socketFile, "WATCHDOG_USEC=200000")
	m.hears("READY=1")
	for range 3 {
		m.hears("WATCHDOG=1")
	}
	// A process that is stopped does not feed; one that goes on does.
	m.signal(syscall.SIGSTOP)
	for { // what was sent before
		if err := m.conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := m.conn.Read(make([]byte, 4096)); err != nil {
			break
		}
	}
	m.signal(syscall.SIGCONT)
	m.hears("WATCHDOG=1")
}

// holdWriter takes SQLite's lock of the one who writes to a journal, so that the server's catalog waits for it, and
// returns how to let go.
func (s *server) holdWriter() (release func()) {
	s.Helper()
	f, err := os.OpenFile(filepath.Join(s.dir, "data", "catalog.db-shm"), os.O_RDWR, 0)
	if err != nil {
		s.Fatal(err)
	}
	const writeLock = 120 // WAL_WRITE_LOCK, see "WAL-Index Locks" in SQLite's description of the WAL mode
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Start: writeLock, Len: 1}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_SETLKW, &lock); err != nil {
		s.Fatal(err)
	}
	return func() { f.Close() }
}

func TestAServerWhoseCatalogHangsIsNotFedAndNotLive(t *testing.T) {
	m := managed(t, configA, socketFile, "WATCHDOG_USEC=1000000")
	m.hears("READY=1")
	m.hears("WATCHDOG=1")
	release := m.holdWriter()
	sick := "STATUS=The self-check failed: catalog: no answer yet: context deadline exceeded"
	m.hears(sick)
	m.heard = nil
	m.hears(sick)
	if len(m.heard) != 1 {
		t.Errorf("between two failed checks it said %q", m.heard)
	}
	if status, text := m.ask("/healthz"); status != 503 || !strings.HasPrefix(text, "catalog: ") {
		t.Errorf("healthz: %d %s", status, text)
	}
	release()
	m.hears("WATCHDOG=1")
	m.eventually("it lives again", func() bool {
		status, _ := m.ask("/readyz")
		return status == 200
	})
}
