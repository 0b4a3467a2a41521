package main

import (
	"errors"
	"fmt"

	"github.com/postern/postern/cmd/internal/config"
)

// The exit statuses.
const (
	statusDone        = 0
	statusFailed      = 1
	statusUsage       = 2 // wrong usage or configuration
	statusRefused     = 3 // by the other side, or nothing to receive
	statusInterrupted = 4 // and restartable
)

// exitError is an error that chose its exit status.
type exitError struct {
	status int
	err    error // nil: the verb has said everything already
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// exit makes a verb end with a status; err nil prints nothing more.
func exit(status int, err error) error { return &exitError{status, err} }

func usage(err error) error { return exit(statusUsage, err) }

func usagef(format string, args ...any) error { return usage(fmt.Errorf(format, args...)) }

// statusOf says with which status an error ends the command. What is found out before a verb began is wrong usage.
func (a *app) statusOf(err error) int {
	var chosen *exitError
	var faults config.Faults
	switch {
	case errors.As(err, &chosen):
		return chosen.status
	case errors.As(err, &faults), !a.began:
		return statusUsage
	}
	return statusFailed
}
