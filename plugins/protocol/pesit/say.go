package pesit

import (
	"fmt"

	"github.com/postern/postern/sdk"
)

// sayings is what each message does. The action checks the state.
var sayings = map[sdk.Kind]func(*Dialogue, sdk.Message, *[]byte) (sdk.Said, error){
	sdk.KindHello:    (*Dialogue).sayHello,
	sdk.KindWelcome:  (*Dialogue).sayWelcome,
	sdk.KindRefuse:   (*Dialogue).sayRefuse,
	sdk.KindRequest:  (*Dialogue).sayRequest,
	sdk.KindGrant:    (*Dialogue).sayGrant,
	sdk.KindReply:    (*Dialogue).sayReply,
	sdk.KindBegin:    (*Dialogue).sayBegin,
	sdk.KindStart:    (*Dialogue).sayStart,
	sdk.KindSync:     (*Dialogue).saySync,
	sdk.KindSynced:   (*Dialogue).saySynced,
	sdk.KindEnd:      (*Dialogue).sayEnd,
	sdk.KindFinish:   (*Dialogue).sayFinish,
	sdk.KindFinished: (*Dialogue).sayFinished,
	sdk.KindRewind:   (*Dialogue).sayRewind,
	sdk.KindRewound:  (*Dialogue).sayRewound,
	sdk.KindStop:     (*Dialogue).sayStop,
	sdk.KindLeave:    (*Dialogue).sayLeave,
	sdk.KindBye:      (*Dialogue).sayBye,
	sdk.KindExpired:  (*Dialogue).sayExpired,
	sdk.KindAbort:    (*Dialogue).sayAbort,
}

// Say appends the message's bytes to out. After the end of the call it writes nothing and answers Hangup.
func (d *Dialogue) Say(m sdk.Message, out []byte) (sdk.Said, []byte, error) {
	if d.state == stateOver {
		return sdk.Said{Next: sdk.Hangup}, out, nil
	}
	start := len(out)
	if m.Kind == sdk.KindData {
		said, err := d.sayData(m, &out)
		if err != nil {
			return said, out[:start], fmt.Errorf("say Data: %w", err)
		}
		return said, out, nil
	}
	do, ok := sayings[m.Kind]
	if !ok {
		return sdk.Said{}, out, fmt.Errorf("say %s: PeSIT has no such message", m.Kind)
	}
	switch m.Kind {
	case sdk.KindSync, sdk.KindEnd: // these join what is packed
	case sdk.KindAbort, sdk.KindExpired, sdk.KindStop: // the peer drops what is under way
	default:
		if err := d.flush(&out); err != nil {
			return sdk.Said{}, out[:start], fmt.Errorf("say %s: %w", m.Kind, err)
		}
	}
	said, err := do(d, m, &out)
	if err != nil {
		return sdk.Said{}, out[:start], fmt.Errorf("say %s: %w", m.Kind, err)
	}
	return said, out, nil
}

// owes reports whether the message may answer what was asked last, and settles the debt.
func (d *Dialogue) settle(m sdk.Message, asked ...sdk.Kind) error {
	for _, k := range asked {
		if d.owed == k {
			d.owed = sdk.KindNone
			return nil
		}
	}
	return d.unfit(m)
}
