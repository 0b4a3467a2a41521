package docs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/jsonwire"
)

const golden = "../sdk/contract/testdata"

// pointExample shows a small exit of a point, what the golden question asks it that is new there, its answer, and the
// golden answer that changes everything which may be changed.
func pointExample(t *testing.T, args []string) string {
	p := sdk.Point(args[0])
	row, ok := p.Row()
	if !ok {
		t.Fatalf("there is no exit point %q", args)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "```go\n%s```\n\nThe question, with the facts that are new here%s:\n\n```json\n%s\n```\n\nIts answer:\n\n```json\n%s\n```\n",
		goSource(t, p), whose(row), newFacts(t, row), answerOf(t, p))
	if len(row.Changes) > 0 {
		fmt.Fprintf(&out, "\nAn answer that changes all that may be changed here:\n\n```json\n%s\n```\n", indented(t, goldenFile(t, p, "pass")))
	}
	return out.String()
}

func whose(row sdk.PointRow) string {
	if row.Point == sdk.PointAccept {
		return ""
	}
	return " (the earlier ones are there too)"
}

// goSource is what the page shows of pointexits_test.go.
func goSource(t *testing.T, p sdk.Point) string {
	t.Helper()
	const name = "pointexits_test.go"
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[sdk.Point][]string{sdk.PointClose: {"closed"}, sdk.PointFilter: {"filter", "capitals", "Block", "Close"}}[p]
	if wanted == nil {
		wanted = []string{string(p)}
	}
	var parts []string
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if slices.Contains(wanted, d.Name.Name) {
				parts = append(parts, string(text[set.Position(d.Doc.Pos()).Offset:set.Position(d.End()).Offset]))
			}
		case *ast.GenDecl:
			if d.Tok == token.TYPE && slices.Contains(wanted, d.Specs[0].(*ast.TypeSpec).Name.Name) {
				parts = append(parts, string(text[set.Position(d.Doc.Pos()).Offset:set.Position(d.End()).Offset]))
			}
		}
	}
	if len(parts) != len(wanted) {
		t.Fatalf("%s has %d of %v", name, len(parts), wanted)
	}
	return strings.Join(parts, "\n\n") + "\n"
}

