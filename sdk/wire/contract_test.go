package wire_test

import (
	"maps"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/contract"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/wire"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// message makes an empty message of a point: Request or Reply.
func message(t *testing.T, p sdk.Point, suffix string) proto.Message {
	t.Helper()
	name := strings.ToUpper(string(p[:1])) + string(p[1:]) + suffix
	typ, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName("postern.v1." + name))
	if err != nil {
		t.Fatal(err)
	}
	return typ.New().Interface()
}

// words are legal values of the texts that have a form.
var words = map[protoreflect.FullName]string{
	"postern.v1.Call.peer": "[2001:db8::1]:40001", "postern.v1.Partner.allow_from": "192.0.2.0/24", "postern.v1.Hours.days": "tue",
	"postern.v1.Hours.from": "06:00", "postern.v1.Hours.to": "22:30:15.5", "postern.v1.Hours.timezone": "Europe/Paris",
}

// filled sets every field of a message, but clear, whose names would contradict the lists.
func filled(r *rand.Rand, m protoreflect.Message) {
	fs := m.Descriptor().Fields()
	for i := range fs.Len() {
		f := fs.Get(i)
		if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() && m.WhichOneof(o) != nil {
			continue
		}
		switch {
		case f.Name() == "clear", f.Name() == "block", f.Name() == "last", f.Name() == "snapshot", f.Name() == "state", f.Name() == "more", f.Name() == "end":
		case f.IsMap():
			for range 3 {
				m.Mutable(f).Map().Set(protoreflect.ValueOfString(text(r)).MapKey(), protoreflect.ValueOfString(text(r)))
			}
		case f.IsList() && f.Message() != nil:
			for range 2 {
				filled(r, m.Mutable(f).List().AppendMutable().Message())
			}
		case f.IsList():
			for range 2 {
				m.Mutable(f).List().Append(scalar(r, f))
			}
		case f.Message() != nil && f.Message().Name() == "Timestamp":
			m.Set(f, protoreflect.ValueOfMessage(m.NewField(f).Message()))
			span(m.Get(f).Message(), r.Int64N(4e9), r.Int64N(1e9))
		case f.Message() != nil && f.Message().Name() == "Duration":
			m.Set(f, protoreflect.ValueOfMessage(m.NewField(f).Message()))
			span(m.Get(f).Message(), r.Int64N(4e9), r.Int64N(1e9))
		case f.Message() != nil:
			filled(r, m.Mutable(f).Message())
		default:
			m.Set(f, scalar(r, f))
		}
	}
}

func span(m protoreflect.Message, s, ns int64) {
	fs := m.Descriptor().Fields()
	m.Set(fs.ByName("seconds"), protoreflect.ValueOfInt64(s))
	m.Set(fs.ByName("nanos"), protoreflect.ValueOfInt32(int32(ns)))
}

func scalar(r *rand.Rand, f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.StringKind:
		if w := words[f.FullName()]; w != "" {
			return protoreflect.ValueOfString(w)
		}
		return protoreflect.ValueOfString(text(r))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(r.Int64() - r.Int64())
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(r.Uint32()))
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(r.Uint32())
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(1 + r.IntN(3)))
	}
	panic("no value of kind " + f.Kind().String())
}

func text(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(200) {
		b.WriteRune([]rune("aé0 €\x00\n𝄞")[r.IntN(8)])
	}
	return b.String()
}

func TestEveryFieldOfARequestSurvivesBothWays(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	show := wire.Shown{Password: true, Stored: true}
	for _, row := range sdk.Points() {
		for range 20 {
			m := message(t, row.Point, "Request")
			filled(r, m.ProtoReflect())
			b, err := proto.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			q, config, err := wire.ParseQuestion(row.Point, string(b))
			if err != nil {
				t.Fatalf("%s: %v", row.Point, err)
			}
			show.Config = config
			back := message(t, row.Point, "Request")
			if err := proto.Unmarshal(wire.AppendQuestion(nil, &q, show), back); err != nil {
				t.Fatalf("%s: %v", row.Point, err)
			}
			if !proto.Equal(m, back) {
				t.Fatalf("%s\n sent %v\n back %v", row.Point, m, back)
			}
		}
	}
}

func TestEveryFieldOfAReplySurvivesBothWays(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, row := range sdk.Points() {
		for range 20 {
			m := message(t, row.Point, "Reply")
			filled(r, m.ProtoReflect())
			d := m.ProtoReflect()
			d.Set(d.Descriptor().Fields().ByName("verdict"), protoreflect.ValueOfEnum(3))
			b, _ := proto.Marshal(m)
			v, err := wire.ParseVerdict(row.Point, string(b))
			if err != nil {
				t.Fatalf("%s: %v", row.Point, err)
			}
			back := message(t, row.Point, "Reply")
			if err := proto.Unmarshal(wire.AppendVerdict(nil, row.Point, &v), back); err != nil {
				t.Fatal(err)
			}
			if !proto.Equal(m, back) {
				t.Fatalf("%s\n sent %v\n back %v", row.Point, m, back)
			}
		}
	}
}

