// Package chain asks the exits of a point in their order, applies what they change and stops at the first refusal.
//
// It is not for what an exit decides, nor for what the server itself checks of a partner (core/admission). It knows
// no difference between an exit that is built in and one that runs in a sandbox.
//
// The main call is [Set.Ask]. A Set is made by [New] and never changes; a reload makes another one.
package chain

import (
	"encoding/json"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern/postern/sdk"
)

// OnError says what the failure of an exit means.
type OnError uint8

const (
	// Refuse does what the point's row says of a failure: it is the default.
	Refuse OnError = iota
	// Pass goes on as if the exit had no opinion. It is a fault where the point's row does not permit it.
	Pass
)

// Link is one exit as it is configured.
type Link struct {
	Name   string
	Exit   sdk.Exit         // asked at every point but filter
	Filter sdk.FilterOpener // asked at filter
	// Secrets grants the caller's password and the partner's stored secrets. Without it they are empty.
	Secrets bool
	// Partners lists the configured partners, by ID, that this exit may allow. All others it may only name with pass.
	Partners []string
	// Directory marks the exit that checks the partners of the configuration: it may allow each of them.
	Directory bool
	OnError   OnError
	// Deadline of one answer; 0: the point's own.
	Deadline time.Duration
	// Patience takes the place of Deadline for an exit that keeps deadlines itself: it gives the longest time, above 0,
	// that one answer at a point may take with the waiting for a turn. nil: Deadline counts.
	Patience func(p sdk.Point) time.Duration
	// Prompt says that the exit answers soon after its context has ended, whatever it is asked, and changes nothing of what
	// it is shown: it works in the goroutine of its caller and on the caller's facts, not on copies in a goroutine of its
	// own, which cost more than most answers of a module.
	Prompt bool
}

// Lists says which exits are asked at a point, by name and in order.
type Lists map[sdk.Point][]string

// Defaults returns the lists of a server that configures none. A list in Config.Points takes the place of its default.
func Defaults() Lists {
	return Lists{
		sdk.PointIdentify:  {"directory"},
		sdk.PointAuthorize: {"grants"},
		sdk.PointMessage:   {"grants"},
	}
}

// Config is what a Set is made of.
type Config struct {
	Exits  []Link
	Points Lists // of the server; a point that is not in it has its default
	// Listeners, Partners and Flows add to the server's lists: they are asked after them, in this order.
	Listeners, Partners, Flows map[string]Lists
	// Known holds the partners of the configuration, templates too: who may not be impersonated, and who is a model.
	Known    []sdk.Partner
	Observer sdk.Observer     // told each decision; nil: nobody
	Now      func() time.Time // nil: time.Now
	// Places tells where a rule of the configuration stands, "" where it does not; nil: nobody knows.
	Places func(rule string) string
}

// Scope says whose lists are asked after the server's.
type Scope struct {
	Listener, Partner, Flow string
	// Quiet leaves the observer out: what is decided is only tried.
	Quiet bool
	// Only asks the exits of these names and no other: for a delivery that is tried again. Empty: all.
	Only []string
}

// Result is what came of asking. Facts is never nil: the caller's facts, which stay as they are, with the changes.
// A flow that resolve chose stands there with its ID alone until the caller looks it up.
type Result struct {
	Facts     *sdk.Facts
	Changes   sdk.Changes // of all exits together, the later one over the earlier; Partner as it is in Facts
	Allowed   bool        // at identify and authorize
	Decisions []Decision
	// Failed names the exits that could not answer where that does not refuse: at interrupt, done and close.
	Failed []string
	// Retry says that those in Failed should be asked again later (Scope.Only).
	Retry bool
}

// Decision is what one exit answered.
type Decision struct {
	Point    sdk.Point
	Exit     string
	Verdict  sdk.VerdictKind // what it came to: an exit that failed may have passed or refused
	Code     sdk.Code        // of the refusal, or exit.failed
	Detail   string          // private
	Rule     string          // the key of the configuration that decided; "" where none is known
	Place    string          // where that key stood
	Changed  []string        // names of the fields, as in [sdk.PointRow].Changes
	Values   json.RawMessage // an object of those fields with their new values, secrets left out; nil: none
	Duration time.Duration
	Failed   bool  // there was no answer
	Blocks   int64 // a filter's
}

