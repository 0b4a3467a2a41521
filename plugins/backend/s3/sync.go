package s3

import (
	"encoding/json"
	"time"

	"github.com/postern/postern/sdk"
)

const (
	// linger is how long Sync waits for more bytes before it stores a tail: while they come, a part will do.
	linger = 5 * time.Millisecond
	// lingerMost ends that where bytes trickle: a restart should not lose more than a second of them.
	lingerMost = time.Second
)

// state is what Sync returns. The parts are not listed in it: the store knows them, and a file may have 10,000.
type state struct {
	Version int    `json:"v"`
	Upload  string `json:"upload,omitempty"`
	Parts   int    `json:"parts,omitempty"` // numbers 1 to Parts
	At      int64  `json:"at,omitempty"`    // bytes in them
	Tail    int    `json:"tail,omitempty"`  // number of the first object of the tail
	Tails   int    `json:"tails,omitempty"` // how many it has
	CRC     uint32 `json:"crc,omitempty"`   // CRC-32C of its bytes
	Size    int64  `json:"size"`            // durable bytes
}

func (s state) encode() ([]byte, error) {
	s.Version = version
	return json.Marshal(s)
}

// decodeState reads a state; none gives an empty one.
func decodeState(b []byte) (s state, err error) {
	if len(b) == 0 {
		return s, nil
	}
	err = json.Unmarshal(b, &s)
	if err != nil || s.Version != version || s.Parts < 0 || s.Parts > maxParts || s.At < 0 || s.Size < s.At || s.Tails < 0 {
		return s, sdk.Refuse(sdk.FileOpen, "the state of the temporary file is not ours").Because(err)
	}
	return s, nil
}

// State is that of a transfer of which nothing is in the store. The id alone finds the rest.
func (w *writer) State() ([]byte, error) { return state{}.encode() }

// Sync makes the bytes up to the last sync point durable, or all of them where none was told: in parts, and in a tail
// behind them.
func (w *writer) Sync() (int64, []byte, error) {
	w.sync.Lock()
	defer w.sync.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return 0, nil, err
	}
	w.forgetTails()
	if err := w.makeDurable(); err != nil {
		return 0, nil, w.fail("make the file durable", err)
	}
	return w.durable, w.state, nil
}

func (w *writer) makeDurable() error {
	if err := w.begin(false); err != nil {
		return err
	}
	until := time.Now().Add(lingerMost)
	for {
		if err := w.usable(); err != nil {
			return err
		}
		p := w.goal()
		if p <= w.cur.start {
			return w.reachInParts(p)
		}
		if !w.quiet() && time.Now().Before(until) {
			continue
		}
		if p = w.goal(); p <= w.cur.start {
			continue
		}
		if p-w.cur.start >= MinPart && len(w.parts) < maxParts-1 {
			if err := w.cut(p); err != nil {
				return err
			}
			continue
		}
		c := w.cur
		if err := w.extend(c, p); err != nil {
			return err
		}
		if c.tail.end < p {
			continue // it was written anew meanwhile
		}
		return w.say(p, c.start, c.tail)
	}
}

// goal is the place that the next Sync reaches.
func (w *writer) goal() int64 {
	if w.point >= 0 {
		return w.point
	}
	return w.cur.end()
}

// quiet waits a moment and reports whether nothing was written meanwhile. It returns at once when a part was cut.
func (w *writer) quiet() bool {
	writes, start, over := w.writes, w.cur.start, false
	timer := time.AfterFunc(linger, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		over = true
		w.cond.Broadcast()
	})
	defer timer.Stop()
	for !over && w.cur.start == start && w.usable() == nil {
		w.cond.Wait()
	}
	return w.writes == writes
}

// reachInParts makes a place durable that is not in cur: whole parts suffice, or the one that holds it gets a tail.
func (w *writer) reachInParts(p int64) error {
	k := 0
	for k < len(w.parts) && w.parts[k].end <= p {
		k++
	}
	if k == len(w.parts) || w.parts[k].start == p {
		return w.say(p, p, nil)
	}
	q := w.parts[k]
	if q.tail.end < p {
		if q.mem == nil { // it went on before its points were told: nothing new is durable
			return w.sayAgain()
		}
		if err := w.extend(q.mem, p); err != nil {
			return err
		}
	}
	return w.say(p, q.start, q.tail)
}

// say waits for the parts before p and makes the state of a restart there: behind them stands a tail that begins at at;
// nil: none.
func (w *writer) say(p, at int64, t *tail) error {
	s := state{Size: p, At: p}
	if t != nil {
		s.At, s.Tail, s.Tails, s.CRC = at, t.first, t.n, t.crc
	}
	for s.Parts < len(w.parts) && w.parts[s.Parts].end <= s.At {
		s.Parts++
	}
	for !w.uploaded(s.Parts) {
		if err := w.usable(); err != nil {
			return err
		}
		w.cond.Wait()
	}
	if w.begun != nil {
		s.Upload = w.begun.Upload
	}
	kept, err := s.encode()
	if err == nil {
		w.durable, w.state, w.spoken = p, kept, s.Parts
	}
	return err
}

// sayAgain says what was said last.
func (w *writer) sayAgain() (err error) {
	if w.state == nil {
		w.state, err = state{}.encode()
	}
	return err
}

// uploaded reports whether the first n parts are in the store.
func (w *writer) uploaded(n int) bool {
	for _, p := range w.parts[:n] {
		if !p.done {
			return false
		}
	}
	return true
}
