package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-plugin/runner"

	"github.com/postern/postern/plugins/process/confine"
	"github.com/postern/postern/sdk"
)

// launch is one start of the program, as go-plugin asks for it. go-plugin sees of standard output only the line of the
// handshake, and nothing of standard error: everything else goes to the log.
type launch struct {
	e       *Exit
	cmd     *exec.Cmd
	dir     string // for its socket, and its TMPDIR
	hello   *io.PipeReader
	helloTo *io.PipeWriter
	stdin   *os.File // our end: it is closed when we end, however that goes
	pipes   []*os.File
	pumps   sync.WaitGroup

	mu   sync.Mutex
	proc *proc
	over bool // it shall not run any more
}

var _ runner.Runner = (*launch)(nil)

// newLaunch prepares a start. cmd bears the environment of the handshake.
func (e *Exit) newLaunch(cmd *exec.Cmd, dir string) (*launch, error) {
	l := &launch{e: e, cmd: cmd, dir: dir}
	l.hello, l.helloTo = io.Pipe()
	s := &e.set
	cmd.Args = slices.Clone(s.Command)
	if err := execute(cmd, e.program); err != nil {
		return nil, err
	}
	if s.Sandbox != nil && confine.Possible {
		if err := l.confine(); err != nil {
			return nil, err
		}
	}
	cmd.Dir = s.Dir
	env := []string{"TMPDIR=" + dir}
	for name, value := range s.Environment {
		env = append(env, name+"="+value)
	}
	cmd.Env = append(env, cmd.Env...) // of two with one name the last counts
	attributes(cmd)
	return l, nil
}

// Start starts the program.
func (l *launch) Start(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over || ctx.Err() != nil {
		return errors.New("it was given up")
	}
	out, errs, theirs, err := l.openPipes()
	if err == nil {
		l.proc, err = startProc(l.cmd, &l.e.set.Limits)
	}
	for _, f := range theirs {
		_ = f.Close() // the process has its own
	}
	if err != nil {
		l.closePipes()
		_ = l.helloTo.Close() // never fails
		return err
	}
	l.pumps.Go(func() { l.safely(func() { l.greet(out) }) })
	l.pumps.Go(func() { l.safely(func() { l.e.talk.listen(errs) }) })
	l.pumps.Go(func() { // what holds the pipes open when it is gone is none of ours
		<-l.proc.gone
		for _, f := range []*os.File{out, errs} {
			_ = f.SetReadDeadline(time.Now().Add(lastWords)) // a pipe can have one
		}
	})
	return nil
}

// safely does what looks at the words of the process in a goroutine of its own. A panic there ends the process, and not ours.
func (l *launch) safely(f func()) {
	var err error
	func() {
		defer sdk.Caught(&err)
		f()
	}()
	if err != nil {
		l.e.set.Log.Error("a bug ended the exit's process", "error", err)
		_ = l.Kill(context.Background()) // never fails
	}
}

// lastWords is how long what a process has said is read after its end.
const lastWords = 200 * time.Millisecond

func (l *launch) openPipes() (out, errs *os.File, theirs []*os.File, err error) {
	pair := func() (r, w *os.File) {
		if err != nil {
			return nil, nil
		}
		if r, w, err = os.Pipe(); err == nil {
			l.pipes = append(l.pipes, r)
		}
		return r, w
	}
	stdin, ours := pair()
	out, outTo := pair()
	errs, errsTo := pair()
	for _, f := range []*os.File{stdin, outTo, errsTo} {
		if f != nil {
			theirs = append(theirs, f)
		}
	}
	if err != nil {
		if ours != nil {
			theirs = append(theirs, ours)
		}
		return nil, nil, theirs, err
	}
	l.stdin, l.pipes[0] = ours, ours
	l.cmd.Stdin, l.cmd.Stdout, l.cmd.Stderr = stdin, outTo, errsTo
	return out, errs, theirs, nil
}

func (l *launch) closePipes() {
	for _, f := range l.pipes {
		_ = f.Close() // nobody uses them any more
	}
	l.pipes = nil
}

// greet hands the first line of standard output on, and logs the others.
func (l *launch) greet(out io.Reader) {
	defer l.helloTo.Close()
	b := bufio.NewReaderSize(out, longestLine)
	line, err := b.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line = append(line[:80:80], '\n')
	}
	_, _ = l.helloTo.Write(line) // nobody listens any more
	l.e.talk.listen(b)
}

// confine puts the command that confines before the program.
func (l *launch) confine() error {
	argument, err := l.e.spec(l.dir)
	if err != nil {
		return err
	}
	l.cmd.Path = l.e.set.Confine[0]
	l.cmd.Args = slices.Concat(l.e.set.Confine, []string{argument}, l.e.set.Command)
	return nil
}

// Stdout gives the line of the handshake.
func (l *launch) Stdout() io.ReadCloser { return l.hello }

// Stderr gives nothing.
func (l *launch) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name is the program's.
func (l *launch) Name() string { return l.e.set.Command[0] }

// Diagnose says why there was no handshake.
func (l *launch) Diagnose(context.Context) string {
	var parts []string
	if how := l.running().ended(afterBreak); how != "" {
		parts = append(parts, "its process ended: "+how)
		l.pumps.Wait()
	}
	if last := l.e.talk.last(); len(last) > 0 {
		parts = append(parts, "it said: "+strings.Join(last, " / "))
	}
	return strings.Join(parts, "; ")
}

func (l *launch) running() *proc {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.proc
}

// Wait waits for the end.
func (l *launch) Wait(context.Context) error {
	p := l.running()
	<-p.gone
	if p.cmd.ProcessState.Success() {
		return nil
	}
	return errors.New(p.state)
}

// Kill ends the process and its group, or prevents its start. It does not wait.
func (l *launch) Kill(context.Context) error {
	l.mu.Lock()
	l.over = true
	p := l.proc
	l.mu.Unlock()
	if p != nil {
		p.kill()
	}
	return nil
}

// bury waits until nothing is left of the start: the process has ended or never began.
func (l *launch) bury() {
	if p := l.running(); p != nil {
		<-p.gone
	}
	l.pumps.Wait()
	l.closePipes()
	_ = l.hello.Close()     // never fails
	_ = os.RemoveAll(l.dir) // a folder of temporary files
	l.e.talk.end()
}

// ID is the number of the process.
func (l *launch) ID() string {
	if p := l.running(); p != nil {
		return strconv.Itoa(p.pid)
	}
	return ""
}

// PluginToHost lets a process be reached only in the folder that was made for it.
func (l *launch) PluginToHost(network, address string) (string, string, error) {
	if network == "unix" && filepath.Dir(address) == filepath.Clean(l.dir) {
		return network, address, nil
	}
	if network == "tcp" && tcpOnly && strings.HasPrefix(address, "127.0.0.1:") {
		return network, address, nil
	}
	return "", "", fmt.Errorf("it wants to be called at %s %s, which is not in its folder", printable(network, 20), printable(address, 200))
}

// HostToPlugin is not used: nothing calls back.
func (l *launch) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
