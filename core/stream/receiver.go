package stream

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/postern/postern/sdk"
)

// ReceiverOptions say how a file is received.
type ReceiverOptions struct {
	Writer     sdk.Writer
	Records    sdk.Records    // "" is stream
	Delimiter  []byte         // of lines, 1 to 8 bytes; a record that contains it is stored as it is
	Durability sdk.Durability // "" is sync
	Digest     bool
	MaxSize    int64 // of the stored file, bytes; 0: no limit
	// From is where data begins. Resumed says that the writer held an earlier attempt: what lies beyond From is dropped
	// before the first byte is written.
	From    Mark
	Resumed bool
	// Filters, if any, take the stored form of the file. They go on from From.Filter. The receiver closes them. With
	// filters there is no Rewind.
	Filters Filters
	// Save commits a point to the catalog and returns when it is durable there. The calls come from the receiver's own
	// goroutines, one after the other. A mark lower than the one before is saved only by Rewind.
	Save func(Mark) error
	// Scattered says that data comes with offsets, in any order: DataAt, Point and Resize in place of Data, Sync and
	// Rewind. Stop then keeps all that was given. Records are not told apart.
	Scattered bool
	Pool      *Pool
	Bug       Bug // nil: nobody is told
}

// Stats count what a receiver did; Points are the sync points that Syncs covered.
type Stats struct {
	Writes, Syncs, Saves, Points int64
}

// Receiver writes what a peer sends. Its methods come from one goroutine and do not wait for I/O, but for Close, and for
// Finish where the whole file is short: see inline.
type Receiver struct {
	o   ReceiverOptions
	box *mailbox

	// Of the loop alone.
	cur     *batch  // what is being collected
	scratch *Buffer // where small spans are copied
	filled  int     // bytes of scratch in use
	open    bool    // a record has begun
	length  int     // bytes of the open prefixed record
	prefix  []byte  // where its length goes
	stopped bool
	begun   bool // the writer's goroutine was started
	grown   bool // more is in flight than when Room looked last
	alone   bool // Alone was called

	scattered *scattered // nil: data comes in order

	// Of the writer's goroutine alone; of the loop before it runs.
	cut bool      // what lay beyond From is gone
	out *filtered // nil without filters
	vec [][]byte  // what one WriteAt is given
	pos Position  // without a digest
	dig digests

	failed atomic.Bool
	done   sync.WaitGroup

	mu       sync.Mutex
	work     sync.Cond // the writer waits for queue, syncing or closed
	due      sync.Cond // the syncer waits for fresh, finishing, stopping or closed
	queue    []*batch
	free     []*batch
	flight   int // bytes of queue and of what is being written
	roomAt   int // flight at which Room is signalled; -1: nobody waits
	closed   bool
	err      error  // the first failure
	broken   bool   // no Sync and no Save any more
	marks    []Mark // points written, in order
	acked    int    // marks that were signalled
	upto     int    // marks that the Save under way covers
	fresh    bool   // marks were added since the last Sync
	saved    Mark
	backend  []byte // state of the last Sync
	writes   bool   // the writer's goroutine runs
	syncs    bool   // the syncer's goroutine runs
	syncing  bool   // a Sync or its Save is under way
	held     bool   // the writer goes back: no Sync
	finished bool   // Finish was reached, with totals
	totals   Totals
	stopping bool // Stop was reached
	stats    Stats
}

// NewReceiver starts receiving. It fails when the options are wrong or From's digests are damaged; it then closed
// nothing.
func NewReceiver(o ReceiverOptions) (*Receiver, error) {
	if o.Records == "" {
		o.Records = sdk.RecordsStream
	}
	if o.Durability == "" {
		o.Durability = sdk.DurabilitySync
	}
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("receive a file: %w", err)
	}
	dig, err := newDigests(o.From.Position, o.Digest, o.Digest && o.Filters != nil)
	if err != nil {
		return nil, fmt.Errorf("receive from sync point %d: %w", o.From.Point, err)
	}
	o.Delimiter = slices.Clip(slices.Clone(o.Delimiter))
	r := &Receiver{o: o, box: newMailbox(), cur: &batch{}, roomAt: -1, pos: o.From.Position, dig: dig, saved: o.From,
		backend: o.From.Backend}
	r.pos.Digest, r.pos.Filter = nil, nil
	r.work.L, r.due.L = &r.mu, &r.mu
	if o.Scattered {
		r.scatterFrom(o)
	}
	if o.Filters != nil {
		r.out = &filtered{Filters: o.Filters, r: r}
	}
	o.Pool.join()
	if o.Resumed {
		r.begin() // what lies beyond From goes first; nobody else knows r yet
	}
	return r, nil
}

