// Package catalog says what the server remembers of every transfer: one entry
// per file or message, the stages it goes through, and the transitions that
// are legal between them. It holds the types and the Catalog interface; the
// rules that every implementation shares are here too (see Transition), so an
// implementation only stores.
//
// It is not a log and it keeps no refusal as an entry: what was refused leaves
// no entry, only a line in the refusals.
//
// The main call is Create; the entry it returns carries the Lease with which
// its session moves it until End, Interrupt or Abandon.
//
// core/catalog/sqlite is the embedded implementation, core/catalog/model the
// reference in memory, core/catalog/catalogtest the suite both pass.
package catalog

import (
	"context"
	"iter"
	"time"
)

// Catalog is everything an implementation offers. Callers should ask for the
// small interface they need. All methods may be called at the same time from
// many goroutines. A method that writes returns only when its commit is
// durable, with these exceptions: what Create, Release, Restart, Begin,
// Abandon, and an End after Ending have written is seen by every call that
// follows, and is durable with the next commit, after 20 ms at the latest. None
// of them acknowledges anything: a grant that is lost with the power was not
// answered with data that count, and what Ending has noted is as good as the
// end itself. Errors are of errors.go.
type Catalog interface {
	Granter
	Linker
	Progress
	Offers
	Preparer
	Operator
	Reader
	Explainer
	Browser
	Keeper
	Events
	Acknowledger
	Refusals
	Partners
	Meter
	// Close waits for the commits under way and releases everything.
	Close() error
}

// Linker finds the entry that a request means. It writes nothing, so a request
// that is refused afterwards leaves no trace; Granter takes the entry found.
type Linker interface {
	// Held returns the entry that a new fetch would release: the most urgent,
	// then the oldest available one that matches. ErrNone: nothing matches.
	Held(ctx context.Context, w Wanted) (Entry, error)
	// Restartable returns the newest entry of the full key if it is
	// interrupted. Otherwise ErrRestartUnknown (no entry, a kept one, or one
	// whose key was taken by a newer request), ErrDuplicate (it is finished) or
	// ErrBusy (it is running; the Entry is returned with it, so that its
	// session can be probed). RefusalCode gives the refusal code of each.
	Restartable(ctx context.Context, key RestartKey) (Entry, error)
}

// Granter writes the entry of a request once everything that can refuse has
// agreed, just before the grant is said.
type Granter interface {
	// Create makes a running entry (T/C). The caller fills the entry, its ID
	// (NewID) included; Key.Number is the number the peer proposed, or 0. The
	// catalog assigns Number, takes the key away from an unfinished entry with
	// the same full key (that twin stays visible), and sets stage, step, times,
	// owner and version. ErrExists: the ID is taken. ErrNumbers: the partner
	// has 16,777,215 unfinished entries.
	Create(ctx context.Context, e Entry) (Entry, error)
	// Release takes an available entry (T/H without code) that Held returned.
	// It is compare-and-set on held.Version: exactly one of many callers wins,
	// the others get ErrStale and ask Held again.
	Release(ctx context.Context, held Entry, g Grant) (Entry, error)
	// Restart takes an interrupted entry that Restartable returned,
	// compare-and-set on its Version, and counts one attempt. Its key, its
	// number, path and points stay; g.Key is not looked at.
	Restart(ctx context.Context, found Entry, g Grant) (Entry, error)
}

// Progress moves an entry that a session holds. Every method fails with
// ErrStale when the lease is no longer the entry's: the caller has lost it and
// must stop.
type Progress interface {
	// Begin says that data may flow: from here on a stop leaves an interrupted
	// entry, even without a byte. Twice is no error.
	Begin(ctx context.Context, l Lease) error
	// Abandon undoes a grant before Begin: a created entry is removed (and the
	// key is given back to its twin), a released or restarted one is exactly as
	// it was, version included (only the fence has grown). After Begin it is a TransitionError.
	Abandon(ctx context.Context, l Lease) error
	// Checkpoint stores durable sync points of one or many entries in one
	// commit. Entries are independent: the error joins one error for each that
	// failed (errors.Is works on it), the others are stored.
	Checkpoint(ctx context.Context, points ...Checkpoint) error
	// Ending notes, durably, how a transfer is about to end, before its file
	// gets its name: from here on nothing about it is lost, whether End is
	// reached or not. Recover leaves Entry.Ending to whoever asks the backend
	// what became of the file. Any other transition clears it.
	Ending(ctx context.Context, l Lease, o Outcome) error
	// End finishes a transfer that went well.
	End(ctx context.Context, l Lease, o Outcome) (Entry, error)
	// Interrupt stops a transfer that may be restarted (T/H) or, with Keep,
	// may not until an operator releases it (T/K).
	Interrupt(ctx context.Context, l Lease, i Interruption) (Entry, error)
}

// Offers puts files at a partner's disposal.
type Offers interface {
	// Offer makes an available entry (T/H without code) for a file that is
	// already durable in its backend. ErrExists: the ID is taken. What Prepare
	// has noted under the ID is forgotten in the same commit.
	Offer(ctx context.Context, e Entry) (Entry, error)
}

