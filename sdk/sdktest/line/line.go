package line

import (
	"fmt"

	"github.com/postern/postern/sdk"
)

// Protocol is the line protocol.
type Protocol struct{}

// New returns the protocol. It has no state; dialogues have.
func New() Protocol { return Protocol{} }

// Name is "line".
func (Protocol) Name() string { return "line" }

// Begin makes a dialogue. The caller speaks first, with the first message said, so it writes nothing.
func (Protocol) Begin(o sdk.Opening, out []byte) (sdk.Dialogue, []byte, error) {
	if o.Role != sdk.Answering && o.Role != sdk.Calling {
		return nil, out, fmt.Errorf("begin a line dialogue: role %d is neither answering nor calling", o.Role)
	}
	d := &dialogue{
		calling: o.Role == sdk.Calling,
		asker:   o.Role == sdk.Calling,
		state:   fresh,
		claim:   o.Claim,
		terms:   overlay(Protocol{}.Describe().Defaults(), o.Terms),
		framed:  o.Settings.Flag(settingFramed),
	}
	return d, out, nil
}

// dialogue is one side of one call.
type dialogue struct {
	calling bool // we called
	asker   bool // we hold the turn: requests come from us
	sender  bool // the data of the current transfer comes from us
	state   state
	owed    bool // an event that asks was heard and is not answered
	stray   bool // one STOPPED is still under way after two STOPs crossed
	framed  bool // the setting

	claim  sdk.Claim // what the transport verified
	terms  sdk.Terms // ours, then the agreed ones
	agreed limits    // the agreed terms, as numbers

	ref    uint32 // of the current or last transfer
	action sdk.Action
	asked  int64  // the point that Begin wanted
	resume []byte // the state said with Begin
	wants  int    // random reads owed

	pay  payload
	flow flow

	event sdk.Event // being made; here so that it costs no allocation
	verb  []byte    // of the line being read
	args  fields    // the rest of it, reused for each line
}

// Close has nothing to release.
func (d *dialogue) Close() {}

// Frame leaves room for a header before each payload when the setting asks for it and this side sends.
func (d *dialogue) Frame(uint32) (gap, max int) {
	if !d.framing() {
		return 0, 0
	}
	return frameGap, d.frameMax()
}

// HeadersOnly says whether headers are made without a look at the payloads: those without a checksum.
func (d *dialogue) HeadersOnly() bool { return !d.agreed.crc }
