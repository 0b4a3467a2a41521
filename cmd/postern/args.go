package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// oneArg takes the one word that the verb's usage names.
func oneArg(cmd *cobra.Command, args []string) error {
	switch what := strings.Fields(cmd.Use)[1]; {
	case len(args) == 0:
		return usagef("%s is missing: %s", what, cmd.UseLine())
	case len(args) > 1:
		return usagef("%q is one word too many: %s", args[1], cmd.UseLine())
	}
	return nil
}

// noArgs takes no word.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%q is one word too many: %s", args[0], cmd.UseLine())
	}
	return nil
}
