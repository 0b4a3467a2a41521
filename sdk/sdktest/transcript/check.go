package transcript

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/postern/postern/sdk"
)

func (p *player) checkSaid(st *step) error {
	if st.fails {
		if p.sayErr == nil {
			return errors.New("the message was taken, want an error")
		}
		return nil
	}
	if p.sayErr != nil {
		return fmt.Errorf("say: %w", p.sayErr)
	}
	got := map[string]string{
		"next":  [...]string{"Continue", "Blocked", "PointDue", "Hangup"}[p.said.Next],
		"used":  strconv.Itoa(p.said.Used),
		"state": string(p.said.State),
		"point": strconv.FormatInt(p.said.Point, 10),
	}
	for _, f := range st.fields {
		v, ok := got[f.name]
		if !ok {
			return fmt.Errorf("said has no field %q", f.name)
		}
		if v != f.value {
			return fmt.Errorf("said %s=%q, want %q", f.name, v, f.value)
		}
	}
	return nil
}

func (p *player) checkOutput(st *step) error {
	if at := st.bytes.match(p.out); at >= 0 {
		return fmt.Errorf("output differs from byte %d on:\n got %.400q\nwant %.400q", at, p.out, st.bytes.bytes())
	}
	p.out = p.out[len(st.bytes):]
	return nil
}

func (p *player) checkEvent(st *step) error {
	if len(p.events) == 0 {
		return fmt.Errorf("no event, want %s", st.kind)
	}
	if diff := st.differs(p.protocol, p.events[0]); diff != "" {
		return errors.New(diff)
	}
	if st.kind == sdk.KindData {
		return p.checkData(st)
	}
	p.events = p.events[1:]
	return nil
}

// checkData takes the wanted bytes from the front of the events, in whatever pieces they came. Without bytes in the
// step it takes one event.
func (p *player) checkData(st *step) error {
	want, err := st.message()
	if err != nil {
		return err
	}
	if !has(st.fields, "bytes") {
		p.events = p.events[1:]
		return nil
	}
	rest, end := want.Bytes, false
	for {
		if len(p.events) == 0 || p.events[0].Kind != sdk.KindData {
			return fmt.Errorf("the data ends %d bytes early", len(rest))
		}
		e := &p.events[0]
		n := min(len(e.Bytes), len(rest))
		if !bytes.Equal(e.Bytes[:n], rest[:n]) {
			return fmt.Errorf("data %.80q, want %.80q", e.Bytes, rest)
		}
		rest = rest[n:]
		if n < len(e.Bytes) {
			e.Bytes = e.Bytes[n:]
			break
		}
		end = e.RecordEnd
		p.events = p.events[1:]
		if len(rest) == 0 {
			break
		}
		if end {
			return fmt.Errorf("a record ends %d bytes early", len(rest))
		}
	}
	return p.checkRecordEnd(want.RecordEnd, end)
}

// checkRecordEnd also takes an empty piece that does nothing but end the record.
func (p *player) checkRecordEnd(want, got bool) error {
	if want && !got && len(p.events) > 0 {
		if e := p.events[0]; e.Kind == sdk.KindData && len(e.Bytes) == 0 && e.RecordEnd {
			p.events, got = p.events[1:], true
		}
	}
	if want != got {
		return fmt.Errorf("record_end=%v, want %v", got, want)
	}
	return nil
}

func has(fields []field, name string) bool {
	for _, f := range fields {
		if f.name == name {
			return true
		}
	}
	return false
}
