package process

import (
	"os/exec"
	"runtime"
	"sync"
	"time"
)

// proc is a process that was started here, and its group. It is never signalled once it was waited for: its number may
// be somebody else's then.
type proc struct {
	cmd  *exec.Cmd
	pid  int
	gone chan struct{} // closed when the process has ended and was waited for

	mu     sync.Mutex
	waited bool
	state  string // how it ended; after gone
}

// startProc starts a command as the leader of a group of its own. The goroutine that starts it keeps its thread until
// the process has ended: the system ends the process with that thread (see attributes).
func startProc(cmd *exec.Cmd, limits *Limits) (*proc, error) {
	p := &proc{cmd: cmd, gone: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.gone)
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		p.pid = cmd.Process.Pid
		err := restrain(p.pid, limits)
		if err != nil {
			p.kill()
		}
		started <- err
		p.await()
		p.state = cmd.ProcessState.String()
	}()
	if err := <-started; err != nil {
		<-p.gone
		return nil, err
	}
	return p, nil
}

// kill ends the process and its group at once, stopped or not. It may be called at any time.
func (p *proc) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.waited && p.pid != 0 {
		signalGroup(p.pid)
	}
}

// ended says how the process ended, and waits a little for that; "" when it has not.
func (p *proc) ended(within time.Duration) string {
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case <-p.gone:
		return p.state
	case <-t.C:
		return ""
	}
}