// Preparer notes offers whose copy is about to get its name, so that a crash
// in between leaves no file that nothing knows of. A note is no entry: nobody
// sees it or can fetch it.
type Preparer interface {
	// Prepare notes an offer, durably. e.Point.Backend is the state of the
	// writer, with which the backend tells what became of the copy. ErrExists:
	// a note has the ID.
	Prepare(ctx context.Context, e Entry) error
	// Withdraw forgets a note. ErrNotFound: there is none.
	Withdraw(ctx context.Context, id string) error
	// Prepared returns the notes that a crash has left, oldest first.
	Prepared(ctx context.Context) ([]Entry, error)
}

// Operator is what an operator may do to an entry that no session holds. A
// running entry is a TransitionError: its session must halt or keep it. by
// names who asked; it is stored in the entry's decisions.
type Operator interface {
	// Keep makes a held entry (T/H) unreachable for the peer (T/K).
	Keep(ctx context.Context, id, by string) (Entry, error)
	// Lift makes a kept entry (T/K) what it was: T/H with the same code.
	// It is the verb `catalog release`.
	Lift(ctx context.Context, id, by string) (Entry, error)
	// Resume makes an interrupted send (T/H with a code) available anew, from
	// byte 0: its code, points, key and number are gone. Of an entry that waits
	// for its done exits (Y/E) it makes the event due at once, parked or not.
	Resume(ctx context.Context, id, by string) (Entry, error)
	// Delete removes an entry and returns it as it was, so that the caller can
	// remove its part. Its events go with it.
	Delete(ctx context.Context, id, by string) (Entry, error)
}

// Reader reads entries.
type Reader interface {
	// Get returns the entry with that ID, or the only one whose ID begins with
	// it (at least 4 characters). ErrNotFound, ErrAmbiguous.
	Get(ctx context.Context, id string) (Entry, error)
	// List yields entries oldest first. It holds no lock and no snapshot: what
	// changes while it runs may be seen or not. After an error it ends.
	List(ctx context.Context, f Filter) iter.Seq2[Entry, error]
}

// Keeper looks after the catalog as a whole.
type Keeper interface {
	// Recover is called once at startup, before the first call is accepted. It
	// ends what a crash left running: an entry whose Begin was answered, or
	// that was created, becomes T/H with the code server.crashed; one that was
	// released or restarted and had not begun is exactly as it was. notify
	// queues an event for each that is now interrupted. It returns the entries
	// it moved, as they are now.
	Recover(ctx context.Context, notify bool) ([]Entry, error)
	// Purge removes at most limit entries (1 to 10,000) whose retention has
	// passed and returns them, so that the caller can remove their parts; it is
	// called again until it returns none. Running entries and entries with an
	// event still to be delivered are never purged.
	Purge(ctx context.Context, r Retention, limit int) ([]Entry, error)
}

// Events is the queue of end-of-transfer events. An event is queued in the
// commit that ends or interrupts the transfer, and stays until it is settled:
// it is delivered at least once.
type Events interface {
	// Due returns at most limit events whose time has come, oldest first.
	Due(ctx context.Context, limit int) ([]Event, error)
	// Settle removes the event and applies the follow-up, if the entry is still
	// as the event saw it; applied says whether it was. An illegal follow-up is
	// a TransitionError and settles the event all the same. ErrNotFound: it was
	// settled before.
	Settle(ctx context.Context, eventID string, f FollowUp) (applied bool, err error)
	// Postpone counts an attempt and sets when the event is due again; the zero
	// time parks it: it is kept, and no longer due.
	Postpone(ctx context.Context, eventID string, until time.Time, why string) error
}

// Acknowledger links a peer's acknowledgement to the transfer it speaks of.
type Acknowledger interface {
	// Acknowledge flags the newest ended entry of the key; one that awaited it
	// (Z/H) is done. ErrNotFound: no such transfer. A TransitionError: it has
	// not ended.
	Acknowledge(ctx context.Context, a Ack) (Entry, error)
}

// Refusals keeps what was refused.
type Refusals interface {
	// Refuse stores refusals in one commit. The first ten equal ones (but
	// for time, session, reason and the peer's port) within a minute are stored one by one;
	// more are counted in the newest of them.
	Refuse(ctx context.Context, refusals ...Refusal) error
	// Refused yields refusals oldest first.
	Refused(ctx context.Context, f RefusalFilter) iter.Seq2[Refusal, error]
	// PurgeRefusals removes at most limit refusals older than before and says
	// how many it removed.
	PurgeRefusals(ctx context.Context, before time.Time, limit int) (int, error)
}

// Partners keeps what an operator decided about partners; it wins over the
// configuration and survives restarts.
type Partners interface {
	// SetPartner stores the decision; a nil Enabled forgets it.
	SetPartner(ctx context.Context, o PartnerOverride) error
	// PartnerOverrides returns every decision by partner.
	PartnerOverrides(ctx context.Context) (map[string]PartnerOverride, error)
}

// Meter counts, for metrics and for the proof of group commit.
type Meter interface {
	Stats() Stats
}

// Stats counts since the catalog was opened.
type Stats struct {
	Commits int64 `json:"commits"` // durable commits
	Writes  int64 `json:"writes"`  // calls that wrote
	Reads   int64 `json:"reads"`   // calls that read
}
