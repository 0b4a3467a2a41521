package process

import "github.com/postern/postern/plugins/process/confine"

// spec is what the command that confines is told.
func (e *Exit) spec(dir string) (string, error) {
	b := e.set.Sandbox
	s := confine.Spec{Program: inherited, Read: b.Read, Write: append([]string{dir}, b.Write...), Network: b.Network}
	return s.Argument()
}

// noteSandbox says once what the system cannot do of the sandbox that is wanted.
func (e *Exit) noteSandbox() {
	if e.set.Sandbox == nil {
		return
	}
	if lacks := confine.Lacks(!e.set.Sandbox.Network); lacks != "" {
		e.set.Log.Warn("the system cannot confine the exit's process as configured", "lacks", lacks)
	}
}
