package pesit

import (
	"errors"
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
	d.now.out = out // in the dialogue, so that Say allocates nothing
	said, err := d.sayNow(m, &d.now.out)
	written := d.now.out
	d.now = hearing{}
	if err != nil {
		return sdk.Said{}, out, fmt.Errorf("say %s: %w", m.Kind, err)
	}
	return said, written, nil
}

func (d *Dialogue) sayNow(m sdk.Message, out *[]byte) (sdk.Said, error) {
	if m.Kind == sdk.KindData {
		return d.sayData(m, out)
	}
	do, ok := sayings[m.Kind]
	if !ok {
		return sdk.Said{}, errors.New("PeSIT has no such message")
	}
	switch m.Kind {
	case sdk.KindSync, sdk.KindEnd: // these join what is packed
	case sdk.KindAbort, sdk.KindExpired, sdk.KindStop: // the peer drops what is under way
	default:
		if err := d.flush(out); err != nil {
			return sdk.Said{}, err
		}
	}
	return do(d, m, out)
}

// settle checks that the message may answer what was asked last: then nothing is owed any more.
func (d *Dialogue) settle(m sdk.Message, asked ...sdk.Kind) error {
	for _, k := range asked {
		if d.owed == k {
			d.owed = sdk.KindNone
			return nil
		}
	}
	return d.unfit(m)
}
