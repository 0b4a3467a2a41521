package jsonwire

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/postern/postern/sdk/contract" // the messages that are looked up by name
)

// ErrMessage says that text is no message of the contract.
var ErrMessage = errors.New("not a message of the contract")

// message makes an empty message of a point: suffix is Request or Reply.
func message(p sdk.Point, suffix string) (proto.Message, error) {
	if _, ok := p.Row(); !ok {
		return nil, fmt.Errorf("%w: %q is no exit point", ErrMessage, p)
	}
	name := protoreflect.FullName("postern.v1." + strings.ToUpper(string(p[:1])) + string(p[1:]) + suffix)
	t, err := protoregistry.GlobalTypes.FindMessageByName(name)
	if err != nil {
		return nil, err
	}
	return t.New().Interface(), nil
}

// AppendQuestion appends what an exit is asked, with its own settings from show.Config (none: an empty object).
func AppendQuestion(b []byte, q *sdk.Question, show wire.Shown) ([]byte, error) {
	m, err := message(q.Point, "Request")
	if err != nil {
		return b, err
	}
	config := show.Config
	if config == "" {
		config = "{}"
	}
	show.Config = ""
	if err := proto.Unmarshal(wire.AppendQuestion(nil, q, show), m); err != nil {
		return b, err
	}
	b = append(b, `{"point":`...)
	b = appendString(b, string(q.Point))
	b = append(append(b, `,"config":`...), config...)
	r := m.ProtoReflect()
	for i := range r.Descriptor().Fields().Len() {
		if f := r.Descriptor().Fields().Get(i); r.Has(f) {
			b = appendKey(b, string(f.Name()))
			b = appendValue(b, f, r.Get(f))
		}
	}
	return append(b, '}'), nil
}

// ParseQuestion reads what an exit is asked, and its settings. The error is [ErrMessage] and says where.
func ParseQuestion(text []byte) (q sdk.Question, config json.RawMessage, err error) {
	top, err := object(text)
	if err != nil {
		return q, nil, err
	}
	var p sdk.Point
	if err := json.Unmarshal(top["point"], &p); err != nil {
		return q, nil, fmt.Errorf("%w: point: the name of an exit point is missing", ErrMessage)
	}
	m, err := message(p, "Request")
	if err != nil {
		return q, nil, err
	}
	config = top["config"]
	delete(top, "point")
	delete(top, "config")
	b, err := bytesOf(m, top)
	if err != nil {
		return q, nil, err
	}
	q, _, err = wire.ParseQuestion(p, string(b))
	return q, config, err
}

// bytesOf reads an object into a message and gives the message's bytes.
func bytesOf(m proto.Message, top map[string]json.RawMessage) ([]byte, error) {
	text, err := json.Marshal(top)
	if err != nil {
		return nil, err
	}
	if err := protojson.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrMessage, reason(err))
	}
	return proto.Marshal(m)
}

// reason leaves out what protojson says of itself; it separates words with a blank that is none, to keep tests from
// comparing its texts.
func reason(err error) string {
	s := strings.ReplaceAll(err.Error(), "\u00a0", " ")
	s = strings.TrimPrefix(s, "proto: ")
	if strings.HasPrefix(s, "(") { // a position in text that was written anew
		if _, rest, ok := strings.Cut(s, "): "); ok {
			return rest
		}
	}
	return s
}

// object reads exactly one object, each name once.
func object(text []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(strings.NewReader(string(text)))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("%w: it is no JSON object", ErrMessage)
	}
	out := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: at byte %d: %w", ErrMessage, d.InputOffset(), err)
		}
		name, _ := t.(string)
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("%w: %q stands twice", ErrMessage, name)
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, fmt.Errorf("%w: at byte %d: %w", ErrMessage, d.InputOffset(), err)
		}
		out[name] = v
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("%w: at byte %d: %w", ErrMessage, d.InputOffset(), err)
	}
	if rest := strings.TrimSpace(string(text[d.InputOffset():])); rest != "" {
		return nil, fmt.Errorf("%w: there is something behind it, at byte %d", ErrMessage, d.InputOffset())
	}
	return out, nil
}
