//go:build !linux

package confine

import "errors"

// Possible: there is a step to take at all.
const Possible = false

// Lacks says what the system cannot do of a sandbox: nothing is possible here.
func Lacks(bool) string {
	return "landlock, which only Linux has: the process may reach every file and the network"
}

func become(*Spec, []string) error { return errors.New("there is no sandbox on this system") }
