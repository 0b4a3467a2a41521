//go:build !linux

package process

import (
	"os"
	"os/exec"
	"path/filepath"
)

// execute makes the command run the program by its name, after comparing what has that name now.
func execute(cmd *exec.Cmd, p *program) error {
	path, err := filepath.Abs(p.path)
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	cmd.Path = path
	return (&program{file: f, sum: p.sum}).check()
}

// restrain sets no limits: the system does not let another process set them.
func restrain(int, *Limits) error { return nil }

// await returns when the process has ended. What it leaves behind of its group ends by itself, or not.
func (p *proc) await() {
	_ = p.cmd.Wait() // the state says it
	p.mu.Lock()
	p.waited = true
	p.mu.Unlock()
}

// again opens a file once more, so that it can be closed without the other one.
func again(f *os.File) (*os.File, error) { return os.Open(f.Name()) }

// inherited is not used: the program is executed by its name.
const inherited = 0
