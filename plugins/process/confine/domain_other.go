//go:build !linux

package confine

import "errors"

var errNoDomain = errors.New("landlock is Linux's, and this system is another one")

// Whole says why the system cannot hold a process to a [Domain]; nil: it can.
func Whole() error { return errNoDomain }

// Pin does nothing here.
func (d *Domain) Pin() {}

// Enter confines this process. It always fails here.
func (d *Domain) Enter([]string, []string) error { return errNoDomain }

// Proven fails unless this process is in the domain.
func (d *Domain) Proven() error { return errNoDomain }
