// Package systemd tells the service manager how the server does: ready, reloading, stopping, in words, and that it is
// alive. It speaks the notification protocol of systemd (sd_notify(3)): datagrams of lines on the unix socket that
// NOTIFY_SOCKET names.
//
// It decides nothing: what is told, and whether the server is alive, is its caller's. Where no manager waits, nothing
// is said.
//
// The main call is [New].
package systemd

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Notifier speaks to the service manager. Its methods may be called from many goroutines; a nil one says nothing. What
// cannot be told is logged: a server does not stop for it.
type Notifier struct {
	socket   *net.UnixAddr // nil: nobody listens
	watchdog time.Duration
	log      *slog.Logger
}

// sendTime bounds how long a message may wait for room in the manager's socket.
const sendTime = time.Second

// New reads from the environment what the service manager wants to be told: NOTIFY_SOCKET, WATCHDOG_USEC and
// WATCHDOG_PID. It returns nil where it wants nothing.
func New(lookup func(string) (string, bool), log *slog.Logger) (*Notifier, error) {
	path, _ := lookup("NOTIFY_SOCKET")
	if path == "" {
		return nil, nil
	}
	if path[0] != '/' && path[0] != '@' || len(path) < 2 {
		return nil, fmt.Errorf("NOTIFY_SOCKET is %q: it must be an absolute path, or @ and the name of an abstract socket", path)
	}
	n := &Notifier{socket: &net.UnixAddr{Name: path, Net: "unixgram"}, log: log}
	var err error
	n.watchdog, err = watchdogOf(lookup)
	return n, err
}

// watchdogOf is how often the manager wants to hear that this process is alive; 0: never.
func watchdogOf(lookup func(string) (string, bool)) (time.Duration, error) {
	text, _ := lookup("WATCHDOG_USEC")
	if pid, _ := lookup("WATCHDOG_PID"); text == "" || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n > int64(time.Duration(1<<63-1)/time.Microsecond) {
		return 0, fmt.Errorf("WATCHDOG_USEC is %q: it must be a number of microseconds above 0", text)
	}
	return time.Duration(n) * time.Microsecond, nil
}

// Ready says that the server has started, or has read its configuration again.
func (n *Notifier) Ready(status string) { n.tell("READY=1", "STATUS="+status) }

// Reloading says that the server reads its configuration again: Ready must follow, whatever comes of it.
func (n *Notifier) Reloading() {
	lines := []string{"RELOADING=1"}
	if usec := monotonic(); usec > 0 {
		lines = append(lines, "MONOTONIC_USEC="+strconv.FormatInt(usec, 10))
	}
	n.tell(append(lines, "STATUS=Reloading its configuration")...)
}

// Stopping says that the server stops, and how long that may take.
func (n *Notifier) Stopping(within time.Duration) {
	n.tell("STOPPING=1", "EXTEND_TIMEOUT_USEC="+strconv.FormatInt(within.Microseconds(), 10),
		"STATUS=Stopping: running transfers go to their end or their next sync point")
}

// Status says in words what the server does.
func (n *Notifier) Status(text string) { n.tell("STATUS=" + text) }

// alive feeds the watchdog.
func (n *Notifier) alive() { n.tell("WATCHDOG=1") }

// tell sends one message. Each has a socket of its own, so that nothing is left where no manager reads any more.
func (n *Notifier) tell(lines ...string) {
	if n == nil || n.socket == nil {
		return
	}
	for i, l := range lines {
		lines[i] = strings.Map(oneLine, l)
	}
	if err := n.send(strings.Join(lines, "\n")); err != nil {
		n.log.Warn("the service manager was not told", "message", lines[0], "error", err)
	}
}

// oneLine keeps a status from ending its line: what follows would be another message.
func oneLine(r rune) rune {
	if r < ' ' {
		return ' '
	}
	return r
}

func (n *Notifier) send(message string) error {
	conn, err := net.DialUnix(n.socket.Net, nil, n.socket)
	if err != nil {
		return fmt.Errorf("reach NOTIFY_SOCKET: %w", err)
	}
	err = conn.SetWriteDeadline(time.Now().Add(sendTime))
	if err == nil {
		_, err = conn.Write([]byte(message))
	}
	if err = errors.Join(err, conn.Close()); err != nil {
		return fmt.Errorf("write to NOTIFY_SOCKET: %w", err)
	}
	return nil
}
