package line

import (
	"fmt"
	"strconv"

	"github.com/postern/postern/sdk"
)

func readNothing(_ *dialogue, f *fields, _ *sdk.Event) error { return f.end() }

// readHello reads "HELLO name secret [access] [to=NAME] [new=SECRET] [term=value ...]". Terms that are not there have
// their defaults.
func readHello(d *dialogue, f *fields, e *sdk.Event) error {
	name, err := f.need("name")
	if err != nil {
		return err
	}
	secret, err := f.need("secret")
	if err != nil {
		return err
	}
	access, _ := f.word()
	switch string(access) {
	case "", "write", "read", "mixed":
	default:
		return fmt.Errorf("access %q is none of write, read and mixed", access)
	}
	given, rest, err := readTerms(f)
	if err != nil {
		return err
	}
	if err := f.end(append(rest, "to", "new")...); err != nil {
		return err
	}
	h := &sdk.Hello{Claim: d.claim, Terms: overlay(Protocol{}.Describe().Defaults(), given)}
	h.Name, h.Secret, h.Access = string(name), sdk.NewSecret(string(secret)), string(access)
	to, _ := f.option("to")
	h.CalledName = string(to)
	fresh, _ := f.option("new")
	h.NewSecret = sdk.NewSecret(string(fresh))
	if h.Method == "" {
		h.Method = "password"
	}
	d.terms = h.Terms
	e.Hello = h
	return nil
}

// readWelcome reads "WELCOME [name=NAME] [secret=SECRET] [text=TEXT] [term=value ...]".
func readWelcome(d *dialogue, f *fields, e *sdk.Event) error {
	given, rest, err := readTerms(f)
	if err != nil {
		return err
	}
	if err := f.end(append(rest, "name", "secret", "text")...); err != nil {
		return err
	}
	if name, ok := given.NoWider(d.terms); !ok {
		return fmt.Errorf("the answer widens the term %s", name)
	}
	name, _ := f.option("name")
	secret, _ := f.option("secret")
	text, _ := f.option("text")
	d.agree(given)
	e.Welcome = &sdk.Welcome{Terms: d.terms, LocalName: string(name), LocalSecret: sdk.NewSecret(string(secret)), Text: string(text)}
	return nil
}

// agree settles the terms: those given, and for the others what was proposed.
func (d *dialogue) agree(t sdk.Terms) {
	d.terms = overlay(d.terms, t)
	d.agreed = limitsOf(d.terms)
}

// readTerms collects the options that are terms, and their names.
func readTerms(f *fields) (t sdk.Terms, names []string, err error) {
	for _, w := range f.list {
		if w.key == nil {
			continue
		}
		x, ok, err := readTerm(w.key, w.value)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			t, names = append(t, x), append(names, x.Name)
		}
	}
	return t, names, nil
}

func readWant(d *dialogue, f *fields, e *sdk.Event) error {
	if d.action != sdk.ActionRead {
		return fmt.Errorf("%w: only a file that was asked for with GET can be read at random", errPlace)
	}
	tag, err := f.need("tag")
	if err != nil {
		return err
	}
	t, err := strconv.ParseUint(string(tag), 10, 32)
	if err != nil {
		return fmt.Errorf("tag %q is no number", tag)
	}
	if e.At, err = f.number("offset"); err != nil {
		return err
	}
	n, err := f.number("length")
	if err != nil {
		return err
	}
	if n > maxBlock {
		return fmt.Errorf("length %d is more than %d", n, maxBlock)
	}
	e.Tag, e.Len = uint32(t), int(n)
	d.wants++
	return f.end()
}

func readBegin(d *dialogue, f *fields, e *sdk.Event) (err error) {
	if d.action != sdk.ActionCreate && d.action != sdk.ActionRead {
		return fmt.Errorf("%w: no file is selected", errPlace)
	}
	e.Point = sdk.NoPoint
	if !f.flag("none") {
		if e.Point, err = f.number("point"); err != nil {
			return err
		}
	}
	d.asked, d.wants = e.Point, 0
	return f.end()
}

