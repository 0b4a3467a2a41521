// Package confine puts a process into a sandbox before it becomes the program that shall run in it. The server starts
// itself once more with a word of its own (postern internal-confine), that calls [Main], and Main becomes the program:
//
//	postern internal-confine '{"program":3,"read":["/srv/rules"]}' ./exits/scan --strict
//
// A sandbox cannot be put around a process from outside, and not around one thread of a Go program alone either, so
// there is this step between. It is not for limits, which the server sets itself (plugins/process).
package confine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Verb is the word under which the server's binary offers [Main].
const Verb = "internal-confine"

// Spec says what a process may reach.
type Spec struct {
	// Program is the descriptor under which the program is open.
	Program int `json:"program"`
	// Read and Write list absolute paths of files and folders: to be read, listed and executed, and to be changed as well.
	Read  []string `json:"read,omitempty"`
	Write []string `json:"write,omitempty"`
	// Network permits TCP.
	Network bool `json:"network,omitempty"`
}

// Argument is the spec as the first argument of the command.
func (s Spec) Argument() (string, error) {
	b, err := json.Marshal(s)
	return string(b), err
}

// Main confines the process and becomes the program. args are the spec, the program's name and its arguments. It
// returns only when that failed: it has said why on errs, and gives the exit status.
func Main(args []string, errs io.Writer) int {
	fmt.Fprintln(errs, "confine:", run(args))
	return 1
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("this is a step in the start of an exit's process, not for use by hand")
	}
	var s Spec
	if err := json.Unmarshal([]byte(args[0]), &s); err != nil {
		return fmt.Errorf("read the spec: %w", err)
	}
	return become(&s, args[1:])
}
