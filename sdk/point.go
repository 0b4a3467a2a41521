package sdk

import "time"

// Point is an exit point: a moment of a call at which exits are asked.
type Point string

// The exit points in the order in which a transfer meets them.
const (
	PointAccept    Point = "accept"
	PointIdentify  Point = "identify"
	PointNegotiate Point = "negotiate"
	PointResolve   Point = "resolve"
	PointAuthorize Point = "authorize"
	PointOpen      Point = "open"
	PointRestart   Point = "restart"
	PointFilter    Point = "filter"
	PointVerify    Point = "verify"
	PointMessage   Point = "message"
	PointInterrupt Point = "interrupt"
	PointDone      Point = "done"
	PointClose     Point = "close"
)

// OnFailure says what the core does when an exit of a point cannot answer: it failed, or was late.
type OnFailure uint8

const (
	// FailRefuse refuses for good.
	FailRefuse OnFailure = iota
	// FailRefuseTemporary refuses and lets the peer try again later.
	FailRefuseTemporary
	// FailInterrupt stops the transfer at the last durable sync point.
	FailInterrupt
	// FailLog writes the failure down and goes on.
	FailLog
	// FailRetry asks again, from 1 s to 10 min apart, for 24 h.
	FailRetry
)

// PointRow is what holds at one exit point, as data.
type PointRow struct {
	Point    Point
	Phase    Phase
	Asked    string        // when it is asked
	Facts    []string      // the sections of [Facts] that are new here; earlier ones stay visible
	Changes  []string      // the fields of [Changes] that may be set; another one is a refusal
	Allow    bool          // whether the point ends in a refusal unless an exit allowed
	Refuse   bool          // whether a refusal has an effect
	PassFail bool          // whether on_error: pass is a legal setting
	Deadline time.Duration // of one exit's answer
	Failure  OnFailure
}

// Points returns the table of the exit points in the order in which a transfer meets them.
func Points() []PointRow { return append([]PointRow(nil), pointTable[:]...) }

// Row returns the table row of a point; ok is false for a name that is no exit point.
func (p Point) Row() (row PointRow, ok bool) {
	for _, r := range pointTable {
		if r.Point == p {
			return r, true
		}
	}
	return PointRow{}, false
}

var pointTable = [...]PointRow{
	{Point: PointAccept, Phase: PhaseCall, Asked: "after the limits",
		Facts: []string{"call"}, Refuse: true, PassFail: true, Deadline: 100 * time.Millisecond, Failure: FailRefuse},
	{Point: PointIdentify, Phase: PhaseNegotiation, Asked: "once per protocol session, before any catalog entry",
		Facts: []string{"claim", "partner"}, Changes: []string{"partner"},
		Allow: true, Refuse: true, Deadline: time.Second, Failure: FailRefuseTemporary},
	{Point: PointNegotiate, Phase: PhaseNegotiation, Asked: "with the proposed terms",
		Facts: []string{"proposed", "terms"}, Changes: []string{"terms"},
		Refuse: true, PassFail: true, Deadline: 250 * time.Millisecond, Failure: FailRefuseTemporary},
	{Point: PointResolve, Phase: PhaseFile, Asked: "on every request, restarts included",
		Facts: []string{"request"}, Changes: []string{"flow", "path_vars", "labels", "priority"},
		Refuse: true, PassFail: true, Deadline: time.Second, Failure: FailRefuseTemporary},
	{Point: PointAuthorize, Phase: PhaseFile, Asked: "after the flow is known",
		Facts: []string{"flow"}, Allow: true, Refuse: true, Deadline: time.Second, Failure: FailRefuse},
	{Point: PointOpen, Phase: PhaseFile, Asked: "before the file is created or opened",
		Facts: []string{"target"}, Changes: []string{"path", "backend", "attributes", "on_exists"},
		Refuse: true, Deadline: time.Second, Failure: FailRefuse},
	{Point: PointRestart, Phase: PhaseFile, Asked: "before repositioning",
		Facts: []string{"restart"}, Changes: []string{"force_start"},
		Refuse: true, PassFail: true, Deadline: time.Second, Failure: FailRefuse},
	{Point: PointFilter, Phase: PhaseData, Asked: "for every block, both directions",
		Facts: []string{"filter"}, Refuse: true, Deadline: time.Second, Failure: FailInterrupt},
	{Point: PointVerify, Phase: PhaseData, Asked: "the whole file is there under its temporary name",
		Facts: []string{"file"}, Changes: []string{"quarantine"},
		Refuse: true, Deadline: 30 * time.Second, Failure: FailRefuse},
	{Point: PointMessage, Phase: PhaseFile, Asked: "a protocol message arrived",
		Facts: []string{"message"}, Changes: []string{"reply"},
		Refuse: true, PassFail: true, Deadline: time.Second, Failure: FailRefuse},
	{Point: PointInterrupt, Phase: PhaseData, Asked: "the transfer stopped early",
		Facts: []string{"interrupt"}, Changes: []string{"keep"}, PassFail: true, Deadline: 5 * time.Second, Failure: FailLog},
	{Point: PointDone, Phase: PhaseDisconnection, Asked: "after the end, good or bad; at least once",
		Facts: []string{"done"}, Changes: []string{"follow_up", "comment"},
		PassFail: true, Deadline: 30 * time.Second, Failure: FailRetry},
	{Point: PointClose, Phase: PhaseDisconnection, Asked: "the session is over",
		Facts: []string{"close"}, PassFail: true, Deadline: 5 * time.Second, Failure: FailLog},
}