func goldenFile(t *testing.T, p sdk.Point, kind string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(golden, string(p)+"-"+kind+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// newFacts is the golden question without the facts of earlier points.
func newFacts(t *testing.T, row sdk.PointRow) string {
	t.Helper()
	var q struct {
		Point  string                     `json:"point"`
		Config json.RawMessage            `json:"config"`
		Facts  map[string]json.RawMessage `json:"facts"`
	}
	if err := json.Unmarshal(goldenFile(t, row.Point, "request"), &q); err != nil {
		t.Fatal(err)
	}
	var facts bytes.Buffer
	fmt.Fprintf(&facts, `"time":%s`, q.Facts["time"])
	for _, name := range row.Facts {
		fmt.Fprintf(&facts, `,%q:%s`, name, q.Facts[name])
	}
	return indented(t, fmt.Appendf(nil, `{"point":%q,"config":%s,"facts":{%s}}`, q.Point, q.Config, facts.String()))
}

// indented writes JSON as people do: what fits on a line stands on one.
func indented(t *testing.T, text []byte) string {
	t.Helper()
	out, err := laidOut(bytes.TrimSpace(text), "")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

const widest = 110

func laidOut(value json.RawMessage, indent string) (string, error) {
	if line, err := onOneLine(value); err != nil || len(indent)+len(line) <= widest {
		return line, err
	}
	d := json.NewDecoder(bytes.NewReader(value))
	open, err := d.Token()
	if err != nil {
		return "", err
	}
	var members []string
	for d.More() {
		name := ""
		if open == json.Delim('{') {
			key, err := d.Token()
			if err != nil {
				return "", err
			}
			name = fmt.Sprintf("%q: ", key)
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return "", err
		}
		text, err := laidOut(v, indent+"  ")
		if err != nil {
			return "", err
		}
		members = append(members, indent+"  "+name+text)
	}
	if len(members) == 0 { // a long text
		return string(value), nil
	}
	ends := map[json.Token]string{json.Delim('{'): "{}", json.Delim('['): "[]"}[open]
	return ends[:1] + "\n" + strings.Join(members, ",\n") + "\n" + indent + ends[1:], nil
}

// onOneLine puts a blank behind each comma and colon that is not in a text.
func onOneLine(value json.RawMessage) (string, error) {
	var tight bytes.Buffer
	if err := json.Compact(&tight, value); err != nil {
		return "", err
	}
	var out strings.Builder
	quoted, escaped := false, false
	for _, c := range tight.String() {
		out.WriteRune(c)
		if !quoted && (c == ',' || c == ':') {
			out.WriteByte(' ')
		}
		if c == '"' && !escaped {
			quoted = !quoted
		}
		escaped = c == '\\' && !escaped
	}
	return out.String(), nil
}

func goldenQuestion(t *testing.T, p sdk.Point) sdk.Question {
	t.Helper()
	q, _, err := jsonwire.ParseQuestion(goldenFile(t, p, "request"))
	if err != nil {
		t.Fatal(err)
	}
	q.Earlier = sdk.Changes{}
	return q
}

// answerOf asks the page's exit the golden question.
func answerOf(t *testing.T, p sdk.Point) string {
	t.Helper()
	q := goldenQuestion(t, p)
	v, err := pageVerdict(t, q)
	if err != nil {
		t.Fatal(err)
	}
	b, err := jsonwire.AppendVerdict(nil, p, &v)
	if err != nil {
		t.Fatal(err)
	}
	return indented(t, b)
}

func pageVerdict(t *testing.T, q sdk.Question) (sdk.Verdict, error) {
	if q.Point != sdk.PointFilter {
		return pointExits.Decide(t.Context(), q)
	}
	f, err := pointExits.OpenFilter(t.Context(), q)
	if r, ok := sdk.AsRefusal(err); ok {
		return sdk.DenyVerdict(r), nil
	}
	if err != nil {
		return sdk.Verdict{}, err
	}
	return sdk.PassVerdict(), f.Close()
}

// TestTheExitsOfThePagesAreTakenByTheChain asks each in a chain, which refuses what a point does not allow.
func TestTheExitsOfThePagesAreTakenByTheChain(t *testing.T) {
	for _, row := range sdk.Points() {
		if row.Point == sdk.PointFilter {
			continue
		}
		set, err := chain.New(chain.Config{
			Exits:  []chain.Link{{Name: "page", Exit: pointExits}, {Name: "directory", Exit: pointExits}, {Name: "grants", Exit: pointExits}},
			Points: chain.Lists{sdk.PointIdentify: {}, sdk.PointAuthorize: {}, sdk.PointMessage: {}, row.Point: {"page"}},
			Known:  []sdk.Partner{{ID: "PARIS", Name: "PARIS"}, {ID: "SHOP", Template: true}}})
		if err != nil {
			t.Fatal(err)
		}
		res, err := set.Ask(t.Context(), row.Point, goldenQuestion(t, row.Point).Facts, chain.Scope{})
		var r *sdk.Refusal
		if len(res.Decisions) != 1 || res.Decisions[0].Code == sdk.ExitRefused || errors.As(err, &r) && r.Code == sdk.ExitRefused {
			t.Errorf("%s: %+v, %v", row.Point, res.Decisions, err)
		}
	}
}

func TestAShopOfThePageIsMadeUpAndAllowed(t *testing.T) {
	q := goldenQuestion(t, sdk.PointIdentify)
	q.Facts.Claim.Name, q.Facts.Claim.CertNames, q.Facts.Partner = "SHOP17", []string{"shop17.example.org"}, nil
	set, err := chain.New(chain.Config{Exits: []chain.Link{{Name: "page", Exit: pointExits}, {Name: "grants", Exit: pointExits}},
		Points: chain.Lists{sdk.PointIdentify: {"page"}}, Known: []sdk.Partner{{ID: "SHOP", Template: true, Receive: []string{"ORD*"}}}})
	if err != nil {
		t.Fatal(err)
	}
	res, err := set.Ask(t.Context(), sdk.PointIdentify, q.Facts, chain.Scope{})
	if err != nil || !res.Allowed || res.Facts.Partner.From != "SHOP" || res.Facts.Partner.Receive[0] != "ORD*" {
		t.Errorf("%+v, %v", res.Facts.Partner, err)
	}
}

func TestTheFilterOfThePageWritesCapitals(t *testing.T) {
	f, err := pointExits.OpenFilter(t.Context(), goldenQuestion(t, sdk.PointFilter))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := f.Block([]byte("Hello, 7z!"), true); err != nil || string(got.Bytes) != "HELLO, 7Z!" {
		t.Errorf("%q, %v", got.Bytes, err)
	}
	q := goldenQuestion(t, sdk.PointFilter)
	q.Facts.Filter.Direction = sdk.Send
	if _, err := pointExits.OpenFilter(t.Context(), q); sdk.CodeOf(err) != sdk.FlowForbidden {
		t.Errorf("a file that is sent: %v", err)
	}
}
