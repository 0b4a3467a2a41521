package line

import (
	"fmt"
	"strconv"

	"github.com/postern/postern/sdk"
)

func writeNothing(_ *dialogue, _ *sdk.Message, out []byte) ([]byte, error) { return out, nil }

func writeHello(d *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	h := m.Hello
	if h == nil {
		return out, errNoBody
	}
	out = appendWord(appendWord(out, h.Name), h.Secret.Reveal())
	if h.Access != "" {
		out = appendWord(out, h.Access)
	}
	out = appendOption(out, "to", h.CalledName)
	out = appendOption(out, "new", h.NewSecret.Reveal())
	d.terms = overlay(d.terms, h.Terms)
	for _, t := range d.terms {
		out = appendTerm(out, t)
	}
	return out, nil
}

func writeWelcome(d *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	w := m.Welcome
	if w == nil {
		return out, errNoBody
	}
	if name, ok := overlay(d.terms, w.Terms).NoWider(d.terms); !ok {
		return out, fmt.Errorf("the term %s is wider than was proposed", name)
	}
	d.agree(w.Terms)
	out = appendOption(out, "name", w.LocalName)
	out = appendOption(out, "secret", w.LocalSecret.Reveal())
	out = appendOption(out, "text", w.Text)
	for _, t := range d.terms {
		out = appendTerm(out, t)
	}
	return out, nil
}

func writeLeave(d *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	d.wants = 0
	return writeOutcome(d, m, out)
}

func writeWant(d *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	if d.action != sdk.ActionRead || d.wants >= maxWants || m.Len < 0 || m.Len > maxBlock || m.At < 0 {
		return out, errUnsaid
	}
	d.wants++
	out = strconv.AppendUint(append(out, ' '), uint64(m.Tag), 10)
	out = strconv.AppendInt(append(out, ' '), m.At, 10)
	return strconv.AppendInt(append(out, ' '), int64(m.Len), 10), nil
}

func writeBegin(d *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	if d.action != sdk.ActionCreate && d.action != sdk.ActionRead {
		return out, errUnsaid
	}
	d.asked, d.resume, d.wants = m.Point, append([]byte(nil), m.State...), 0
	if m.Point == sdk.NoPoint {
		return append(out, " none"...), nil
	}
	return strconv.AppendInt(append(out, ' '), m.Point, 10), nil
}

func writeStart(d *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	if m.Point < 0 || d.asked != sdk.NoPoint && d.asked != m.Point {
		return out, fmt.Errorf("point %d was wanted, not %d", d.asked, m.Point)
	}
	if err := d.flow.start(m.Point, m.State); err != nil {
		return out, err
	}
	return strconv.AppendInt(append(out, ' '), m.Point, 10), nil
}

func writeSync(d *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	if w := d.agreed.window; d.agreed.interval == 0 || w > 0 && d.flow.open() >= w {
		return out, errUnsaid
	}
	if m.Point != 0 && m.Point != d.flow.last+1 {
		return out, fmt.Errorf("point %d after point %d", m.Point, d.flow.last)
	}
	d.flow.sync()
	return strconv.AppendInt(append(out, ' '), d.flow.last, 10), nil
}

// writePoint writes SYNCED, unless the point is not open any more or nothing is acknowledged.
func writePoint(d *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	if d.agreed.window == 0 || !d.flow.synced(m.Point) {
		return out[:len(out)-len("SYNCED")], nil
	}
	return strconv.AppendInt(append(out, ' '), m.Point, 10), nil
}

func writeEnd(_ *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	if m.Refusal == nil {
		return append(out, " ok"...), nil
	}
	return appendRefusal(out, m.Refusal), nil
}

// writeFinish writes the figures of the whole file as this side has counted them.
func writeFinish(d *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	out = strconv.AppendInt(append(out, ' '), d.flow.counts.bytes, 10)
	out = strconv.AppendInt(append(out, ' '), d.flow.counts.records, 10)
	if m.More {
		out = append(out, " more"...)
	}
	return out, nil
}

func writeRewind(d *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	if !d.agreed.resync || m.Point < 0 || m.Point > d.flow.last {
		return out, errUnsaid
	}
	return strconv.AppendInt(append(out, ' '), m.Point, 10), nil
}

func writeRewound(d *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	if m.Point < 0 || m.Point > d.flow.last {
		return out, errUnsaid
	}
	if err := d.flow.back(m.Point, m.State); err != nil {
		return out, err
	}
	return strconv.AppendInt(append(out, ' '), m.Point, 10), nil
}

func writeStop(_ *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	if m.Refusal == nil {
		return out, errNoBody
	}
	out = appendWord(out, string(m.Refusal.Code))
	if m.Restartable {
		out = append(out, " restartable"...)
	}
	if m.Keep {
		out = append(out, " keep"...)
	}
	return appendOption(out, "text", m.Refusal.Public), nil
}

func writeYield(d *dialogue, _ *sdk.Message, out []byte) ([]byte, error) {
	d.asker = d.calling
	return out, nil
}
