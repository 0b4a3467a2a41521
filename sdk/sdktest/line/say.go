package line

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/postern/postern/sdk"
)

var (
	errNoBody = errors.New("the message has no body")
	// errUnsaid is a message that the core may not say now: a bug of the core, not of the peer.
	errUnsaid = errors.New("cannot be said now")
)

// Say turns one message into bytes.
func (d *dialogue) Say(m sdk.Message, out []byte) (sdk.Said, []byte, error) {
	if d.state == over {
		return sdk.Said{Next: sdk.Hangup}, out, nil
	}
	switch m.Kind {
	case sdk.KindAbort, sdk.KindExpired:
		return d.farewell(&m, out)
	}
	if m.Ref != d.ref && belated(m.Kind) {
		return d.unheard(&m), out, nil
	}
	r, late := d.said(m.Kind)
	if r == nil {
		if late {
			return d.unheard(&m), out, nil
		}
		return sdk.Said{}, out, fmt.Errorf("say %s: %w", m.Kind, errUnsaid)
	}
	if m.Ref != d.ref && answers(m.Kind) && d.state != greeting {
		return sdk.Said{}, out, fmt.Errorf("say %s about file %d, the open one is %d: %w", m.Kind, m.Ref, d.ref, errUnsaid)
	}
	said, after, err := d.utter(r, &m, out)
	if err != nil {
		return sdk.Said{}, out, fmt.Errorf("say %s: %w", m.Kind, err)
	}
	return said, after, nil
}

// belated reports whether a message of this kind about an earlier file was overtaken by the end of that one.
func belated(k sdk.Kind) bool {
	switch k {
	case sdk.KindData, sdk.KindSync, sdk.KindSynced, sdk.KindEnd, sdk.KindFinish, sdk.KindRewind, sdk.KindStop:
		return true
	}
	return false
}

// answers reports whether a message of this kind is about the file that was asked about.
func answers(k sdk.Kind) bool {
	switch k {
	case sdk.KindRefuse, sdk.KindGrant, sdk.KindReply, sdk.KindBegin, sdk.KindStart, sdk.KindFinished, sdk.KindRewound,
		sdk.KindLeave, sdk.KindWant:
		return true
	}
	return false
}

// unheard is what becomes of a message that the peer has overtaken: nothing is written. Data stays with the core.
func (d *dialogue) unheard(m *sdk.Message) sdk.Said {
	if m.Kind == sdk.KindData {
		return sdk.Said{Next: sdk.Blocked}
	}
	return sdk.Said{}
}

func (d *dialogue) utter(r *row, m *sdk.Message, out []byte) (said sdk.Said, _ []byte, err error) {
	from, was := len(out), d.state
	switch m.Kind {
	case sdk.KindData:
		return d.sayData(m, out)
	case sdk.KindReply:
		out, err = d.sayReply(m, out)
	case sdk.KindStart:
		if was != beginning {
			err = d.rejoin(m)
			break
		}
		fallthrough
	default:
		if r.verb != request {
			out = append(out, r.verb...)
		}
		if out, err = r.write(d, m, out); err == nil && len(out) > from {
			out = append(out, '\n')
			err = checkLines(out[from:])
		}
	}
	if err != nil {
		return said, out, err
	}
	if r.say.to != 0 {
		d.state = r.say.to
	}
	if d.state != was {
		d.owed = false
	}
	switch {
	case d.state == over:
		said.Next = sdk.Hangup
	case m.Kind == sdk.KindSync:
		said = sdk.Said{Next: d.next(), Point: d.flow.last, State: d.flow.counts.state()}
	}
	return said, out, nil
}

// rejoin takes the state of the point that was heard in START or REWOUND. It writes nothing.
func (d *dialogue) rejoin(m *sdk.Message) error {
	if d.state == rejoining {
		return d.flow.back(m.Point, m.State)
	}
	if d.flow.moved || m.Point != d.flow.last {
		return errUnsaid
	}
	return d.flow.start(m.Point, m.State)
}

// farewell ends the call from any state.
func (d *dialogue) farewell(m *sdk.Message, out []byte) (sdk.Said, []byte, error) {
	r := m.Refusal
	if m.Kind == sdk.KindExpired {
		code := sdk.TimerMessage
		if m.Timer == sdk.TimerOfIdle {
			code = sdk.TimerIdle
		}
		r = sdk.Refuse(code, "timer %s", m.Timer)
	}
	if r == nil {
		r = sdk.Refuse(sdk.ServerStopping, "abort without a reason")
	}
	d.state, d.owed = over, false
	return sdk.Said{Next: sdk.Hangup}, appendAbort(out, r), nil
}

func appendAbort(out []byte, r *sdk.Refusal) []byte {
	return append(appendRefusal(append(out, "ABORT"...), r), '\n')
}

// checkLines fails when one of the lines is too long.
func checkLines(lines []byte) error {
	for len(lines) > 0 {
		n := bytes.IndexByte(lines, '\n') + 1
		if n > maxLine {
			return errLong
		}
		lines = lines[n:]
	}
	return nil
}
