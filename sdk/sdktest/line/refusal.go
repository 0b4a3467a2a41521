package line

import (
	"fmt"
	"strconv"

	"github.com/postern/postern/sdk"
)

// readRefuse reads "NO code [text=TEXT] [tag=T]".
func readRefuse(d *dialogue, f *fields, e *sdk.Event) (err error) {
	if v, ok := f.option("tag"); ok {
		t, err := strconv.ParseUint(string(v), 10, 32)
		if err != nil || d.state != chosen || d.wants == 0 {
			return fmt.Errorf("%w: tag %q", errPlace, v)
		}
		e.Tag = uint32(t)
		d.wants--
	}
	e.Refusal, err = readRefusal(f)
	return err
}

// readRefusal reads "code [text=TEXT]", alone on its line but for a tag.
func readRefusal(f *fields) (*sdk.Refusal, error) {
	code, err := f.need("code")
	if err != nil {
		return nil, err
	}
	r, err := heardRefusal(code, f)
	if err != nil {
		return nil, err
	}
	return r, f.end("text", "tag")
}

func heardRefusal(code []byte, f *fields) (*sdk.Refusal, error) {
	row, ok := sdk.Code(code).Row()
	if !ok {
		return nil, fmt.Errorf("code %q is not on the list", code)
	}
	text, _ := f.option("text")
	return &sdk.Refusal{Code: row.Code, Temporary: row.Temporary, Public: string(text), ByPeer: true, Diagnostic: string(code)}, nil
}

func writeRefuse(d *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	if m.Refusal == nil {
		return out, errNoBody
	}
	out = appendRefusal(out, m.Refusal)
	if d.state == chosen {
		if d.wants == 0 {
			return out, errUnsaid
		}
		d.answered()
		out = appendNumber(out, "tag", int64(m.Tag))
	}
	return out, nil
}

// answered takes one random read off those that are owed.
func (d *dialogue) answered() { d.wants-- }

// appendRefusal writes the code and the public text; the detail stays here.
func appendRefusal(out []byte, r *sdk.Refusal) []byte {
	return appendOption(appendWord(out, string(r.Code)), "text", r.Public)
}

func writeOutcome(_ *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	if m.Refusal == nil {
		return out, nil
	}
	return appendRefusal(out, m.Refusal), nil
}
