package author_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/cmd/internal/author"
	"github.com/postern/postern/cmd/internal/record"
	"github.com/postern/postern/sdk"
)

// plugin is an exit in Go that is tried as a module is.
type plugin struct {
	sdk.Functions
	closed *int
}

func (p plugin) Trial(ctx context.Context, q sdk.Question) (author.Trial, error) {
	v, err := p.Decide(ctx, q)
	return author.Trial{Verdict: v, Fuel: 7, Time: time.Millisecond, Memory: 64 << 10, Log: []string{"asked"}}, err
}

func (p plugin) Close(context.Context) error { *p.closed++; return nil }

// loader loads the same functions for any settings, and counts.
type loader struct {
	sdk.Functions
	configs []string
	closed  int
}

func (l *loader) load(_ context.Context, config json.RawMessage, _ []sdk.Point) (author.Plugin, error) {
	l.configs = append(l.configs, string(config))
	return plugin{l.Functions, &l.closed}, nil
}

func event(t *testing.T, text string) author.Event {
	t.Helper()
	e, err := record.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return author.Event{Event: e, File: "e.json"}
}

func decides(v sdk.Verdict, err error) sdk.Decide {
	return func(context.Context, sdk.Question) (sdk.Verdict, error) { return v, err }
}

func try(t *testing.T, l *loader, o author.Options, events ...author.Event) (out []author.Answer) {
	t.Helper()
	err := author.Try(t.Context(), l.load, events, o, func(a author.Answer) error { out = append(out, a); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if l.closed != len(l.configs) {
		t.Errorf("%d of %d plugins were closed", l.closed, len(l.configs))
	}
	return out
}

func TestAnAnswerTellsVerdictChangesAndCost(t *testing.T) {
	path := "in/other.txt"
	l := &loader{Functions: sdk.Functions{Open: decides(sdk.Verdict{Kind: sdk.Pass, Set: sdk.Changes{Path: &path}}, nil)}}
	a := try(t, l, author.Options{Repeat: 3}, event(t, `{"point":"open","config":{"a":1},"facts":{"target":{"path":"in/x"}}}`))[0]
	if a.Verdict != "pass" || string(a.Changes) != `{"path":"in/other.txt"}` || a.Fuel != 7 || a.Memory != 64<<10 || a.Times != 3 || a.Note != "" {
		t.Errorf("%+v", a)
	}
	if !slices.Equal(a.Log, []string{"asked"}) || !slices.Equal(l.configs, []string{`{"a":1}`}) {
		t.Errorf("log %v, loaded with %v", a.Log, l.configs)
	}
}

func TestEventsWithEqualSettingsShareAPluginAndOthersDoNot(t *testing.T) {
	l := &loader{Functions: sdk.Functions{Identify: decides(sdk.PassVerdict(), nil)}}
	one, two := event(t, `{"point":"identify","config":{"a":1},"facts":{}}`), event(t, `{"point":"identify","facts":{}}`)
	try(t, l, author.Options{}, one, two, one)
	if len(l.configs) != 2 {
		t.Errorf("loaded with %q", l.configs)
	}
	l = &loader{Functions: l.Functions}
	try(t, l, author.Options{Config: json.RawMessage(`{"b":2}`)}, one, two)
	if !slices.Equal(l.configs, []string{`{"b":2}`}) {
		t.Errorf("loaded with %q", l.configs)
	}
}

func TestWhatAServerDoesNotTakeIsNoted(t *testing.T) {
	for want, v := range map[string]sdk.Verdict{
		"allow is no answer": sdk.AllowVerdict(),
		`the code "no.such"`: sdk.DenyVerdict(&sdk.Refusal{Code: "no.such"}),
	} {
		l := &loader{Functions: sdk.Functions{Open: decides(v, nil)}}
		if a := try(t, l, author.Options{}, event(t, `{"point":"open","facts":{}}`))[0]; !strings.Contains(a.Note, want) {
			t.Errorf("noted %q, want %q", a.Note, want)
		}
	}
}

func TestAFailureAnUnservedPointAndAnswersThatDifferAreNoAnswer(t *testing.T) {
	n := 0
	fickle := func(context.Context, sdk.Question) (sdk.Verdict, error) {
		if n++; n%2 == 0 {
			return sdk.AllowVerdict(), nil
		}
		return sdk.PassVerdict(), nil
	}
	l := &loader{Functions: sdk.Functions{Identify: decides(sdk.Verdict{}, errors.New("out of fuel")), Authorize: fickle}}
	got := try(t, l, author.Options{Repeat: 2}, event(t, `{"point":"identify","facts":{}}`), event(t, `{"point":"open","facts":{}}`),
		event(t, `{"point":"authorize","facts":{}}`))
	for i, want := range []string{"out of fuel", "does not serve open", "its answers differ"} {
		if !strings.Contains(got[i].Failed, want) || got[i].Expected("fail") != nil || got[i].Expected("pass") == nil {
			t.Errorf("%+v, want %q", got[i], want)
		}
	}
}

const recorded = `{"point":"identify","exit":"vet","facts":{"claim":{"name":"PARIS","secret":"***"}},"verdict":`

func TestAReplayTellsWhatComesOutDifferently(t *testing.T) {
	l := &loader{Functions: sdk.Functions{Identify: decides(sdk.DenyVerdict(&sdk.Refusal{Code: sdk.PartnerHours, Public: "closed", Detail: "new words"}), nil)}}
	events := []author.Event{
		event(t, recorded+`{"verdict":"refuse","code":"partner.hours","temporary":false,"public":"closed","detail":"old words"}}`),
		event(t, recorded+`{"verdict":"pass","set":{"partner":{"id":"PARIS"}}}}`),
		event(t, `{"point":"identify","exit":"vet","facts":{},"failed":"late"}`),
		event(t, `{"point":"identify","facts":{}}`),
	}
	var got []author.Difference
	sum, err := author.Replay(t.Context(), l.load, events, nil, func(d author.Difference) error { got = append(got, d); return nil })
	if err != nil || sum.Same != 1 || sum.Differ != 2 || sum.Failed != 0 {
		t.Fatalf("%+v, %v", sum, err)
	}
	if got[0].Old.Verdict != "pass" || got[0].New.Code != sdk.PartnerHours || !slices.Equal(got[0].Changed, []string{"partner"}) {
		t.Errorf("%+v", got[0])
	}
	if got[1].Old.Failed != "late" || got[1].New.Verdict != "refuse" {
		t.Errorf("%+v", got[1])
	}
}

// checker finds every password wrong.
type checker struct{}

func (checker) CheckPassword(context.Context, sdk.Secret, sdk.Secret) (bool, error) {
	return false, nil
}

func TestAMaskedPasswordIsRightUnlessItWasRefused(t *testing.T) {
	right := event(t, recorded+`{"verdict":"pass"}}`)
	wrong := event(t, recorded+`{"verdict":"refuse","code":"partner.password"}}`)
	p, hash := author.Passwords{PasswordChecker: checker{}}, sdk.NewSecret("hash")
	for _, c := range []struct {
		ctx   context.Context
		given string
		want  bool
	}{
		{author.WithRecorded(t.Context(), &right.Event), record.Masked, true},
		{author.WithRecorded(t.Context(), &wrong.Event), record.Masked, false},
		{author.WithRecorded(t.Context(), &right.Event), "sesame12", false},
		{t.Context(), record.Masked, false},
	} {
		if got, err := p.CheckPassword(c.ctx, hash, sdk.NewSecret(c.given)); got != c.want || err != nil {
			t.Errorf("%q is %v, %v; want %v", c.given, got, err, c.want)
		}
	}
}

// upper is a filter that writes in capitals and refuses digits.
type upper struct{}

func (upper) Block(in []byte, _ bool) (sdk.Filtered, error) {
	if bytes.ContainsAny(in, "0123456789") {
		return sdk.Filtered{}, sdk.Refuse(sdk.DataRejected, "a digit")
	}
	return sdk.Filtered{Bytes: bytes.ToUpper(in)}, nil
}

func (upper) Close() error { return nil }

func TestAFilePassesAFilterAsInATransfer(t *testing.T) {
	closed := 0
	p := plugin{sdk.Functions{Filter: func(context.Context, sdk.Question) (sdk.Filter, error) { return upper{}, nil }}, &closed}
	long := strings.Repeat("postern ", 100_000)
	var out bytes.Buffer
	sum, err := author.Pass(t.Context(), p, &sdk.Facts{}, strings.NewReader(long), &out)
	if err != nil || out.String() != strings.ToUpper(long) || sum.In != int64(len(long)) || sum.Out != sum.In || sum.Blocks == 0 {
		t.Errorf("%+v, %v, %d bytes out", sum, err, out.Len())
	}
	if _, err := author.Pass(t.Context(), p, &sdk.Facts{}, strings.NewReader("route 66"), &out); sdk.CodeOf(err) != sdk.DataRejected {
		t.Errorf("the refusal came out as %v", err)
	}
	if sum, err := author.Pass(t.Context(), p, &sdk.Facts{}, strings.NewReader(""), &out); err != nil || sum.In != 0 {
		t.Errorf("an empty file: %+v, %v", sum, err)
	}
}

func TestABenchMeasuresUntilItsTimeIsOver(t *testing.T) {
	closed := 0
	p := plugin{sdk.Functions{Identify: decides(sdk.PassVerdict(), nil)}, &closed}
	s, err := author.Bench(t.Context(), p, event(t, `{"point":"identify","facts":{}}`), time.Millisecond, 2)
	if err != nil || s.Calls < 2 || s.Fuel != 7 || s.MaxNS < s.P99NS || s.P99NS < s.MedianNS {
		t.Errorf("%+v, %v", s, err)
	}
	p.Identify = decides(sdk.Verdict{}, errors.New("trap"))
	if _, err := author.Bench(t.Context(), p, event(t, `{"point":"identify","facts":{}}`), time.Millisecond, 1); err == nil {
		t.Error("a plugin that fails was measured")
	}
}

func TestANewFolderBearsTheNameAndIsTakenBackWhenItCannotBeWritten(t *testing.T) {
	for _, l := range author.Languages(sdk.PluginExit) {
		dir := filepath.Join(t.TempDir(), "below", l.Name)
		if err := author.New(dir, "scan", sdk.PluginExit, l.Name); err != nil {
			t.Error(err)
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, "Makefile"))
		if err != nil || !strings.Contains(string(b), "scan.wasm") || strings.Contains(string(b), "NAME") {
			t.Errorf("%s: the Makefile holds %s, %v", l.Name, b, err)
		}
		if err := author.New(dir, "scan", sdk.PluginExit, l.Name); err == nil {
			t.Errorf("%s: the folder was written twice", l.Name)
		}
	}
	for _, name := range []string{"", "A", "a/b", "../x", "1a", "grants", strings.Repeat("a", 41), "é"} {
		if author.CheckName(name) == nil {
			t.Errorf("%q is a name", name)
		}
	}
}
