package systemd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/cmd/internal/systemd"
)

// manager is the service manager's end of the socket.
type manager struct {
	*testing.T
	conn *net.UnixConn
}

func listen(t *testing.T, name string) manager {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return manager{t, c}
}

// hears gives the lines of the next message.
func (m manager) hears() []string {
	m.Helper()
	if err := m.conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		m.Fatal(err)
	}
	b := make([]byte, 4096)
	n, err := m.conn.Read(b)
	if err != nil {
		m.Fatal(err)
	}
	return strings.Split(string(b[:n]), "\n")
}

func env(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
}

func newNotifier(t *testing.T, values map[string]string) *systemd.Notifier {
	t.Helper()
	n, err := systemd.New(env(values), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// shortDir is a folder whose path leaves room for a socket's name.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestTheManagerIsToldEachStepOfALife(t *testing.T) {
	names := []string{filepath.Join(shortDir(t), "notify")}
	if runtime.GOOS == "linux" {
		names = append(names, fmt.Sprintf("@postern-test-%d", os.Getpid()))
	}
	for _, name := range names {
		m := listen(t, name)
		n := newNotifier(t, map[string]string{"NOTIFY_SOCKET": name})
		n.Ready("Running\nMAINPID=1")
		if got := m.hears(); len(got) != 2 || got[0] != "READY=1" || got[1] != "STATUS=Running MAINPID=1" {
			t.Errorf("ready is %q", got)
		}
		n.Reloading()
		got := m.hears()
		if got[0] != "RELOADING=1" {
			t.Errorf("reloading is %q", got)
		}
		if usec, ok := strings.CutPrefix(got[1], "MONOTONIC_USEC="); runtime.GOOS == "linux" {
			if v, err := strconv.ParseInt(usec, 10, 64); !ok || err != nil || v <= 0 {
				t.Errorf("reloading is %q", got)
			}
		}
		n.Stopping(90 * time.Second)
		if got := m.hears(); got[0] != "STOPPING=1" || got[1] != "EXTEND_TIMEOUT_USEC=90000000" {
			t.Errorf("stopping is %q", got)
		}
		n.Status("busy")
		if got := m.hears(); len(got) != 1 || got[0] != "STATUS=busy" {
			t.Errorf("status is %q", got)
		}
	}
}

func TestWithoutAManagerNothingIsSaid(t *testing.T) {
	n := newNotifier(t, nil)
	n.Ready("x")
	n.Reloading()
	n.Stopping(time.Second)
	n.Watch(t.Context(), func(context.Context) error { t.Error("nobody wants to know whether it lives"); return nil })
}

func TestAManagerThatIsGoneIsLoggedAndNoMore(t *testing.T) {
	var log bytes.Buffer
	n, err := systemd.New(env(map[string]string{"NOTIFY_SOCKET": filepath.Join(shortDir(t), "gone")}), slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	n.Ready("x")
	if !strings.Contains(log.String(), "the service manager was not told") || !strings.Contains(log.String(), "READY=1") {
		t.Errorf("the log says %q", log.String())
	}
}

func TestWhatTheManagerWantsIsReadWithCare(t *testing.T) {
	for _, bad := range []map[string]string{
		{"NOTIFY_SOCKET": "relative"}, {"NOTIFY_SOCKET": "@"}, {"NOTIFY_SOCKET": "vsock:2:1234"},
		{"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "soon"}, {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "0"},
		{"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "-1"}, {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "9223372036854775807"},
	} {
		if _, err := systemd.New(env(bad), slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
	for _, others := range []map[string]string{
		{"NOTIFY_SOCKET": "/x"}, {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"},
	} {
		newNotifier(t, others).Watch(t.Context(), func(context.Context) error { t.Errorf("%v: the watchdog is not for us", others); return nil })
	}
}

func TestTheWatchdogIsFedOnlyWhileTheCheckPasses(t *testing.T) {
	m := listen(t, filepath.Join(shortDir(t), "notify"))
	n := newNotifier(t, map[string]string{"NOTIFY_SOCKET": m.conn.LocalAddr().String(), "WATCHDOG_USEC": "10000",
		"WATCHDOG_PID": strconv.Itoa(os.Getpid())})
	var sick atomic.Bool
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n.Watch(ctx, func(ctx context.Context) error {
			if _, ok := ctx.Deadline(); !ok {
				t.Error("the check has no deadline")
			}
			if sick.Load() {
				return errors.New("the catalog does not answer")
			}
			return nil
		})
	}()
	for range 3 {
		if got := m.hears(); got[0] != "WATCHDOG=1" {
			t.Fatalf("fed with %q", got)
		}
	}
	sick.Store(true)
	for got := m.hears(); got[0] != "STATUS=The self-check failed: the catalog does not answer"; got = m.hears() {
		if got[0] != "WATCHDOG=1" {
			t.Fatalf("told %q", got)
		}
	}
	for range 3 { // from here on nothing feeds
		if got := m.hears(); !strings.HasPrefix(got[0], "STATUS=The self-check failed") {
			t.Errorf("a sick server says %q", got)
		}
	}
	sick.Store(false)
	for got := m.hears(); got[0] != "WATCHDOG=1"; got = m.hears() {
		if !strings.HasPrefix(got[0], "STATUS=") {
			t.Fatalf("told %q", got)
		}
	}
	cancel()
	<-ended
}
