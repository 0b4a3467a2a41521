package pesit

import (
	"math"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// The terms of a session. Interval, window and resync are settled by CONNECT, the entity by CREATE or SELECT, compression by
// ORF.
const (
	TermSyncInterval = "sync_interval" // bytes between sync points; KiB on the wire, rounded down; below 1 KiB: none
	TermSyncWindow   = "sync_window"   // sync points that may wait for their acknowledgement; 0: none is acknowledged
	TermMaxEntity    = "max_entity"    // bytes of the largest entity in the data phase (PI 25)
	TermCompression  = "compression"   // words horizontal, vertical
	TermResync       = "resync"        // RESYN may be used (PI 23)
)

// The words of TermCompression.
const (
	WordHorizontal = "horizontal"
	WordVertical   = "vertical"
)

const (
	kib         = 1024
	maxInterval = (wire.NoInterval - 1) * kib
	// minEntity is the smallest PI 25 that peers accept.
	minEntity = 128
)

func termSpecs() []sdk.TermSpec {
	return []sdk.TermSpec{
		{Term: sdk.NumberTerm(TermSyncInterval, 1<<20), Max: maxInterval, Bytes: true,
			Describe: "Most data bytes between two sync points, in whole KiB; 0 for no sync points."},
		{Term: sdk.NumberTerm(TermSyncWindow, 8), Max: 16,
			Describe: "How many sync points may wait for their acknowledgement; 0 for no acknowledgements."},
		{Term: sdk.NumberTerm(TermMaxEntity, wire.MaxEntity), Min: minEntity, Max: wire.MaxEntity, Bytes: true,
			Describe: "Largest entity during a transfer, in bytes."},
		{Term: sdk.WordsTerm(TermCompression, WordHorizontal), Values: []string{WordHorizontal, WordVertical},
			Describe: "Which compression may be used; vertical is used for fixed records only."},
		{Term: sdk.FlagTerm(TermResync, true),
			Describe: "Whether a damaged transfer may go back to a sync point without being interrupted."},
	}
}

// defaults gives the default terms with those given in their place.
func defaults(given sdk.Terms) sdk.Terms {
	terms := Protocol{}.Describe().Defaults()
	for _, t := range given {
		terms = terms.With(t)
	}
	return terms
}

// offer is a set of terms in the units of the wire. Each field is narrower when smaller.
type offer struct {
	interval uint16 // KiB; 0 none, wire.NoInterval without a limit
	window   byte
	resync   bool
	entity   int
	mode     wire.Mode // compression
}

// anything is the offer that narrows nothing.
var anything = offer{interval: wire.NoInterval, window: 255, resync: true, entity: wire.MaxEntity, mode: wire.Both}

// offerOf reads terms; one that is absent is not limited.
func offerOf(t sdk.Terms) offer {
	o := anything
	if x, ok := t.Get(TermSyncInterval); ok {
		o.interval = uint16(min(max(x.Number, 0)/kib, wire.NoInterval))
	}
	if x, ok := t.Get(TermSyncWindow); ok {
		o.window = byte(min(max(x.Number, 0), 255))
	}
	if x, ok := t.Get(TermResync); ok {
		o.resync = x.Flag
	}
	if x, ok := t.Get(TermMaxEntity); ok {
		o.entity = int(min(max(x.Number, minEntity), wire.MaxEntity))
	}
	if x, ok := t.Get(TermCompression); ok {
		o.mode = modeOf(x.Words)
	}
	return o
}

func modeOf(words []string) (m wire.Mode) {
	for _, w := range words {
		switch w {
		case WordHorizontal:
			m |= wire.Horizontal
		case WordVertical:
			m |= wire.Vertical
		}
	}
	return m
}

func wordsOf(m wire.Mode) (words []string) {
	if m&wire.Horizontal != 0 {
		words = append(words, WordHorizontal)
	}
	if m&wire.Vertical != 0 {
		words = append(words, WordVertical)
	}
	return words
}

// meet is the widest offer that is no wider than either. A window and RESYN need sync points.
func (o offer) meet(p offer) offer {
	m := offer{min(o.interval, p.interval), min(o.window, p.window), o.resync && p.resync, min(o.entity, p.entity), o.mode & p.mode}
	if m.interval == 0 {
		m.window, m.resync = 0, false
	}
	return m
}

// terms says the offer in the units of the contract.
func (o offer) terms() sdk.Terms {
	interval := int64(o.interval) * kib
	if o.interval == wire.NoInterval {
		interval = math.MaxInt64
	}
	return sdk.Terms{
		sdk.NumberTerm(TermSyncInterval, interval),
		sdk.NumberTerm(TermSyncWindow, int64(o.window)),
		sdk.NumberTerm(TermMaxEntity, int64(o.entity)),
		sdk.WordsTerm(TermCompression, wordsOf(o.mode)...),
		sdk.FlagTerm(TermResync, o.resync),
	}
}

// limit is the interval in bytes, or the largest number where there is no bound on data without a sync point.
func (o offer) limit() int64 {
	if o.interval == 0 || o.interval == wire.NoInterval {
		return math.MaxInt64
	}
	return int64(o.interval) * kib
}
