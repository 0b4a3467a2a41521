package catalog

import (
	"errors"
	"fmt"

	"github.com/postern/postern/sdk"
)

var (
	// ErrNone: no held entry matches.
	ErrNone = errors.New("nothing is held that matches")
	// ErrNotFound: there is no such entry, or no such event.
	ErrNotFound = errors.New("not in the catalog")
	// ErrAmbiguous: more than one ID begins so.
	ErrAmbiguous = errors.New("more than one entry begins with this id")
	// ErrExists: the ID is taken.
	ErrExists = errors.New("the id is already in the catalog")
	// ErrStale: the entry is no longer as the caller saw it, or the lease ended.
	ErrStale = errors.New("the entry has changed in the meantime")
	// ErrNumbers: no transfer number is free for this partner.
	ErrNumbers = errors.New("no transfer number is free for this partner")
	// ErrTransition: the entry is in a state that does not allow it. The error
	// is a *TransitionError.
	ErrTransition = errors.New("not allowed in this state")
	// ErrInvalid: the caller's value breaks a rule of the interface.
	ErrInvalid = errors.New("invalid value")

	// ErrRestartUnknown: no entry can be restarted with this key.
	ErrRestartUnknown = errors.New("no interrupted transfer has this restart key")
	// ErrDuplicate: the newest transfer of this key has ended.
	ErrDuplicate = errors.New("this transfer has already ended")
	// ErrBusy: the newest transfer of this key is running.
	ErrBusy = errors.New("this transfer is running")

	// ErrCorrupt: the stored catalog is damaged, foreign, missing or from a
	// newer version. The error is a *CorruptError.
	ErrCorrupt = errors.New("the catalog cannot be used")
	// ErrUncertain: the disk failed while the commit was made durable. Whether
	// it was is known when the catalog is opened again.
	ErrUncertain = errors.New("it is not known whether this was stored")
	// ErrClosed: the catalog was closed.
	ErrClosed = errors.New("the catalog is closed")
)

// RefusalCode gives the code with which a restart is refused; ok is false for
// any other error.
func RefusalCode(err error) (code Code, ok bool) {
	switch {
	case errors.Is(err, ErrRestartUnknown):
		return sdk.RestartUnknown, true
	case errors.Is(err, ErrDuplicate):
		return sdk.Duplicate, true
	case errors.Is(err, ErrBusy):
		return sdk.FileBusy, true
	}
	return "", false
}

// TransitionError says what was asked of which entry, and why it is not
// allowed. errors.Is(err, ErrTransition) holds.
type TransitionError struct {
	ID    string
	Verb  string // begin, end, keep, release, ...
	Stage Stage
	Step  Step
	Code  Code
	Why   string // a sentence for the operator
}

func (e *TransitionError) Error() string {
	return fmt.Sprintf("%s %s: the entry is %s (%s/%s): %s",
		e.Verb, e.ID, StatusOf(e.Stage, e.Step, e.Code), e.Stage, e.Step, e.Why)
}

// Is makes errors.Is(err, ErrTransition) hold.
func (e *TransitionError) Is(target error) bool { return target == ErrTransition }

// CorruptError says which file is damaged, how, and what to do about it.
// errors.Is(err, ErrCorrupt) holds.
type CorruptError struct {
	Path string
	What string
	Do   string
	Err  error // cause, may be nil
}

func (e *CorruptError) Error() string {
	s := fmt.Sprintf("catalog %s: %s", e.Path, e.What)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s + "; " + e.Do
}

func (e *CorruptError) Unwrap() error { return e.Err }

// Is makes errors.Is(err, ErrCorrupt) hold.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }
