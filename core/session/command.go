package session

import (
	"context"
	"errors"
	"sync"

	"github.com/postern/postern/sdk"
)

// Verb is what an operator may do to a running transfer.
type Verb string

const (
	// Halt stops the transfer; it is held and may be restarted (PeSIT: IDT 2-216, code 4).
	Halt Verb = "halt"
	// Keep stops the transfer; it is kept until an operator releases it (PeSIT: IDT 2-216, code 12).
	Keep Verb = "keep"
)

var (
	// ErrNotRunning says that no session of this server moves that transfer.
	ErrNotRunning   = errors.New("the transfer is not running")
	errGone         = errors.New("the session ended meanwhile")
	errAlreadyEnded = errors.New("the transfer ended before it could be stopped")
)

// command reaches a session from an operator; drain from the server.
type command struct {
	verb     Verb
	transfer string
	by       string
	reply    chan error
}

type drain struct{ now bool }

// expel ends a session whose partner was switched off.
type expel struct{ by string }

// commanded obeys an operator. The answer is given when the transfer has stopped.
func (s *Session) commanded(ctx context.Context, c command) {
	for _, t := range s.open {
		if t.entry.ID != c.transfer || !t.started() && t.at != granted {
			continue
		}
		t.waiters = append(t.waiters, c.reply)
		t.keep = t.keep || c.verb == Keep
		why := sdk.Refuse(sdk.OperatorHalt, "%s by %s", c.verb, c.by)
		switch t.at {
		case granted: // it stops as soon as it begins; one that is left before that is gone
			t.halt = why
		case moving:
			s.stop(ctx, t, why, t.keep)
		}
		return // a stop or an end that is under way answers
	}
	c.reply <- ErrNotRunning
}

// Registry knows the sessions of a server and the transfers they move. The zero value is ready.
type Registry struct {
	mu        sync.Mutex
	draining  bool
	stopping  chan struct{} // closed when draining; nil: nobody has asked for it
	sessions  map[string]*Session
	transfers map[string]*Session
	partners  map[string]string // session id → partner
}

// add makes a session known, and reports whether the server stops already.
func (r *Registry) add(s *Session) (draining bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sessions == nil {
		r.sessions, r.transfers, r.partners = map[string]*Session{}, map[string]*Session{}, map[string]string{}
	}
	r.sessions[s.id] = s
	return r.draining
}

func (r *Registry) remove(s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sessions, s.id)
	delete(r.partners, s.id)
}

func (r *Registry) identified(s *Session, partner string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.partners[s.id] = partner
}

// claims says that a session is about to take a transfer; another one that has it keeps it.
func (r *Registry) claims(s *Session, transfer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.transfers[transfer] == nil {
		r.transfers[transfer] = s
	}
}

// holds says that the catalog gave it the transfer.
func (r *Registry) holds(s *Session, transfer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.transfers[transfer] = s
}

// lets ends that, unless another session has the transfer by now.
func (r *Registry) lets(s *Session, transfer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.transfers[transfer] == s {
		delete(r.transfers, transfer)
	}
}

func (r *Registry) moving(transfer string) *Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.transfers[transfer]
}

// Sessions is the number of sessions that are open.
func (r *Registry) Sessions() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.sessions)
}

// Command has a running transfer stopped and returns when it has. by names the operator.
func (r *Registry) Command(ctx context.Context, v Verb, transfer, by string) error {
	s := r.moving(transfer)
	if s == nil {
		return ErrNotRunning
	}
	c := command{verb: v, transfer: transfer, by: by, reply: make(chan error, 1)}
	s.x.Tell(c)
	select {
	case err := <-c.reply:
		return err
	case <-s.end:
		return ErrNotRunning
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Drain asks every session to end, those that come later too: at its next good moment, or now. It waits for none.
func (r *Registry) Drain(now bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.draining && r.stopping != nil {
		close(r.stopping)
	}
	r.draining = true
	for _, s := range r.sessions {
		s.x.Tell(drain{now})
	}
}

// drains gives a channel that is closed when the server stops.
func (r *Registry) drains() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopping == nil {
		r.stopping = make(chan struct{})
		if r.draining {
			close(r.stopping)
		}
	}
	return r.stopping
}

// Expel ends the sessions of a partner that was switched off; their transfers are interrupted. It waits for none and
// returns how many there were.
func (r *Registry) Expel(partner, by string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for id, p := range r.partners {
		if s := r.sessions[id]; p == partner && s != nil {
			s.x.Tell(expel{by})
			n++
		}
	}
	return n
}

// probe looks after a transfer that a peer wants to restart while a session still holds it: a connection that the peer
// has closed is noticed within a moment. It reports whether the transfer is free now.
func (r *Registry) probe(ctx context.Context, transfer string) bool {
	s := r.moving(transfer)
	if s == nil {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	select {
	case <-s.end:
		return true
	case <-ctx.Done():
		return false
	}
}
