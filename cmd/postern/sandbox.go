package main

import (
	"os"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/sandbox"
)

// sandbox confines the server where the configuration wants it: then this process begins again from main, and finds
// itself confined here. nil: it is not to be confined.
func (a *app) sandbox(loaded *config.Loaded, flags serveFlags) (*sandbox.Sandbox, error) {
	box, err := sandbox.Entered(a.lookupEnv)
	if err != nil {
		return nil, err
	}
	if box != nil {
		return box, box.Covers(loaded) // it may have changed since
	}
	if loaded.Sandbox != config.SandboxLandlock {
		return nil, nil
	}
	o := sandbox.Options{Config: loaded, Args: os.Args, Environ: a.environ}
	if flags.record != "" {
		o.Write = append(o.Write, flags.record)
	}
	return nil, sandbox.Enter(o)
}

// reloadWithin loads the configuration again. One that names what the sandbox does not hold is refused before any of it
// is opened, which would only say that it is not permitted.
func (a *app) reloadWithin(box *sandbox.Sandbox) func() (*config.Loaded, error) {
	if box == nil {
		return a.loadResolved
	}
	return func() (*config.Loaded, error) {
		o := a.options(a.references())
		o.Within = box.Covers
		return a.loadWith(o)
	}
}
