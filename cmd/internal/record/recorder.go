package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern/postern/sdk"
)

const (
	// DefaultLimit is how many files a folder gets.
	DefaultLimit = 10_000
	// waiting is how many events may wait to be written.
	waiting = 1024

	folderMode = 0o700
	fileMode   = 0o600
)

// Recorder writes events into a folder. A nil one records nothing.
type Recorder struct {
	root    *os.Root
	log     *slog.Logger
	now     func() time.Time
	limit   int
	files   int // in the folder
	number  int // of the last file
	full    bool
	queue   chan Event
	over    chan struct{} // closed when nothing more is taken
	end     sync.Once
	writing sync.WaitGroup
	written atomic.Int64
	dropped atomic.Int64
}

// Open makes the folder for its owner alone where it is missing, and records into it until Close. limit is how many
// events it may hold, those that are there already counted; below 1: DefaultLimit. A folder that lets others in is not
// used: events tell who sends what to whom.
func Open(dir string, limit int, log *slog.Logger, now func() time.Time) (*Recorder, error) {
	if limit < 1 {
		limit = DefaultLimit
	}
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	r := &Recorder{root: root, log: log, now: now, limit: limit, queue: make(chan Event, waiting), over: make(chan struct{})}
	if err := r.look(dir); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	r.writing.Go(r.write)
	return r, nil
}

// eventName is the name of a file that a recorder has written: when, at which point, by whom, the how manieth.
var eventName = regexp.MustCompile(`^\d{8}T\d{6}\.\d{3}-[a-z]+-[A-Za-z0-9._-]+-(\d{6,})\.json$`)

// look counts what the folder holds.
func (r *Recorder) look(dir string) error {
	info, err := r.root.Stat(".")
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s lets others in (mode %04o): recorded events tell who sends what to whom (chmod 700)", dir, info.Mode().Perm())
	}
	entries, err := fs.ReadDir(r.root.FS(), ".")
	for _, e := range entries {
		if m := eventName.FindStringSubmatch(e.Name()); m != nil {
			n, _ := strconv.Atoi(m[1])
			r.files, r.number = r.files+1, max(r.number, n)
		}
	}
	return err
}

// Exit is the same exit with its decisions recorded. config is its section of the configuration as it stands there, with
// no secret resolved.
func (r *Recorder) Exit(name string, config json.RawMessage, e sdk.Exit) sdk.Exit {
	if r == nil || e == nil {
		return e
	}
	return &recorded{r, name, config, e}
}

type recorded struct {
	to     *Recorder
	name   string
	config json.RawMessage
	exit   sdk.Exit
}

// Decide asks the exit and puts question and answer into the queue. The facts are the question's own and nobody changes
// them any more.
func (x *recorded) Decide(ctx context.Context, q sdk.Question) (sdk.Verdict, error) {
	began := x.to.now()
	v, err := x.exit.Decide(ctx, q)
	e := Event{Question: q, Config: x.config, Exit: x.name, Took: x.to.now().Sub(began)}
	if err != nil {
		e.Failed = err.Error()
	} else {
		e.Verdict = &v
	}
	x.to.take(e)
	return v, err
}

// take never waits.
func (r *Recorder) take(e Event) {
	select {
	case <-r.over:
		r.dropped.Add(1)
		return
	default:
	}
	select {
	case r.queue <- e:
	default:
		if r.dropped.Add(1) == 1 {
			r.log.Warn("the recording cannot keep up: events are left out")
		}
	}
}

// write is the recorder's goroutine.
func (r *Recorder) write() {
	for {
		select {
		case e := <-r.queue:
			r.keep(&e)
		case <-r.over:
			for {
				select {
				case e := <-r.queue:
					r.keep(&e)
				default:
					return
				}
			}
		}
	}
}

// keep writes one event, unless the folder is full.
func (r *Recorder) keep(e *Event) {
	if r.files >= r.limit {
		if r.dropped.Add(1); !r.full {
			r.full = true
			r.log.Warn("the recording is full: nothing more is recorded", "files", r.files)
		}
		return
	}
	if err := r.store(e); err != nil {
		if r.dropped.Add(1) == 1 {
			r.log.Warn("an event could not be recorded", "exit", e.Exit, "point", string(e.Question.Point), "error", err)
		}
		return
	}
	r.written.Add(1)
}

// store writes a file whole or not at all.
func (r *Recorder) store(e *Event) error {
	b, err := e.Encode()
	if err != nil {
		return err
	}
	r.number++
	name := r.name(e)
	part := "." + name
	if err := r.root.WriteFile(part, b, fileMode); err != nil {
		return errors.Join(err, r.root.Remove(part))
	}
	if err := r.root.Rename(part, name); err != nil {
		return errors.Join(err, r.root.Remove(part))
	}
	r.files++
	return nil
}

var notName = regexp.MustCompile(`[^A-Za-z0-9._-]`)

func (r *Recorder) name(e *Event) string {
	at := r.now()
	if f := e.Question.Facts; f != nil && !f.Time.IsZero() {
		at = f.Time
	}
	return fmt.Sprintf("%s-%s-%.64s-%06d.json", at.UTC().Format("20060102T150405.000"), e.Question.Point,
		notName.ReplaceAllString(e.Exit, "_"), r.number)
}

// Counts tells how many events were written, and how many left out.
func (r *Recorder) Counts() (written, dropped int64) { return r.written.Load(), r.dropped.Load() }

// Close writes what waits and lets go of the folder. What exits are asked afterwards is not recorded.
func (r *Recorder) Close() error {
	if r == nil {
		return nil
	}
	r.end.Do(func() { close(r.over) })
	r.writing.Wait()
	if written, dropped := r.Counts(); dropped > 0 {
		r.log.Warn("recording ended", "written", written, "left_out", dropped)
	} else {
		r.log.Info("recording ended", "written", written)
	}
	return r.root.Close()
}