// Set holds the lists of exits. It never changes and may be asked from many goroutines.
type Set struct {
	links     map[string]*link
	server    map[sdk.Point][]*link
	listeners map[string]map[sdk.Point][]*link
	partners  map[string]map[sdk.Point][]*link
	flows     map[string]map[sdk.Point][]*link
	roster    roster
	observer  sdk.Observer
	now       func() time.Time
	places    func(rule string) string

	running atomic.Int64 // calls under way; below zero once the set is closed
	once    sync.Once
	idle    chan struct{} // closed when the set is closed and none is left
}

type link struct {
	Link
	partners    map[string]bool
	rule, place string // where the configuration has it
	mu          sync.Mutex
	late        int // calls nobody waits for any more
}

// New makes a set. The error is [Faults]: everything that is wrong with the configuration.
func New(c Config) (*Set, error) {
	b := &builder{set: &Set{links: map[string]*link{}, observer: c.Observer, now: c.Now, places: c.Places, idle: make(chan struct{})}}
	if b.set.now == nil {
		b.set.now = time.Now
	}
	b.known(c.Known)
	b.exits(c.Exits)
	lists := Defaults()
	for p, names := range c.Points {
		lists[p] = names
	}
	b.set.server = b.lists(lists, "points", scopeServer)
	b.set.listeners = b.scoped(c.Listeners, "listeners", scopeListener)
	b.set.partners = b.scoped(c.Partners, "partners", scopePartner)
	b.set.flows = b.scoped(c.Flows, "flows", scopeFlow)
	if len(b.faults) > 0 {
		return nil, b.faults
	}
	return b.set, nil
}

// Names lists the exits that are asked at a point in a scope. Of a partner that an exit made up it leaves out the lists
// of its template: for those use Filtered.
func (s *Set) Names(p sdk.Point, scope Scope) []string {
	var out []string
	for _, l := range s.chain(p, nil, scope) {
		out = append(out, l.Name)
	}
	return out
}

// Filtered reports whether Filters would open any.
func (s *Set) Filtered(facts *sdk.Facts, scope Scope) bool {
	return len(s.chain(sdk.PointFilter, facts, scope)) > 0
}

// Asks reports whether anybody is asked at a point.
func (s *Set) Asks(p sdk.Point, facts *sdk.Facts, scope Scope) bool {
	return len(s.chain(p, facts, scope)) > 0
}

// Resizes reports whether the filters of a transfer may give more or fewer bytes than they get.
func (s *Set) Resizes(facts *sdk.Facts, scope Scope) bool {
	return slices.ContainsFunc(s.chain(sdk.PointFilter, facts, scope), func(l *link) bool { return l.traits().ChangesLength })
}

// chain gives the links of a point in the order in which they are asked, each once.
func (s *Set) chain(p sdk.Point, f *sdk.Facts, scope Scope) []*link {
	partner := s.partners[scope.Partner]
	if partner == nil && f != nil && f.Partner != nil && f.Partner.ID == scope.Partner && f.Partner.From != "" {
		partner = s.partners[f.Partner.From]
	}
	lists := [...][]*link{s.server[p], s.listeners[scope.Listener][p], partner[p], s.flows[scope.Flow][p]}
	out := make([]*link, 0, len(lists[0])+len(lists[1])+len(lists[2])+len(lists[3]))
	for _, list := range lists {
		for _, l := range list {
			if !slices.Contains(out, l) && scope.wants(l.Name) {
				out = append(out, l)
			}
		}
	}
	return out
}

func (s Scope) wants(name string) bool {
	for _, x := range s.Only {
		if x == name {
			return true
		}
	}
	return len(s.Only) == 0
}
