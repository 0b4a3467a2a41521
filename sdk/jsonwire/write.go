package jsonwire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// appendMessage writes the fields of a message that are set, in the order of the contract.
func appendMessage(b []byte, m protoreflect.Message) []byte {
	switch x := m.Interface().(type) {
	case *timestamppb.Timestamp:
		return strconv.AppendQuote(b, x.AsTime().Format(time.RFC3339Nano))
	case *durationpb.Duration:
		return appendDuration(b, x.AsDuration())
	}
	b = append(b, '{')
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if !m.Has(f) {
			continue
		}
		b = appendKey(b, string(f.Name()))
		b = appendValue(b, f, m.Get(f))
	}
	return append(b, '}')
}

// appendDuration writes a duration as protobuf has it in JSON: seconds with an s behind them.
func appendDuration(b []byte, d time.Duration) []byte {
	b = append(b, '"')
	if d < 0 {
		b = append(b, '-')
		d = -d
	}
	b = strconv.AppendInt(b, int64(d/time.Second), 10)
	if frac := d % time.Second; frac != 0 {
		b = append(b, strings.TrimRight(fmt.Sprintf(".%09d", frac), "0")...)
	}
	return append(b, `s"`...)
}

// appendKey writes a comma where one is due, the name and a colon.
func appendKey(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(appendString(b, name), ':')
}

func appendValue(b []byte, f protoreflect.FieldDescriptor, v protoreflect.Value) []byte {
	switch {
	case f.IsMap():
		return appendMap(b, v.Map())
	case f.IsList():
		b = append(b, '[')
		for i := range v.List().Len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendScalar(b, f, v.List().Get(i))
		}
		return append(b, ']')
	}
	return appendScalar(b, f, v)
}

func appendMap(b []byte, m protoreflect.Map) []byte {
	var keys []string
	m.Range(func(k protoreflect.MapKey, _ protoreflect.Value) bool {
		keys = append(keys, k.String())
		return true
	})
	slices.Sort(keys)
	b = append(b, '{')
	for _, k := range keys {
		b = appendKey(b, k)
		b = appendString(b, m.Get(protoreflect.ValueOfString(k).MapKey()).String())
	}
	return append(b, '}')
}

func appendScalar(b []byte, f protoreflect.FieldDescriptor, v protoreflect.Value) []byte {
	switch f.Kind() {
	case protoreflect.MessageKind:
		return appendMessage(b, v.Message())
	case protoreflect.StringKind:
		return appendString(b, v.String())
	case protoreflect.BoolKind:
		return strconv.AppendBool(b, v.Bool())
	case protoreflect.Uint32Kind:
		return strconv.AppendUint(b, v.Uint(), 10)
	}
	return strconv.AppendInt(b, v.Int(), 10)
}

func appendString(b []byte, s string) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can be encoded
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}
