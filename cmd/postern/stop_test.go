package main

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// slow is a server that needs some time to stop, less when it hurries. 0: for ever.
type slow struct{ needs, hurried time.Duration }

func (s slow) StopTime() time.Duration { return time.Minute }

func (s slow) Stop(ctx context.Context) error {
	if s.needs > 0 {
		select {
		case <-time.After(s.needs):
			return nil
		case <-ctx.Done():
		}
	}
	if s.hurried > 0 {
		<-ctx.Done()
		time.Sleep(s.hurried)
		return nil
	}
	time.Sleep(time.Hour) // for ever, as far as the server goes
	return nil
}

func TestASecondSignalEndsAServerThatHangsAndAThirdOneAnyServer(t *testing.T) {
	for name, c := range map[string]struct {
		server  slow
		signals []syscall.Signal
		want    string
		after   time.Duration
	}{
		"it stops in good order":           {slow{needs: 30 * time.Second}, nil, "", 30 * time.Second},
		"it hurries":                       {slow{needs: time.Hour, hurried: time.Second}, []syscall.Signal{syscall.SIGTERM}, "", time.Second},
		"it hangs":                         {slow{}, nil, "not stopped after 1m0s", time.Minute},
		"it hangs and is told twice":       {slow{}, []syscall.Signal{syscall.SIGINT}, "not stopped after 3s", hurry},
		"it hurries and is told thrice":    {slow{hurried: time.Second}, []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}, "third signal", 0},
		"it is told to reload, and stops":  {slow{needs: time.Second}, []syscall.Signal{syscall.SIGHUP, syscall.SIGHUP}, "", time.Second},
		"it hangs and is told all of them": {slow{}, []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGHUP}, "not stopped after 3s", hurry},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				signals := make(chan os.Signal, 4)
				for _, s := range c.signals {
					signals <- s
				}
				began := time.Now()
				err := stop(t.Context(), c.server, signals, slog.New(slog.DiscardHandler))
				if took := time.Since(began); took != c.after {
					t.Errorf("it ended after %s, want %s", took, c.after)
				}
				time.Sleep(2 * time.Hour) // what was left behind ends with the bubble
				if c.want == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
					t.Errorf("it ended with %v, want %q", err, c.want)
				}
			})
		})
	}
}
