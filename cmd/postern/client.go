package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
)

// asks makes the body of a verb that speaks to the running server.
func (a *app) asks(run func(ctx context.Context, c *admin.Client, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		l, err := a.load(nil)
		if err != nil {
			return err
		}
		c := admin.Dial(l.DataDir)
		defer c.Close()
		err = run(cmd.Context(), c, args)
		var p *admin.Problem
		switch {
		case errors.Is(err, admin.ErrNoServer):
			return noServerError{nearby(l.DataDir)}
		case errors.As(err, &p) && p.Configuration():
			return usage(err)
		}
		return err
	}
}

// noServerError says that no server runs with a data folder.
type noServerError struct{ folder string }

// Error says what to do.
func (e noServerError) Error() string {
	return fmt.Sprintf("no server is running for %s (start one with 'postern serve')", e.folder)
}

// nearby writes a path below the working folder as people type it.
func nearby(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(wd, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return path
	}
	return "./" + rel
}
