package main

import (
	"testing"

	"github.com/spf13/cobra"
)

func TestEveryVerbIsListedOnceAndSaysWhatItDoes(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Short == "" {
			t.Errorf("%s does not say what it does", c.CommandPath())
		}
		if c.RunE == nil {
			t.Errorf("%s does nothing", c.CommandPath())
		}
		seen := map[string]bool{}
		for _, v := range c.Commands() {
			if seen[v.Name()] {
				t.Errorf("%s is there twice", v.CommandPath())
			}
			seen[v.Name()] = true
			walk(v)
		}
	}
	a, _ := testApp()
	walk(newRootCommand(a))
}
