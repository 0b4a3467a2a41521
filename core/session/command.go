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

// commanded obeys an operator. The answer is given when the transfer has stopped.
func (s *Session) commanded(ctx context.Context, c command) {
	for _, t := range s.open {
		if t.entry.ID != c.transfer || !t.started() {
			continue
		}
		t.waiters = append(t.waiters, c.reply)
		why := sdk.Refuse(sdk.OperatorHalt, "%s by %s", c.verb, c.by)
		if t.at == finishing {
			t.keep = t.keep || c.verb == Keep
			t.answer(errAlreadyEnded)
			return
		}
		s.stop(ctx, t, why, c.verb == Keep)
		return
	}
	c.reply <- ErrNotRunning
}

// Registry knows the sessions of a server and the transfers they move. The zero value is ready.
type Registry struct {
	mu        sync.Mutex
	sessions  map[string]*Session
	transfers map[string]*Session
	partners  map[string]string // session id → partner
}

func (r *Registry) add(s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sessions == nil {
		r.sessions, r.transfers, r.partners = map[string]*Session{}, map[string]*Session{}, map[string]string{}
	}
	r.sessions[s.id] = s
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

func (r *Registry) holds(s *Session, transfer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.transfers[transfer] = s
}

func (r *Registry) lets(transfer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.transfers, transfer)
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
	if !s.x.Post(c, s.end) {
		return ErrNotRunning
	}
	select {
	case err := <-c.reply:
		return err
	case <-s.end:
		return ErrNotRunning
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Drain asks every session to end: at its next good moment, or now.
func (r *Registry) Drain(now bool) {
	r.mu.Lock()
	all := make([]*Session, 0, len(r.sessions))
	for _, s := range r.sessions {
		all = append(all, s)
	}
	r.mu.Unlock()
	for _, s := range all {
		s.x.Post(drain{now}, s.end)
	}
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