func TestTheManifestAndHTTPMessagesSurviveBothWays(t *testing.T) {
	m := sdk.Manifest{Name: "n", Version: "v", Contract: sdk.ContractVersion, Kinds: []string{"exit"}, Points: []sdk.Point{sdk.PointOpen},
		Grants: []string{sdk.GrantFile}, ChangesLength: true, State: true}
	var d contract.DescribeReply
	if err := proto.Unmarshal(wire.AppendManifest(nil, &m), &d); err != nil || d.Points[0] != "open" || !d.State || d.Contract != 65536 {
		t.Fatal(&d, err)
	}
	if back, err := wire.ParseManifest(string(wire.AppendManifest(nil, &m))); err != nil || !reflect.DeepEqual(back, m) {
		t.Fatalf("%+v %v", back, err)
	}
	q := wire.HTTPRequest{Method: "POST", URL: "https://hook.example.org/x", ContentType: "text/plain", Body: []byte{0, 255},
		Headers: map[string]string{"webhook-id": "e-1", "x-empty": ""}}
	var hq contract.HttpRequest
	if err := proto.Unmarshal(wire.AppendHTTPRequest(nil, &q), &hq); err != nil || hq.Url != q.URL || string(hq.Body) != "\x00\xff" || !maps.Equal(hq.Headers, q.Headers) {
		t.Fatal(&hq, err)
	}
	if back, err := wire.ParseHTTPRequest(string(wire.AppendHTTPRequest(nil, &q))); err != nil || !reflect.DeepEqual(back, q) {
		t.Fatalf("%+v %v", back, err)
	}
	a := wire.HTTPReply{Status: 204, ContentType: "x/y", Body: []byte("z")}
	var ha contract.HttpReply
	if err := proto.Unmarshal(wire.AppendHTTPReply(nil, &a), &ha); err != nil || ha.Status != 204 {
		t.Fatal(&ha, err)
	}
	if back, err := wire.ParseHTTPReply(string(wire.AppendHTTPReply(nil, &a))); err != nil || !reflect.DeepEqual(back, a) {
		t.Fatalf("%+v %v", back, err)
	}
}

func TestTheMethodsAreThoseOfTheContract(t *testing.T) {
	for _, row := range sdk.Points() {
		name := "METHOD_" + strings.ToUpper(string(row.Point))
		if got := wire.MethodOf(row.Point); int32(got) != contract.Method_value[name] || got == 0 {
			t.Errorf("%s has method %d, the contract says %d", row.Point, got, contract.Method_value[name])
		}
		if p, ok := wire.PointOf(wire.MethodOf(row.Point)); !ok || p != row.Point {
			t.Errorf("%s comes back as %q", row.Point, p)
		}
	}
	if contract.Method_METHOD_DESCRIBE != wire.MethodDescribe {
		t.Error("describe has another number")
	}
}

func TestTheMessagesHoldExactlyTheChangesOfTheirRow(t *testing.T) {
	for _, row := range sdk.Points() {
		fs := message(t, row.Point, "Reply").ProtoReflect().Descriptor().Fields()
		var got []string
		if set := fs.ByName("set"); set != nil {
			for i := range set.Message().Fields().Len() {
				got = append(got, string(set.Message().Fields().Get(i).Name()))
			}
		}
		if !reflect.DeepEqual(got, row.Changes) {
			t.Errorf("%s may change %v, its message %v", row.Point, row.Changes, got)
		}
		facts := message(t, row.Point, "Request").ProtoReflect().Descriptor().Fields().ByName("facts").Message().Fields()
		for _, name := range row.Facts {
			if facts.ByName(protoreflect.Name(name)) == nil {
				t.Errorf("%s has the fact %s, its message does not", row.Point, name)
			}
		}
	}
}

func TestAnEmptyListOfAPartnerIsNotAnAbsentOne(t *testing.T) {
	v := sdk.Verdict{Kind: sdk.Pass, Set: sdk.Changes{Partner: &sdk.Partner{ID: "A", Receive: []string{}, Send: nil, Hours: []sdk.Hours{}}}}
	got, err := wire.ParseVerdict(sdk.PointIdentify, string(wire.AppendVerdict(nil, sdk.PointIdentify, &v)))
	if err != nil {
		t.Fatal(err)
	}
	if p := got.Set.Partner; p.Receive == nil || p.Send != nil || p.Hours == nil {
		t.Errorf("%+v", p)
	}
}

func TestASecretCrossesOnlyWhenItIsShown(t *testing.T) {
	q := sdk.Question{Point: sdk.PointIdentify, Facts: exittest.Facts(sdk.PointIdentify)}
	q.Facts.Partner.Password = sdk.NewSecret("stored-hash")
	for _, c := range []struct {
		show          wire.Shown
		given, stored bool
	}{{wire.Shown{}, false, false}, {wire.Shown{Password: true}, true, false}, {wire.Shown{Stored: true}, false, true}} {
		b := string(wire.AppendQuestion(nil, &q, c.show))
		if strings.Contains(b, "sesame") != c.given || strings.Contains(b, "stored-hash") != c.stored {
			t.Errorf("%+v shows something else", c.show)
		}
	}
}