// begin starts the goroutine that writes. The caller is the loop, and holds mu.
func (r *Receiver) begin() {
	r.begun, r.writes = true, true
	r.done.Go(r.write)
}

func (o *ReceiverOptions) validate() error {
	var faults []error
	if o.Writer == nil || o.Pool == nil || o.Save == nil {
		faults = append(faults, errors.New("a writer, a pool and a way to save are needed"))
	}
	if o.Records == sdk.RecordsLines && (len(o.Delimiter) == 0 || len(o.Delimiter) > 8) {
		faults = append(faults, errors.New("lines need a delimiter of 1 to 8 bytes"))
	}
	if o.From.File < 0 || o.From.Wire < 0 || o.From.Records < 0 || o.From.Point < 0 {
		faults = append(faults, errors.New("a position cannot be negative"))
	}
	return errors.Join(faults...)
}

// Room reports whether the loop should read on. When it returns false a Room signal follows.
func (r *Receiver) Room() bool {
	if !r.grown { // nearly always: it is asked after each piece
		return true
	}
	limit := inFlight
	if r.o.Pool.short() {
		limit = inShort
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.flight < limit {
		r.grown = false
		return true
	}
	r.roomAt = limit / 2
	return false
}

// Sync puts a sync point behind all data so far; Durable tells when it may be acknowledged. The state is copied. It
// fails with the receiver's failure, and with protocol.violation inside a record of lines or prefixed.
func (r *Receiver) Sync(point int64, state []byte) error {
	if err := r.usable(); err != nil {
		return err
	}
	if r.open && r.o.Records != sdk.RecordsStream {
		return sdk.Refuse(sdk.ProtocolViolation, "sync point %d stands inside a record", point)
	}
	c := r.cur
	c.points = append(c.points, pointAt{point: point, at: len(c.bufs), wire: c.wire, records: c.records,
		state: slices.Clone(state)})
	r.submit(opNone, 0)
	return nil
}

// Finish says that all data is there: Finished follows when it is written, or Failed. Writer.Commit makes it durable. A
// record still open ends here. A short file that comes in order, or alone, is written before Finish returns.
func (r *Receiver) Finish() {
	if r.usable() != nil {
		return
	}
	if r.open && r.o.Records != sdk.RecordsStream {
		r.endRecord()
	}
	r.submit(opFinish, 0)
}

// Rewind forgets what lies beyond the highest point known that is not above the one given: one of the last 64
// acknowledged or a later one, else the beginning. Rewound tells which. Data given after it follows that point. It
// fails with the receiver's failure, and with ErrFiltered.
func (r *Receiver) Rewind(point int64) error {
	if err := r.usable(); err != nil {
		return err
	}
	if r.out != nil {
		return ErrFiltered
	}
	r.drop()
	r.submit(opRewind, point)
	return nil
}

// Stop says that the transfer stops early: what was given up to the last sync point is written, and the highest point
// made durable and saved, whatever the durability. Stopped follows always, after Failed if that went wrong. Nothing can
// be given afterwards.
func (r *Receiver) Stop() {
	if r.stopped {
		return
	}
	if r.scattered != nil && r.usable() == nil {
		_, _ = r.Point() // fails as usable does
	}
	r.drop()
	r.submit(opStop, 0)
	r.stopped = true
}

// Signals gives the channel on which the receiver tells what happened. It is never closed.
func (r *Receiver) Signals() <-chan Signal { return r.box.ch }

// Notify has wake called after each signal, from any goroutine. It must return at once.
func (r *Receiver) Notify(wake func()) { r.box.notify(wake) }

// Saved returns the last mark that Save took, or From.
func (r *Receiver) Saved() Mark {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.saved
}

// Stats returns what was done so far.
func (r *Receiver) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stats
}

// Close abandons what was not written yet, waits for the write or sync under way, closes the filters and leaves the
// writer open for Commit, Close or Discard. Twice is no error.
func (r *Receiver) Close() {
	r.mu.Lock()
	again := r.closed
	r.closed = true
	r.work.Broadcast()
	r.due.Broadcast()
	r.mu.Unlock()
	r.done.Wait()
	if again {
		return
	}
	r.o.Pool.leave()
	r.stopped = true
	for _, b := range r.queue {
		b.reset()
	}
	r.queue = nil
	r.drop()
	if r.scratch != nil {
		r.scratch.Release()
		r.scratch = nil
	}
	if r.out != nil {
		r.out.close()
	}
}

// usable returns why nothing more can be given, or nil.
func (r *Receiver) usable() error {
	if r.stopped {
		return ErrClosed
	}
	if !r.failed.Load() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}
