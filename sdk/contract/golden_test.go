package contract_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/jsonwire"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/wire"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

var update = flag.Bool("update", false, "write the golden messages anew")

var everything = wire.Shown{Password: true, Stored: true}

func question(p sdk.Point) sdk.Question {
	allow := p == sdk.PointIdentify || p == sdk.PointAuthorize
	return sdk.Question{Point: p, Facts: exittest.Facts(p), Earlier: exittest.Changes(p), Allowed: allow}
}

// golden is one message in both encodings, under testdata/NAME.binpb and NAME.json.
type golden struct {
	name         string
	message      string // of the contract
	binary, text []byte
}

func goldens(t *testing.T) (out []golden) {
	t.Helper()
	for _, row := range sdk.Points() {
		p := row.Point
		title := strings.ToUpper(string(p[:1])) + string(p[1:])
		q := question(p)
		text, err := jsonwire.AppendQuestion(nil, &q, everything)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, golden{string(p) + "-request", title + "Request", wire.AppendQuestion(nil, &q, everything), text})
		for name, v := range map[string]sdk.Verdict{"pass": {Kind: sdk.Pass, Set: exittest.Changes(p)}, "refuse": sdk.DenyVerdict(exittest.Refusal())} {
			text, err := jsonwire.AppendVerdict(nil, p, &v)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, golden{string(p) + "-" + name, title + "Reply", wire.AppendVerdict(nil, p, &v), text})
		}
	}
	return out
}

// TestTheGoldenMessagesAreThoseOfTheCodec keeps the bytes of the contract as they are: plugins that were built years ago
// read and write them. A changed file here is a changed contract.
func TestTheGoldenMessagesAreThoseOfTheCodec(t *testing.T) {
	for _, g := range goldens(t) {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, g.text, "", "  "); err != nil {
			t.Fatal(err)
		}
		pretty.WriteByte('\n')
		for ext, want := range map[string][]byte{".binpb": g.binary, ".json": pretty.Bytes()} {
			path := filepath.Join("testdata", g.name+ext)
			if *update {
				if err := os.WriteFile(path, want, 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, want) {
				t.Errorf("%s is not what the codec writes (%v)", path, err)
			}
		}
	}
}

// TestTheGoldenMessagesAreProtobuf reads them with the protobuf library, which shares nothing with the codec.
func TestTheGoldenMessagesAreProtobuf(t *testing.T) {
	for _, g := range goldens(t) {
		typ, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName("postern.v1." + g.message))
		if err != nil {
			t.Fatal(err)
		}
		m := typ.New().Interface()
		b, err := os.ReadFile(filepath.Join("testdata", g.name+".binpb"))
		if err != nil {
			t.Fatal(err)
		}
		if err := proto.Unmarshal(b, m); err != nil {
			t.Fatalf("%s: %v", g.name, err)
		}
		if u := unknown(m.ProtoReflect()); u != "" {
			t.Errorf("%s: %s has fields that the contract does not know", g.name, u)
		}
		again, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%s: the library writes other bytes (%v)", g.name, err)
		}
		if strings.HasSuffix(g.name, "-request") {
			compareJSON(t, g, m)
		}
	}
}

// compareJSON reads the facts of a golden file in JSON with the library.
func compareJSON(t *testing.T, g golden, m proto.Message) {
	t.Helper()
	var top map[string]json.RawMessage
	if err := json.Unmarshal(g.text, &top); err != nil {
		t.Fatal(err)
	}
	delete(top, "point")
	delete(top, "config")
	text, err := json.Marshal(top)
	if err != nil {
		t.Fatal(err)
	}
	back := m.ProtoReflect().New().Interface()
	if err := protojson.Unmarshal(text, back); err != nil || !proto.Equal(back, m) {
		t.Errorf("%s: the JSON is another message (%v)", g.name, err)
	}
}

func unknown(m protoreflect.Message) string {
	if len(m.GetUnknown()) > 0 {
		return string(m.Descriptor().Name())
	}
	found := ""
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Message() != nil && !f.IsList() && !f.IsMap() {
			found = unknown(v.Message())
		}
		return found == ""
	})
	return found
}