func TestFieldsThatNobodyKnowsAreSkippedButNoChange(t *testing.T) {
	v := sdk.Verdict{Kind: sdk.Pass}
	b := wire.AppendVerdict(nil, sdk.PointOpen, &v)
	for num := protowire.Number(900); num < 903; num++ {
		b = protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), "x")
		b = protowire.AppendFixed64(protowire.AppendTag(b, num, protowire.Fixed64Type), 7)
		b = protowire.AppendFixed32(protowire.AppendTag(b, num, protowire.Fixed32Type), 7)
	}
	if got, err := wire.ParseVerdict(sdk.PointOpen, string(b)); err != nil || got.Kind != sdk.Pass {
		t.Errorf("unknown fields: %v %v", got, err)
	}
	change := protowire.AppendString(protowire.AppendTag(nil, 900, protowire.BytesType), "x")
	b = protowire.AppendBytes(protowire.AppendTag(b, 6, protowire.BytesType), change)
	if _, err := wire.ParseVerdict(sdk.PointOpen, string(b)); err == nil {
		t.Error("a change that nobody makes was ignored")
	}
}

func TestAnAnswerWithoutAKnownVerdictIsNone(t *testing.T) {
	for name, b := range map[string][]byte{"empty": nil, "zero": {8, 0}, "four": {8, 4}, "huge": protowire.AppendVarint([]byte{8}, 1<<40), "text": {10, 1, 'x'}, "cut": {8}} {
		if v, err := wire.ParseVerdict(sdk.PointOpen, string(b)); err == nil {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestTextThatIsNotUTF8IsReplacedWhenWritten(t *testing.T) {
	q := sdk.Question{Point: sdk.PointResolve, Facts: exittest.Facts(sdk.PointResolve)}
	q.Facts.Request.File = "caf\xe9"
	got, _, err := wire.ParseQuestion(q.Point, string(wire.AppendQuestion(nil, &q, wire.Shown{})))
	if err != nil || got.Facts.Request.File != "caf\uFFFD" {
		t.Errorf("%v %v", got.Facts.Request, err)
	}
}

func TestAskingAllocatesNothing(t *testing.T) {
	q := sdk.Question{Point: sdk.PointResolve, Facts: exittest.Facts(sdk.PointResolve)}
	b := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { b = wire.AppendQuestion(b[:0], &q, wire.Shown{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzQuestion(f *testing.F) {
	for i, row := range sdk.Points() {
		q := sdk.Question{Point: row.Point, Facts: exittest.Facts(row.Point), Earlier: exittest.Changes(row.Point)}
		f.Add(i, wire.AppendQuestion(nil, &q, wire.Shown{Password: true, Stored: true}))
	}
	f.Fuzz(func(t *testing.T, i int, b []byte) {
		rows := sdk.Points()
		p := rows[uint(i)%uint(len(rows))].Point
		q, config, err := wire.ParseQuestion(p, string(b))
		if err != nil {
			return
		}
		show := wire.Shown{Password: true, Stored: true, Config: config}
		again := wire.AppendQuestion(nil, &q, show)
		q2, _, err := wire.ParseQuestion(p, string(again))
		if err != nil {
			t.Fatalf("what was read cannot be written and read: %v", err)
		}
		if third := wire.AppendQuestion(nil, &q2, show); string(third) != string(again) {
			t.Fatalf("%x\n%x", again, third)
		}
	})
}

func FuzzVerdict(f *testing.F) {
	for i, row := range sdk.Points() {
		v := sdk.Verdict{Kind: sdk.Deny, Refusal: exittest.Refusal(), Set: exittest.Changes(row.Point)}
		f.Add(i, wire.AppendVerdict(nil, row.Point, &v))
	}
	f.Fuzz(func(t *testing.T, i int, b []byte) {
		rows := sdk.Points()
		p := rows[uint(i)%uint(len(rows))].Point
		v, err := wire.ParseVerdict(p, string(b))
		if err != nil {
			return
		}
		again := wire.AppendVerdict(nil, p, &v)
		v2, err := wire.ParseVerdict(p, string(again))
		if err != nil {
			t.Fatalf("what was read cannot be written and read: %v", err)
		}
		if third := wire.AppendVerdict(nil, p, &v2); string(third) != string(again) {
			t.Fatalf("%x\n%x", again, third)
		}
	})
}

func BenchmarkAppendQuestion(b *testing.B) {
	q := sdk.Question{Point: sdk.PointResolve, Facts: exittest.Facts(sdk.PointResolve)}
	q.Facts.Time = time.Unix(1, 2)
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		buf = wire.AppendQuestion(buf[:0], &q, wire.Shown{})
	}
}
