package sftp

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/postern/postern/sdk"
)

// Name is what configurations call the protocol.
const Name = "sftp"

// MaxHandles is how many files and folders a client may hold open on one channel.
const MaxHandles = 64

// Protocol makes SFTP dialogues. The zero value is ready and holds nothing.
type Protocol struct{}

var (
	_ sdk.Protocol  = Protocol{}
	_ sdk.Described = Protocol{}
	_ sdk.Voiced    = Protocol{}
)

// Name is "sftp".
func (Protocol) Name() string { return Name }

// Describe lists nothing: version 3 negotiates nothing, and its limits are fixed.
func (Protocol) Describe() sdk.Description { return sdk.Description{} }

// Begin makes the dialogue of one channel. It appends nothing: the client speaks first.
func (Protocol) Begin(o sdk.Opening, out []byte) (sdk.Dialogue, []byte, error) {
	if o.Role == sdk.Calling {
		return nil, out, errors.New("begin an sftp dialogue: this server answers SFTP calls and makes none; call with pesit, or use an SFTP client")
	}
	now := o.Now
	if now.IsZero() {
		now = time.Unix(0, 0)
	}
	return &Dialogue{now: now, seed: binary.BigEndian.Uint64(o.Random[:])}, out, nil
}
