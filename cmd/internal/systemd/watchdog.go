package systemd

import (
	"context"
	"time"
)

// Watch feeds the manager's watchdog until ctx ends: twice in its time, and only when check, which gets half of that
// time at most, finds that the server is alive. After a failure it goes on: what passes in time is forgiven.
// Where the manager wants no watchdog it returns at once.
func (n *Notifier) Watch(ctx context.Context, check func(context.Context) error) {
	if n == nil || n.watchdog <= 0 {
		return
	}
	every := n.watchdog / 2
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	failed := false
	for {
		err := within(ctx, every, check)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			n.alive()
			if failed {
				n.log.Info("the self-check passes again")
				n.Status("Running")
			}
		default:
			n.log.Error("the self-check failed: the service manager's watchdog is not fed", "error", err)
			n.Status("The self-check failed: " + err.Error())
		}
		failed = err != nil
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func within(ctx context.Context, d time.Duration, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return check(ctx)
}
