package line

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/postern/postern/sdk"
)

// maxWants is how many random reads may be owed.
const maxWants = 64

// Hear turns lines and payloads into events. It stops at the first event that asks, when ev is full, and when a line
// is not whole yet.
func (d *dialogue) Hear(in []byte, ev []sdk.Event, out []byte) (used int, _ []sdk.Event, _ []byte, _ error) {
	for len(ev) < cap(ev) && !d.owed && (d.asker || d.wants < maxWants) {
		if d.state == over {
			return len(in), ev, out, nil
		}
		if d.pay.open {
			n, e, ok := d.piece(in[used:])
			used += n
			if ok {
				ev = append(ev, e)
			}
			if d.pay.open && used == len(in) {
				break
			}
			continue
		}
		line, n, err := cut(in[used:])
		if n == 0 && err == nil {
			break
		}
		used += n
		d.event = sdk.Event{Kind: sdk.KindNone, Ref: d.ref}
		e := &d.event
		if err == nil {
			out, err = d.line(line, e, out)
		}
		if err != nil {
			*e, out = d.fault(err, out)
			used = len(in)
		}
		if e.Kind != sdk.KindNone {
			ev = append(ev, *e)
		}
	}
	return used, ev, out, nil
}

// cut takes one line off in. It uses nothing when the line is not whole.
func cut(in []byte) (line []byte, used int, err error) {
	n := bytes.IndexByte(in[:min(len(in), maxLine)], '\n')
	if n < 0 {
		if len(in) >= maxLine {
			return nil, 0, errLong
		}
		return nil, 0, nil
	}
	return bytes.TrimSuffix(in[:n], []byte{'\r'}), n + 1, nil
}

// line reads one line. e keeps KindNone when the line says nothing to the core.
func (d *dialogue) line(text []byte, e *sdk.Event, out []byte) ([]byte, error) {
	verb, err := d.args.split(text)
	if err != nil || verb == nil {
		return out, err
	}
	switch string(verb) {
	case "ABORT":
		return out, d.aborted(e)
	case "STOPPED":
		if d.stray {
			d.stray = false
			return out, nil
		}
	}
	d.verb = verb
	r, drop := d.heard(verb)
	if r == nil {
		return out, fmt.Errorf("%w: %q", errPlace, verb)
	}
	if drop {
		return out, d.skip(verb)
	}
	from := d.state
	if r.hear.to != 0 {
		d.state = r.hear.to
	}
	e.Kind = r.kind
	if err := r.read(d, &d.args, e); err != nil {
		return out, parameterError{fmt.Errorf("%s: %w", verb, err)}
	}
	d.owed = e.Kind.Asks() || d.state == rejoining
	return d.confirm(r.verb, from, out), nil
}

// confirm writes what answers a verb without asking the core.
func (d *dialogue) confirm(verb string, from state, out []byte) []byte {
	switch verb {
	case "STOP":
		d.stray = from == stopping
		return append(out, "STOPPED\n"...)
	case "LEAVE":
		return append(out, "LEFT\n"...)
	case "BYE":
		return append(out, "GOODBYE\n"...)
	}
	return out
}

// skip drops a verb that was under way when this side said STOP or REWIND. The payload of a DATA line is dropped too.
func (d *dialogue) skip(verb []byte) error {
	if string(verb) != "DATA" {
		return nil
	}
	if err := d.openPayload(&d.args); err != nil {
		return parameterError{err}
	}
	return nil
}

// errPlace is a line that may not come now.
var errPlace = errors.New("out of place")

// parameterError is a fault in a line's words.
type parameterError struct{ error }

func (e parameterError) Unwrap() error { return e.error }

// fault says farewell to a peer that broke the protocol.
func (d *dialogue) fault(cause error, out []byte) (sdk.Event, []byte) {
	code := sdk.ProtocolViolation
	if errors.As(cause, new(parameterError)) && !errors.Is(cause, errPlace) {
		code = sdk.ProtocolParameter
	}
	r := sdk.Refuse(code, "line protocol").Because(cause)
	d.state, d.owed = over, false
	return sdk.Event{Kind: sdk.KindFault, Ref: d.ref, Refusal: r}, appendAbort(out, r)
}

// aborted hears the peer's farewell.
func (d *dialogue) aborted(e *sdk.Event) error {
	r, err := readRefusal(&d.args)
	if err != nil {
		return parameterError{fmt.Errorf("ABORT: %w", err)}
	}
	e.Kind, e.Refusal = sdk.KindFault, r
	d.state, d.owed = over, false
	return nil
}
