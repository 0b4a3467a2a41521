package catalog

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/postern/postern/sdk"
)

// Browser finds what a partner that looks around sees of a flow: its offers, and its own uploads as long as their files are
// there. What a call costs grows with what it returns, not with what was ever transferred.
type Browser interface {
	// Shown returns entries that bear a name (Entry.ShownAs), by name and then oldest first.
	Shown(ctx context.Context, l Look) ([]Entry, error)
	// Rename gives an upload another name, whatever state it is in. Its version stays: who waits for its end
	// still does. Another upload that is shown by the new name is concealed. ErrNotFound; a TransitionError for what is no upload.
	Rename(ctx context.Context, id string, n Naming) (Entry, error)
	// Conceal takes uploads that have ended, whose files are gone or have been replaced, out of what is shown.
	Conceal(ctx context.Context, ids ...string) error
}

// Look says which entries are to be shown.
type Look struct {
	Partner, Flow string
	Name          string // only this one; "": all
	After         string // without Name: those behind this name
	Limit         int    // at most so many, 1 or more
}

// Naming is what a renamed upload is called.
type Naming struct {
	File string // name the peer knows it by
	Key  string // name in its restart key
	Path string // in its backend; "": as it was
	By   string // who asked
	// Stored, where it bears an ETag, is the file under its new path.
	Stored Source
	// Moving is noted before the file is moved: after a crash between both, the file is known where it was.
	Moving *Move
}

// Move is a stored file that is about to be renamed: where it is and what it is.
type Move struct {
	Path   string `json:"path"`
	Source Source `json:"source"`
}

// ShownAs is the name under which the entry's partner finds it in its flow; "": it does not see it. Shown are files at its
// disposal, those whose fetch stopped too, and, where its protocol browses, what it has uploaded and was not concealed.
func (e Entry) ShownAs() string {
	switch {
	case e.Kind != File || e.Role != Server || e.Superseded != "":
	case e.Direction == Send && e.Stage == StageTransfer && e.Step == StepHold && (e.Listed || !e.Published):
		return e.File
	case e.Direction == Receive && e.Stage != StageTransfer && e.Listed:
		return e.File
	}
	return ""
}

// Matches says whether a look shows the entry.
func (l Look) Matches(e Entry) bool {
	name := e.ShownAs()
	return name != "" && e.Partner == l.Partner && e.Flow == l.Flow && (l.Name == name || l.Name == "" && name > l.After)
}

// Hides says whether an upload that is shown takes the place of another one.
func (e Entry) Hides(other Entry) bool {
	name := e.ShownAs()
	return name != "" && e.Direction == Receive && other.Direction == Receive && other.ID != e.ID &&
		other.ShownAs() == name && other.Partner == e.Partner && other.Flow == e.Flow
}

// ToConcealed takes an upload out of what is shown.
func ToConcealed(e Entry) Entry {
	e.Listed = false
	return e
}

// ToRenamed gives an upload another name.
func ToRenamed(e Entry, n Naming, now time.Time) (Entry, error) {
	if e.Direction != Receive || e.Kind != File {
		return e, refuse("rename", e, "only what was received can be renamed")
	}
	if n.File == "" || n.Key == "" {
		return e, fmt.Errorf("%w: rename %s to nothing", ErrInvalid, e.ID)
	}
	e = e.decided([]Decision{{Time: Instant(now), Point: "rename", Exit: cmp.Or(n.By, sdk.ByServer), Verdict: "rename",
		Detail: fmt.Sprintf("%.200q became %.200q", e.File, n.File)}})
	e.File, e.Key.Name = n.File, n.Key
	e.Path, e.Moving = cmp.Or(n.Path, e.Path), n.Moving
	if n.Stored.ETag != "" {
		e.Source = n.Stored
	}
	e.UpdatedAt = Instant(now)
	return e, nil
}
