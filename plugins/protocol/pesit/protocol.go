package pesit

import (
	"fmt"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// Name is what configurations call the protocol.
const Name = "pesit"

// Protocol makes PeSIT E dialogues. The zero value is ready and holds nothing.
type Protocol struct{}

var (
	_ sdk.Protocol  = Protocol{}
	_ sdk.Described = Protocol{}
)

// Name is "pesit".
func (Protocol) Name() string { return Name }

// Begin makes the dialogue of one call. It appends nothing: a server waits for the caller, a requester for the core's Hello.
// Terms that are absent take their defaults; settings that are not legal are an error.
func (Protocol) Begin(o sdk.Opening, out []byte) (sdk.Dialogue, []byte, error) {
	set, err := readSettings(o.Settings)
	if err != nil {
		return nil, out, fmt.Errorf("begin a pesit dialogue: %w", err)
	}
	d := &Dialogue{
		calling: o.Role == sdk.Calling,
		set:     set,
		offer:   offerOf(defaults(o.Terms)),
		claim:   o.Claim,
		own:     max(1, o.Random[0]),
		rules:   &answeringRules,
	}
	if d.calling {
		d.rules = &callingRules
		d.useLink(wire.Link{Framing: set.framing, CRC: set.crc})
		d.detected = true
	}
	return d, out, nil
}
