package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/postern/postern/sdk"
)

// Settings are one exit's.
type Settings struct {
	Name string // of the exit, for errors and the log
	// Command is the program and its arguments. The program is a path, it is looked for nowhere else.
	Command []string
	// File is the program, opened; nil: Command[0] is opened. Load keeps a descriptor of its own. On Linux it is this
	// file that runs, whatever has its name by then; elsewhere the name is compared once more before each start.
	File *os.File
	// SHA256 of the program, hexadecimal; empty: that of the program as Load finds it. It is compared before each start.
	SHA256 string
	// Dir is the working folder; empty: the server's.
	Dir string
	// Environment is all that the process has, besides TMPDIR and what the handshake needs.
	Environment map[string]string
	// Config is the exit's own settings: one JSON object, or empty.
	Config json.RawMessage
	// Points are those that the configuration asks the exit at; it must serve them all. Empty: all that it serves.
	Points []sdk.Point
	Grants Grants
	Limits Limits
	// Sandbox narrows what the process may reach; nil: it may reach what the server may.
	Sandbox *Sandbox
	// Confine is the command that puts a program into a sandbox, [confine.Main]: the server's own binary and a word that
	// it knows. Needed with Sandbox.
	Confine []string
	Log     *slog.Logger     // nil: nothing is logged
	Said    *slog.Logger     // gets what the process itself says; nil: Log, with the exit's name
	Now     func() time.Time // nil: time.Now

	noun string // what errors call it: "exit" when empty
	kind string // what it must say that it is: "exit" when empty
}

// Grants are what a process is told beyond the facts. All are off unless set.
type Grants struct {
	Password bool // the caller's secret and new secret
	Stored   bool // the partner's stored secrets
	File     bool // the file, at verify and, when it is sent, at open
}

// Limits bound one process. A zero field stands for its default.
type Limits struct {
	Memory    int64         // bytes of data (RLIMIT_DATA, Linux); default none
	Files     int           // open files (Linux); default 1024
	Processes int           // processes and threads of the same user (Linux; root is not bound by it); default none
	InFlight  int           // calls and transfers at once; default 128
	Misses    int           // deadlines missed in a row until the process is ended; default 3
	Deadline  time.Duration // of one call, or of one block of a filter; default the point's own
	Wait      time.Duration // of a call for its turn; default 100 ms
	Start     time.Duration // until a process that was started has said what it is; default 10 s
	Stop      time.Duration // that a process has to end in good order; default 2 s
	Backoff   time.Duration // before a process is started again, doubled until 30 s; default 100 ms
}

// Sandbox lists what a process may reach (landlock, Linux 5.13 and later). The program itself, the system's shared
// libraries and the folder in TMPDIR are reachable always.
type Sandbox struct {
	Read    []string // files and folders that it may read, list and execute
	Write   []string // those that it may change as well
	Network bool     // TCP (Linux 6.7 and later)
}

// The defaults and ends of [Limits].
const (
	defaultFiles    = 1024
	defaultInFlight = 128
	defaultMisses   = 3
	defaultWait     = 100 * time.Millisecond
	defaultStart    = 10 * time.Second
	defaultStop     = 2 * time.Second
	defaultBackoff  = 100 * time.Millisecond
	longestBackoff  = 30 * time.Second

	largestReply  = 64 << 10 // bytes of a decision's reply
	largestHeader = 16 << 10 // bytes of what gRPC says beside a reply
)

func (s Settings) withDefaults() Settings {
	def(&s.noun, "exit")
	def(&s.kind, sdk.PluginExit)
	l := &s.Limits
	def(&l.Files, defaultFiles)
	def(&l.InFlight, defaultInFlight)
	def(&l.Misses, defaultMisses)
	def(&l.Wait, defaultWait)
	def(&l.Start, defaultStart)
	def(&l.Stop, defaultStop)
	def(&l.Backoff, defaultBackoff)
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Said == nil {
		s.Said = s.Log.With(s.noun, s.Name)
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	return s
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Validate reports every fault at once.
func (s *Settings) Validate() error {
	var faults []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(s.Name == "", "name: an exit needs one")
	fault(len(s.Command) == 0 || s.Command[0] == "", "process: there is no program")
	fault(s.SHA256 != "" && !isDigest(s.SHA256), "sha256: %q is not 64 hexadecimal digits", s.SHA256)
	fault(len(s.Config) > 0 && !isObject(s.Config), "config: not one JSON object")
	for _, p := range s.Points {
		_, known := p.Row()
		fault(!known, "points: there is no point %q", p)
	}
	for name, value := range s.Environment {
		fault(name == "" || strings.ContainsAny(name, "=\x00") || strings.Contains(value, "\x00"), "environment: %q cannot be set", name)
	}
	if s.Sandbox != nil {
		fault(len(s.Confine) == 0, "sandbox: nobody confines here")
		for _, path := range append(append([]string(nil), s.Sandbox.Read...), s.Sandbox.Write...) {
			fault(!filepath.IsAbs(path), "sandbox: %q is not an absolute path", path)
		}
	}
	faults = append(faults, s.Limits.faults()...)
	return errors.Join(faults...)
}

func (l *Limits) faults() (faults []error) {
	between := func(name string, v, least, most int64) {
		if v != 0 && (v < least || v > most) {
			faults = append(faults, fmt.Errorf("limits.%s: %d is not between %d and %d", name, v, least, most))
		}
	}
	between("memory", l.Memory, 16<<20, 1<<40)
	between("files", int64(l.Files), 16, 1<<20)
	between("processes", int64(l.Processes), 1, 1<<20)
	between("in_flight", int64(l.InFlight), 1, 65_536)
	between("misses", int64(l.Misses), 1, 1_000)
	between("deadline", int64(l.Deadline), int64(time.Millisecond), int64(time.Hour))
	between("wait", int64(l.Wait), int64(time.Millisecond), int64(time.Hour))
	between("start", int64(l.Start), int64(10*time.Millisecond), int64(time.Hour))
	between("stop", int64(l.Stop), int64(time.Millisecond), int64(time.Hour))
	between("backoff", int64(l.Backoff), int64(time.Millisecond), int64(longestBackoff))
	return faults
}

func isObject(b []byte) bool {
	var o map[string]json.RawMessage
	return json.Unmarshal(b, &o) == nil && o != nil
}

func isDigest(s string) bool {
	return len(s) == 64 && strings.Trim(strings.ToLower(s), "0123456789abcdef") == ""
}

// deadline is how long one call at a point may take.
func (l *Limits) deadline(p sdk.Point) time.Duration {
	if l.Deadline > 0 {
		return l.Deadline
	}
	if row, ok := p.Row(); ok {
		return row.Deadline
	}
	return time.Second
}
