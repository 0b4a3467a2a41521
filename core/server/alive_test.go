package server

import (
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/core/session"
)

// scarce is a socket whose next accept gives an error.
type scarce struct {
	net.Listener
	next chan error
}

func (s scarce) Accept() (net.Conn, error) { return nil, <-s.next }

func TestAListenerThatCannotAcceptIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(&session.House{}, slog.New(slog.DiscardHandler))
		b := &bound{socket: scarce{next: make(chan error)}}
		b.settings.Store(&session.Listener{Name: "a"})
		s.bound["a"] = b
		s.accepts.Go(func() { s.accept(b) })
		next := b.socket.(scarce).next
		if err := errors.Join(s.Alive(), s.Taking()); err != nil {
			t.Error(err)
		}
		next <- errors.New("too many open files")
		synctest.Wait()
		if err := s.Taking(); err == nil || !strings.Contains(err.Error(), "too many open files") {
			t.Errorf("taking: %v", err)
		}
		if err := s.Alive(); err != nil {
			t.Errorf("it tries again, so it lives: %v", err)
		}
		time.Sleep(time.Second)
		next <- net.ErrClosed
		synctest.Wait()
		if err := s.Alive(); err == nil {
			t.Error("its loop has ended, and it lives")
		}
	})
}
