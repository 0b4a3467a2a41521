package admin

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
)

// halt stops a running transfer; nothing else can be halted.
func (s *Server) halt(ctx ctx, e catalog.Entry) (catalog.Entry, error) {
	if e.Status() != catalog.Running {
		return e, notLegal("halt", e, "only a running transfer can be halted; keep puts a held one out of the peer's reach")
	}
	return s.stop(ctx, e, session.Halt)
}

// keep puts a held entry out of the peer's reach; a running one is stopped for it.
func (s *Server) keep(ctx ctx, e catalog.Entry) (catalog.Entry, error) {
	if e.Status() == catalog.Running {
		return s.stop(ctx, e, session.Keep)
	}
	return s.options.Catalog.Keep(ctx, e.ID, by(ctx))
}

func (s *Server) release(ctx ctx, e catalog.Entry) (catalog.Entry, error) {
	return s.options.Catalog.Lift(ctx, e.ID, by(ctx))
}

func (s *Server) resume(ctx ctx, e catalog.Entry) (catalog.Entry, error) {
	return s.options.Catalog.Resume(ctx, e.ID, by(ctx))
}

// stop has the session of a running transfer stop it, and tells what became of the entry.
func (s *Server) stop(ctx ctx, e catalog.Entry, verb session.Verb) (catalog.Entry, error) {
	err := s.options.Sessions.Command(ctx, verb, e.ID, by(ctx))
	now, gerr := s.options.Catalog.Get(ctx, e.ID)
	switch {
	case err == nil:
		return now, gerr
	case gerr != nil:
		return e, gerr
	case now.Status() != catalog.Running:
		return e, notLegal(string(verb), now, "it was running and came to its end before it could be stopped")
	case errors.Is(err, session.ErrNotRunning):
		return e, fmt.Errorf("entry %s is being granted or is about to end, try again: %w", e.ID, err)
	case ctx.Err() != nil:
		return e, err
	}
	return e, problem(http.StatusConflict, kindChanged, fmt.Sprintf("%s %s: %v", verb, e.ID, err))
}

func notLegal(verb string, e catalog.Entry, why string) error {
	return &catalog.TransitionError{ID: e.ID, Verb: verb, Stage: e.Stage, Step: e.Step, Code: e.Code, Why: why}
}

// Deleted says what a deletion took away.
type Deleted struct {
	Entry   Entry  `json:"entry" doc:"The entry as it last was."`
	Part    bool   `json:"part" doc:"Whether what was received of the file was removed as well."`
	Warning string `json:"warning,omitempty" doc:"What could not be removed."`
}

type deletedOutput struct{ Body Deleted }

// attempts is how often a transfer that is restarted again and again is halted to delete it.
const attempts = 3

func (s *Server) deleteEntry(ctx ctx, in *entryInput) (*deletedOutput, error) {
	var gone catalog.Entry
	var err error
	for range attempts {
		if gone, err = s.deleteOnce(ctx, in.ID); !errors.Is(err, catalog.ErrTransition) {
			break
		}
	}
	if err != nil {
		return nil, s.fault(ctx, "delete", err)
	}
	out := &deletedOutput{Deleted{Entry: Entry{gone}}}
	if out.Body.Part, err = s.removePart(gone); err != nil {
		out.Body.Warning = "the entry is deleted, but not what was received of its file: " + err.Error()
	}
	s.acted(ctx, "delete", gone)
	return out, nil
}

func (s *Server) deleteOnce(ctx ctx, id string) (catalog.Entry, error) {
	e, err := s.entry(ctx, id)
	if err != nil {
		return e, err
	}
	if e.Status() == catalog.Running {
		err := s.options.Sessions.Command(ctx, session.Halt, e.ID, by(ctx))
		if err != nil && ctx.Err() != nil {
			return e, err
		} // another error means that it is not running any more: Delete finds out
	}
	return s.options.Catalog.Delete(ctx, e.ID, by(ctx))
}

// removePart removes the temporary file of an unfinished receive. A file that has its name already stays.
func (s *Server) removePart(e catalog.Entry) (bool, error) {
	if e.Direction != catalog.Receive || e.Kind != catalog.File || e.Stage != catalog.StageTransfer {
		return false, nil
	}
	settings, release := s.options.Settings()
	defer release()
	b, ok := settings.Backends[e.Backend]
	if !ok {
		return false, fmt.Errorf("there is no backend %q any more", e.Backend)
	}
	remover, ok := sdk.As[sdk.PartRemover](b)
	if !ok {
		return false, fmt.Errorf("the backend %s cannot remove it", e.Backend)
	}
	err := remover.RemovePart(sdk.Target{ID: e.ID, Path: e.Path, OnExists: e.OnExists, Size: e.Size}, e.Point.Backend)
	return err == nil, err
}

// Purged says how much a purge deleted.
type Purged struct {
	Entries  int `json:"entries" doc:"Entries whose retention had passed."`
	Refusals int `json:"refusals" doc:"The same of refusals."`
}

type purgedOutput struct{ Body Purged }

func (s *Server) purge(ctx ctx, _ *struct{}) (*purgedOutput, error) {
	n, refusals, err := s.options.Keeper.Purge(ctx)
	if err != nil {
		return nil, s.fault(ctx, "purge", err)
	}
	s.acted(ctx, fmt.Sprintf("purge (%s, %s)", count.Of(n, "entry"), count.Of(refusals, "refusal")), catalog.Entry{})
	return &purgedOutput{Purged{n, refusals}}, nil
}
