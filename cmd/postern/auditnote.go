package main

import (
	"os"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/cmd/internal/audit"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/wiring"
)

// note is the audit log for a verb that works while no server runs. Its zero value writes nothing.
type note struct {
	log     *audit.Log
	command string
}

// openNote opens the log of a configuration for a command.
func openNote(l *config.Loaded, command string) (note, error) {
	log, err := wiring.OpenAudit(l)
	return note{log, command}, err
}

// add writes what the user who runs this has done.
func (n note) add(r audit.Record) {
	if n.log != nil {
		r.Event, r.Command, r.Actor = audit.Operator, n.command, admin.NameOf(os.Getuid())
		n.log.Add(r)
	}
}

func (n note) close() error {
	if n.log == nil {
		return nil
	}
	return n.log.Close()
}
