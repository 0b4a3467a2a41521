package audit

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Settings may be changed while the log is open.
type Settings struct {
	MaxSize int64         // bytes after which a new file is begun
	MaxAge  time.Duration // the same since a file's first record; 0: never
	Sync    time.Duration // records are on the disk after so long; 0: the system decides
	Keep    time.Duration // files are removed when their last record is older; 0: never
}

// Options of Open. All are needed.
type Options struct {
	Settings
	Dir string // is made with mode 0700 where it is missing
	Log *slog.Logger
	Now func() time.Time

	wrap func(*os.File) file // for tests
}

// The bounds of what waits to be written.
const (
	maxQueue   = 8192             // records
	retryAfter = time.Second      // after a write failed
	tellAgain  = time.Minute      // that it still fails
	maxTorn    = maxText          // bytes of a torn line that are kept
	maxSpare   = 256              // records for which room is kept
	window     = time.Minute      // in which equal refusals are counted
	soon       = time.Millisecond // the shortest wait for a sync that is due
)

// Log is an open log. Its methods may be called from several goroutines. Observe and Add wait for no sync and for nobody
// else; they may write a line into the page cache, as long as that is quick.
type Log struct {
	dir  string
	log  *slog.Logger
	now  func() time.Time
	root *os.Root

	mu       sync.Mutex
	settings Settings
	queue    []Record
	lost     int64     // records for which there was no room
	since    time.Time // the first of them
	flood    flood
	urgent   bool // what waits should be on the disk at once
	ended    bool
	failing  error // why nothing can be written, as the guard and the status say
	state    State

	crashed bool // the last run ended without a word
	wrap    func(*os.File) file

	turning sync.Mutex // held by who runs the writer; mu may be taken while it is held, never the other way

	wake   chan struct{}
	flush  chan chan State
	stop   chan struct{}
	gone   chan struct{}
	writer writer
}

// State is how the log does.
type State struct {
	Dir  string `json:"dir"`
	Seq  int64  `json:"seq"`  // of the last record written
	Hash string `json:"hash"` // of that record
	Lost int64  `json:"lost"` // since the server started
	// Failing says why nothing can be written at the moment; "": it can.
	Failing string `json:"failing,omitempty"`
}

// Open opens the log in a folder, goes on where it ended and starts to write. The caller sees to it that nobody else has
// it open: it holds the data folder's lock.
func Open(o Options) (*Log, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the audit log: %w", err)
	}
	root, err := os.OpenRoot(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("open the audit log: %w", err)
	}
	l := &Log{dir: o.Dir, log: o.Log, now: o.Now, root: root, settings: o.Settings, wrap: o.wrap,
		wake: make(chan struct{}, 1), flush: make(chan chan State), stop: make(chan struct{}), gone: make(chan struct{})}
	l.writer = writer{l: l, root: root}
	if err := l.writer.open(); err != nil {
		root.Close()
		return nil, fmt.Errorf("open the audit log in %s: %w", o.Dir, err)
	}
	l.state = State{Dir: o.Dir, Seq: l.writer.at.Seq, Hash: l.writer.at.Hash}
	go l.writer.run()
	return l, nil
}

// Apply changes the settings from the next batch on.
func (l *Log) Apply(s Settings) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settings = s
}

// Add writes a record; one without a time is of now. Operators' actions and what is said of the server are on the disk
// as soon as possible. What comes after Close is lost.
func (l *Log) Add(r Record) {
	l.mu.Lock()
	write := l.add(r)
	l.mu.Unlock()
	if write {
		l.written()
	}
}

// add puts a record into the queue, or counts it where there is no room. l.mu is held. True: the caller has it written,
// when it holds l.mu no more.
func (l *Log) add(r Record) (write bool) {
	if r.Time.IsZero() {
		r.Time = l.now()
	}
	if len(l.queue) >= maxQueue {
		if l.lost == 0 {
			l.since = r.Time
		}
		l.lost++
		l.state.Lost++
		return false
	}
	l.queue = append(l.queue, r)
	switch r.Event {
	case Operator, Reloaded, Started, Stopped:
		l.urgent = true
	}
	if l.urgent {
		l.rouse()
	}
	return !l.urgent && l.failing == nil // else the writer's goroutine comes by itself
}

// take gives the writer what waits, and the queue room for more. A gap is told before what came after it: nothing is added
// while there is no room.
func (l *Log) take(now time.Time, all bool, room []Record) (batch []Record, urgent bool, s Settings) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flood.end(now, all, func(r Record) { _ = l.add(r) })
	batch, urgent = l.queue, l.urgent
	if l.lost > 0 {
		batch = append(batch, Record{Time: now, Event: LogLost, Count: l.lost, Since: l.since,
			Detail: "there was no room for more"})
	}
	l.queue, l.lost, l.urgent = room, 0, false
	return batch, urgent, l.settings
}

// report says how far the log has come, and why it does not come further.
func (l *Log) report(at place, failing error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.Seq, l.state.Hash, l.state.Failing, l.failing = at.Seq, at.Hash, "", failing
	if failing != nil {
		l.state.Failing = failing.Error()
	}
}

// State tells how the log does, without waiting for what is under way.
func (l *Log) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// Crashed reports whether the last record of the log, as it was found, is not that of a server that stopped.
func (l *Log) Crashed() bool { return l.crashed }

// Flush writes what waits, makes it durable as far as that can be, and tells how the log does.
func (l *Log) Flush(ctx context.Context) State {
	reply := make(chan State, 1)
	select {
	case l.flush <- reply:
	case <-l.gone:
		return l.State()
	case <-ctx.Done():
		return l.State()
	}
	select {
	case s := <-reply:
		return s
	case <-ctx.Done():
		return l.State()
	}
}

// failed tells why nothing can be written, or that something had no room; nil: all is well.
func (l *Log) failed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failing == nil && l.lost > 0 {
		return errFull
	}
	return l.failing
}

// Close writes what waits and closes the log. What cannot be written is lost, and the server's own log says so.
func (l *Log) Close() error {
	l.mu.Lock()
	again := l.ended
	l.ended = true
	l.mu.Unlock()
	if !again {
		close(l.stop)
	}
	<-l.gone
	return l.writer.failure
}
