package jsonwire

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// verdicts in JSON are in lower case and without prefix.
var verdicts = []string{"pass", "allow", "refuse"}

// AppendVerdict appends an exit's answer.
func AppendVerdict(b []byte, p sdk.Point, v *sdk.Verdict) ([]byte, error) {
	m, err := message(p, "Reply")
	if err != nil {
		return b, err
	}
	if err := proto.Unmarshal(wire.AppendVerdict(nil, p, v), m); err != nil {
		return b, err
	}
	r := m.ProtoReflect()
	b = append(b, `{"verdict":`...)
	b = appendString(b, v.Kind.String())
	for i := range r.Descriptor().Fields().Len() {
		if f := r.Descriptor().Fields().Get(i); r.Has(f) && f.Name() != "verdict" {
			b = appendKey(b, string(f.Name()))
			b = appendValue(b, f, r.Get(f))
		}
	}
	return append(b, '}'), nil
}

// ParseVerdict reads an exit's answer at a point: one JSON object, nothing behind it but blanks. The error is [ErrMessage]:
// a change that the point does not allow is one too.
func ParseVerdict(p sdk.Point, text []byte) (sdk.Verdict, error) {
	m, err := message(p, "Reply")
	if err != nil {
		return sdk.Verdict{}, err
	}
	if len(strings.TrimSpace(string(text))) == 0 {
		return sdk.Verdict{}, fmt.Errorf("%w: the answer is empty", ErrMessage)
	}
	top, err := object(text)
	if err != nil {
		return sdk.Verdict{}, err
	}
	var word string
	if err := json.Unmarshal(top["verdict"], &word); err != nil || !slices.Contains(verdicts, word) {
		return sdk.Verdict{}, fmt.Errorf("%w: verdict: %s is none of pass, allow, refuse", ErrMessage, or(string(top["verdict"]), "nothing"))
	}
	top["verdict"] = json.RawMessage(`"VERDICT_` + strings.ToUpper(word) + `"`)
	if err := clearLists(m, top); err != nil {
		return sdk.Verdict{}, err
	}
	b, err := bytesOf(m, top)
	if err != nil {
		return sdk.Verdict{}, err
	}
	return wire.ParseVerdict(p, string(b))
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// clearLists names the lists of a partner that were given as [] in its field clear: an empty list does not cross otherwise.
func clearLists(m proto.Message, top map[string]json.RawMessage) error {
	set := m.ProtoReflect().Descriptor().Fields().ByName("set")
	if set == nil || set.Message().Fields().ByName("partner") == nil || top["set"] == nil {
		return nil
	}
	var changes struct {
		Partner map[string]json.RawMessage `json:"partner"`
	}
	if err := json.Unmarshal(top["set"], &changes); err != nil || changes.Partner == nil {
		return nil // protojson says what is wrong with it
	}
	var clear []string
	_ = json.Unmarshal(changes.Partner["clear"], &clear)
	fields := set.Message().Fields().ByName("partner").Message().Fields()
	for name, v := range changes.Partner {
		f := fields.ByName(protoreflect.Name(name))
		if f != nil && f.IsList() && name != "clear" && strings.Join(strings.Fields(string(v)), "") == "[]" && !slices.Contains(clear, name) {
			clear = append(clear, name)
		}
	}
	if len(clear) == 0 {
		return nil
	}
	slices.Sort(clear)
	changes.Partner["clear"], _ = json.Marshal(clear)
	partner, err := json.Marshal(changes.Partner)
	if err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(top["set"], &all); err != nil {
		return nil
	}
	all["partner"] = partner
	top["set"], err = json.Marshal(all)
	return err
}
