package exittest

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// What [Reference] does stands in the session fact of its question.
const (
	DoPass    = "pass"
	DoAllow   = "allow"
	DoRefuse  = "refuse"  // with [Refusal]
	DoProbe   = "probe "  // with a key behind it: refuses with what it was told under that key as the detail, see [Probe]
	DoSet     = "set"     // passes with every change of the point's row: see [Changes]
	DoTooMuch = "toomuch" // passes with a change that is in no row of the point
	DoUnknown = "unknown" // gives verdict 99
	DoFail    = "fail"    // gives no answer
	DoLate    = "late"    // gives none before its deadline
)

// Refusal is what Reference refuses with.
func Refusal() *sdk.Refusal {
	return &sdk.Refusal{Code: sdk.FileName, Temporary: true, Public: "not this name", Detail: "a test wants it so: été"}
}

// shown lets every fact be told: the exit under test must have been granted the secrets.
var shown = wire.Shown{Password: true, Stored: true}

// Probe is what a question tells under a key of [wire.EachFact]; "content" is the file, where it may be read. What is
// not there is [Absent].
func Probe(q sdk.Question, key string) string {
	if key == keyContent {
		r := content(q.Facts)
		if r == nil {
			return Absent
		}
		b, err := io.ReadAll(io.NewSectionReader(r, 0, 64<<10))
		if err != nil {
			return "cannot read the file"
		}
		return string(b)
	}
	if v, ok := wire.Fact(&q, shown, key); ok {
		return v
	}
	return Absent
}

// Absent is told of a fact that is not there.
const Absent = "(absent)"

const keyContent = "content"

func content(f *sdk.Facts) io.ReaderAt {
	if f.File != nil {
		return f.File.Content
	}
	if f.Target != nil {
		return f.Target.Content
	}
	return nil
}

// Changes sets every field of a point's row.
func Changes(p sdk.Point) sdk.Changes {
	row, _ := p.Row()
	var c sdk.Changes
	for _, name := range row.Changes {
		setters[name](&c)
	}
	return c
}

var setters = map[string]func(*sdk.Changes){
	"partner": func(c *sdk.Changes) {
		c.Partner = &sdk.Partner{ID: "SHOP17", Name: "SHOP17", From: "SHOP", Group: "shops", Protocols: []string{"pesit"}, MaxSessions: 2,
			Receive: []string{"ORD*"}, Send: []string{"PRICES"}, DefaultFlow: "ORDERS", Labels: map[string]string{"a": "b"}}
	},
	"terms": func(c *sdk.Changes) {
		c.Terms = sdk.Terms{sdk.NumberTerm("sync_window", 2), sdk.FlagTerm("resync", false), sdk.WordsTerm("compression", "horizontal")}
	},
	"flow":        func(c *sdk.Changes) { c.Flow = to("ORDERS2") },
	"path_vars":   func(c *sdk.Changes) { c.PathVars = map[string]string{"year": "2026"} },
	"labels":      func(c *sdk.Changes) { c.Labels = map[string]string{"été": "hot"} },
	"priority":    func(c *sdk.Changes) { c.Priority = to(0) },
	"path":        func(c *sdk.Changes) { c.Path = to("in/other.txt") },
	"backend":     func(c *sdk.Changes) { c.Backend = to("cold") },
	"attributes":  func(c *sdk.Changes) { c.Attributes = map[string]string{"c": "d"} },
	"on_exists":   func(c *sdk.Changes) { c.OnExists = to(sdk.ExistsUnique) },
	"force_start": func(c *sdk.Changes) { c.ForceStart = true },
	"quarantine":  func(c *sdk.Changes) { c.Quarantine = to("bad/orders.txt") },
	"reply":       func(c *sdk.Changes) { c.Reply = to("thank you") },
	"keep":        func(c *sdk.Changes) { c.Keep = to(false) },
	"follow_up":   func(c *sdk.Changes) { c.FollowUp = to("hold") },
	"comment":     func(c *sdk.Changes) { c.Comment = to("seen") },
}

func to[T any](v T) *T { return &v }

// Func makes an exit of a function.
type Func func(ctx context.Context, q sdk.Question) (sdk.Verdict, error)

// Decide calls the function.
func (f Func) Decide(ctx context.Context, q sdk.Question) (sdk.Verdict, error) { return f(ctx, q) }

// Reference is the exit that every way of loading must be able to carry: its behaviour is the list of Do constants.
func Reference() sdk.Exit { return Func(reference) }

func reference(ctx context.Context, q sdk.Question) (sdk.Verdict, error) {
	if key, ok := strings.CutPrefix(q.Facts.Session, DoProbe); ok {
		return sdk.DenyVerdict(sdk.Refuse(sdk.ExitRefused, "%s", Probe(q, key))), nil
	}
	switch q.Facts.Session {
	case DoAllow:
		return sdk.AllowVerdict(), nil
	case DoRefuse:
		return sdk.DenyVerdict(Refusal()), nil
	case DoSet:
		return sdk.Verdict{Kind: sdk.Pass, Set: Changes(q.Point)}, nil
	case DoTooMuch:
		set := sdk.Changes{Path: to("elsewhere")}
		if q.Point == sdk.PointOpen {
			set = sdk.Changes{Reply: to("no question was asked")}
		}
		return sdk.Verdict{Kind: sdk.Pass, Set: set}, nil
	case DoUnknown:
		return sdk.Verdict{Kind: 99}, nil
	case DoFail:
		return sdk.Verdict{}, errors.New("told to fail")
	case DoLate:
		<-ctx.Done()
		return sdk.Verdict{}, ctx.Err()
	}
	return sdk.PassVerdict(), nil
}
