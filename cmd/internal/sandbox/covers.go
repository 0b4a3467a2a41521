package sandbox

import (
	"fmt"
	"slices"

	"github.com/postern/postern/cmd/internal/config"
)

// Covers fails unless all that a configuration names lies within what was granted when the server started: nothing can be
// added to a sandbox. The error is [config.Faults], all of them.
func (s *Sandbox) Covers(c *config.Loaded) error {
	var faults config.Faults
	fault := func(at config.Path, format string, args ...any) {
		faults = append(faults, c.FaultAt(at, "%s lies outside the sandbox that the server started with: stop the server and start it again",
			fmt.Sprintf(format, args...)))
	}
	for _, r := range c.Reaches() {
		if !s.permits(r.Access, real(r.Path)) {
			fault(r.At, "%s (%s)", r.Path, r.Access)
		}
	}
	for _, p := range c.Binds() {
		if !slices.Contains(s.Bind, p.Port) {
			fault(p.At, "port %d", p.Port)
		}
	}
	ports, anywhere := c.Calls()
	for _, at := range anywhere {
		if !s.Anywhere {
			fault(at, "to call other machines")
		}
	}
	for _, p := range ports {
		if !s.Anywhere && !slices.Contains(s.Connect, p.Port) {
			fault(p.At, "to call port %d", p.Port)
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

func (s *Sandbox) permits(access config.Access, path string) bool {
	lists := [][]string{s.Write}
	switch access {
	case config.Read:
		lists = [][]string{s.Read, s.Execute, s.Write}
	case config.Execute:
		lists = [][]string{s.Execute}
	}
	for _, list := range lists {
		if slices.ContainsFunc(list, func(above string) bool { return within(path, above) }) {
			return true
		}
	}
	return false
}
