// Package trace runs a program as it was built and writes down, in order and with their bytes, the calls that change
// files below a folder, those that make them durable, and what it says on sockets and to its standard output. It is how
// package disk learns what a server does.
//
// It needs Linux 5.3 or later and the right to trace one's own child (ptrace). It is for tests. The test program must
// call [Main] first of all, because it is run a second time as the tracer. The main call is [Start].
package trace

import (
	"bufio"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/postern/postern/cmd/postern/e2e/power/disk"
)

// ErrUnsupported says that programs cannot be traced here.
var ErrUnsupported = errors.New("programs cannot be traced on this system")

// Options of a traced program.
type Options struct {
	// Root is the folder that is watched. What is in it at the first start counts as durable.
	Root string
	// Keep is a folder on the same file system. Each file that is made below Root gets a second name there, the number of
	// its node: its inode outlives it, so that a crash can bring back the very same file.
	Keep string
	// Log is where the trace is written. A later start with the same Log goes on with it.
	Log string
	// Program with its arguments, and the folder and the environment it runs in.
	Program []string
	Dir     string
	Env     []string
	Stderr  io.Writer
}

const tracerEnv = "POSTERN_TEST_TRACER"

// Program is a running traced program.
type Program struct {
	PID    int
	Stdout *bufio.Reader
	cmd    *exec.Cmd
}

// Start runs a program under a tracer of its own.
func Start(o Options) (*Program, error) {
	if !supported {
		return nil, ErrUnsupported
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, o.Program...)
	cmd.Env = append(append([]string(nil), o.Env...), tracerEnv+"="+strings.Join([]string{o.Root, o.Keep, o.Log}, "\n"))
	cmd.Dir, cmd.Stderr = o.Dir, o.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Program{Stdout: bufio.NewReader(out), cmd: cmd}
	line, err := p.Stdout.ReadString('\n')
	if p.PID, _ = strconv.Atoi(strings.TrimPrefix(strings.TrimSpace(line), "traced ")); p.PID == 0 {
		_ = cmd.Wait()
		return nil, fmt.Errorf("%w: the tracer says %q (%v)", ErrUnsupported, line, err)
	}
	return p, nil
}

// Wait waits until the program has ended and its trace is written. The error tells how it ended.
func (p *Program) Wait() error {
	_, _ = io.Copy(io.Discard, p.Stdout)
	return p.cmd.Wait()
}

// Main becomes the tracer of a [Start], where this process was begun by one; else it returns at once.
func Main() {
	o := strings.Split(os.Getenv(tracerEnv), "\n")
	if len(o) != 3 {
		return
	}
	os.Unsetenv(tracerEnv)
	code, err := trace(Options{Root: o[0], Keep: o[1], Log: o[2], Program: os.Args[1:]})
	if err != nil {
		fmt.Println("cannot trace:", err)
		os.Exit(125)
	}
	os.Exit(code)
}

// Read reads a log.
func Read(log string) (*disk.Trace, error) {
	f, err := os.Open(log)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t := &disk.Trace{}
	d := gob.NewDecoder(bufio.NewReaderSize(f, 1<<20))
	if err := d.Decode(t); err != nil {
		return nil, fmt.Errorf("read the trace: %w", err)
	}
	return t, nil
}

// KeptAs is the second name of a node's file.
func KeptAs(keep string, n disk.Node) string { return filepath.Join(keep, strconv.Itoa(int(n))) }
