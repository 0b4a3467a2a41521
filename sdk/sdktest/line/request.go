package line

import (
	"fmt"

	"github.com/postern/postern/sdk"
)

// requestTexts and requestNumbers are the options of a request, written and read from the same list.
var (
	requestTexts = [...]struct {
		key string
		at  func(*sdk.Request) *string
	}{
		{"target", func(r *sdk.Request) *string { return &r.Target }},
		{"label", func(r *sdk.Request) *string { return &r.Label }},
		{"origin", func(r *sdk.Request) *string { return &r.Origin }},
		{"destination", func(r *sdk.Request) *string { return &r.Destination }},
		{"text", func(r *sdk.Request) *string { return &r.Text }},
	}
	requestNumbers = [...]struct {
		key    string
		absent int64
		at     func(*sdk.Request) *int64
	}{
		{"type", 0, func(r *sdk.Request) *int64 { return &r.Type }},
		{"number", 0, func(r *sdk.Request) *int64 { return &r.Number }},
		{"size", -1, func(r *sdk.Request) *int64 { return &r.Size }},
		{"unit", 0, func(r *sdk.Request) *int64 { return &r.SizeUnit }},
	}
)

// readRequest reads "PUT file [option=value ...]" and its like, and "MSG file reply|noreply text".
func readRequest(d *dialogue, f *fields, e *sdk.Event) error {
	r := &sdk.Request{Kind: "file", Priority: 1}
	for _, a := range actions {
		if a.verb == string(d.verb) {
			r.Action = a.action
		}
	}
	file, err := f.need("file")
	if err != nil {
		return err
	}
	r.File = string(file)
	if r.Action == sdk.ActionMessage {
		if err := readMessage(r, f); err != nil {
			return err
		}
	}
	known, err := readRequestOptions(r, f)
	if err != nil {
		return err
	}
	if err := f.end(known...); err != nil {
		return err
	}
	d.asker = false
	d.open(d.ref+1, r.Action)
	e.Ref, e.Request = d.ref, r
	return nil
}

func readMessage(r *sdk.Request, f *fields) error {
	r.Kind = "message"
	want, err := f.need("word reply or noreply")
	if err != nil {
		return err
	}
	if r.ReplyWanted = string(want) == "reply"; !r.ReplyWanted && string(want) != "noreply" {
		return fmt.Errorf("%q is neither reply nor noreply", want)
	}
	text, err := f.need("text")
	r.Text = string(text)
	return err
}

func readRequestOptions(r *sdk.Request, f *fields) (known []string, err error) {
	known = []string{"restart", "priority"}
	for _, o := range requestTexts {
		if v, ok := f.option(o.key); ok {
			*o.at(r) = string(v)
		}
		known = append(known, o.key)
	}
	for _, o := range requestNumbers {
		if *o.at(r), err = f.optionNumber(o.key, o.absent); err != nil {
			return nil, err
		}
		known = append(known, o.key)
	}
	restart, err := f.optionNumber("restart", 0)
	if err != nil {
		return nil, err
	}
	priority, err := f.optionNumber("priority", 1)
	if err != nil {
		return nil, err
	}
	if restart > 1 || priority > 2 {
		return nil, fmt.Errorf("restart=%d is not 0 or 1, or priority=%d not 0, 1 or 2", restart, priority)
	}
	r.Restart, r.Priority = restart == 1, int(priority)
	var names []string
	if r.Terms, names, err = readTerms(f); err != nil {
		return nil, err
	}
	known = append(known, names...)
	r.Attributes, names = readAttributes(f)
	return append(known, names...), nil
}

// open begins a transfer, or whatever else the action is.
func (d *dialogue) open(ref uint32, action sdk.Action) {
	d.ref, d.action = ref, action
	d.asked, d.resume, d.wants = sdk.NoPoint, nil, 0
	d.sender = d.asker == (action == sdk.ActionCreate)
	d.flow = flow{}
}

func writeRequest(d *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	r := m.Request
	if r == nil {
		return out, errNoBody
	}
	out, ok := appendRequestVerb(out, r)
	if !ok {
		return out, fmt.Errorf("the action %q has no verb", r.Action)
	}
	text := r.Text
	if r.Action == sdk.ActionMessage {
		r = &sdk.Request{}
		*r = *m.Request
		r.Text = ""
		out = append(out, map[bool]string{true: " reply", false: " noreply"}[r.ReplyWanted]...)
		out = appendWord(out, text)
	}
	for _, o := range requestTexts {
		out = appendOption(out, o.key, *o.at(r))
	}
	for _, o := range requestNumbers {
		if n := *o.at(r); n != o.absent {
			out = appendNumber(out, o.key, n)
		}
	}
	if r.Restart {
		out = appendFlag(out, "restart", true)
	}
	if r.Priority != 1 {
		out = appendNumber(out, "priority", int64(r.Priority))
	}
	for _, t := range r.Terms {
		out = appendTerm(out, t)
	}
	d.asker = true
	d.open(m.Ref, r.Action)
	return appendAttributes(out, r.Attributes)
}

func appendRequestVerb(out []byte, r *sdk.Request) ([]byte, bool) {
	for _, a := range actions {
		if a.action == r.Action {
			return appendWord(append(out, a.verb...), r.File), true
		}
	}
	return out, false
}