func readStart(d *dialogue, f *fields, e *sdk.Event) (err error) {
	if e.Point, err = f.number("point"); err != nil {
		return err
	}
	if d.asked != sdk.NoPoint && d.asked != e.Point {
		return fmt.Errorf("point %d was wanted, not %d", d.asked, e.Point)
	}
	state := d.resume
	if d.asked == sdk.NoPoint {
		state = nil
	}
	if err := d.flow.start(e.Point, state); err != nil {
		return err
	}
	return f.end()
}

func readSync(d *dialogue, f *fields, e *sdk.Event) (err error) {
	if e.Point, err = f.number("point"); err != nil {
		return err
	}
	if d.agreed.interval == 0 {
		return fmt.Errorf("%w: no sync points were agreed", errPlace)
	}
	if e.Point != d.flow.last+1 {
		return fmt.Errorf("point %d after point %d", e.Point, d.flow.last)
	}
	if w := d.agreed.window; w > 0 && d.flow.open() >= w {
		e.Kind = sdk.KindDamaged
		e.Refusal = sdk.Refuse(sdk.DataWindow, "point %d, and %d wait for their acknowledgement", e.Point, d.flow.open())
		return f.end()
	}
	d.flow.sync()
	e.State = d.flow.counts.state()
	return f.end()
}

func readSynced(d *dialogue, f *fields, e *sdk.Event) (err error) {
	if e.Point, err = f.number("point"); err != nil {
		return err
	}
	if !d.flow.synced(e.Point) {
		return fmt.Errorf("%w: point %d does not wait for an acknowledgement", errPlace, e.Point)
	}
	return f.end()
}

// readEnd reads "END ok" or "END code [text]".
func readEnd(_ *dialogue, f *fields, e *sdk.Event) (err error) {
	if f.flag("ok") {
		return f.end()
	}
	e.Refusal, err = readRefusal(f)
	return err
}

// readFinish reads the figures of FINISH and FINISHED: "bytes records" or nothing.
func readFinish(d *dialogue, f *fields, e *sdk.Event) (err error) {
	e.More = f.flag("more")
	if len(f.list) > 0 && !e.More {
		e.Counts.Known = true
		if e.Counts.Bytes, err = f.number("number of bytes"); err != nil {
			return err
		}
		if e.Counts.Records, err = f.number("number of records"); err != nil {
			return err
		}
		e.More = f.flag("more")
	}
	e.Agree = d.flow.agrees(e.Counts)
	return f.end()
}

func readRewind(d *dialogue, f *fields, e *sdk.Event) (err error) {
	if e.Point, err = f.number("point"); err != nil {
		return err
	}
	if !d.agreed.resync || e.Point > d.flow.last {
		return fmt.Errorf("%w: back to point %d", errPlace, e.Point)
	}
	return f.end()
}

func readRewound(d *dialogue, f *fields, e *sdk.Event) (err error) {
	if e.Point, err = f.number("point"); err != nil {
		return err
	}
	if e.Point > d.flow.last {
		return fmt.Errorf("%w: back at point %d, the last is %d", errPlace, e.Point, d.flow.last)
	}
	return f.end()
}

// readStop reads "STOP code [text] [keep] [restartable]".
func readStop(_ *dialogue, f *fields, e *sdk.Event) (err error) {
	code, err := f.need("code")
	if err != nil {
		return err
	}
	e.Restartable = f.flag("restartable")
	e.Keep = f.flag("keep")
	if e.Refusal, err = heardRefusal(code, f); err != nil {
		return err
	}
	return f.end("text")
}

// readLeave reads "LEAVE" or "LEAVE code [text]".
func readLeave(d *dialogue, f *fields, e *sdk.Event) (err error) {
	d.wants = 0
	if len(f.list) == 0 {
		return nil
	}
	e.Refusal, err = readRefusal(f)
	return err
}

func readYield(d *dialogue, f *fields, _ *sdk.Event) error {
	d.asker = d.calling
	return f.end()
}

func readBye(_ *dialogue, f *fields, e *sdk.Event) error {
	e.Ref = 0
	return f.end()
}
