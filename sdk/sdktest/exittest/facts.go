package exittest

import (
	"net/netip"
	"strings"
	"time"

	"github.com/postern/postern/sdk"
)

// Content is what the file of [Facts] holds, at open and verify.
const Content = "one line\nand another\n"

// Facts gives what an exit knows at a point: every section up to there, each with something in it. Session is left to
// the caller.
func Facts(p sdk.Point) *sdk.Facts {
	f := &sdk.Facts{Time: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	for _, row := range sdk.Points() {
		for _, section := range row.Facts {
			if add := sections[section]; add != nil && visible(row.Point, p) {
				add(f)
			}
		}
		if row.Point == p {
			break
		}
	}
	return f
}

// visible keeps what belongs to one file away from a point that is about another matter.
func visible(from, at sdk.Point) bool {
	switch from {
	case sdk.PointRestart, sdk.PointFilter, sdk.PointMessage, sdk.PointInterrupt, sdk.PointDone:
		return from == at
	case sdk.PointOpen, sdk.PointVerify, sdk.PointAuthorize:
		return at != sdk.PointMessage && at != sdk.PointClose
	}
	return true
}

var sections = map[string]func(*sdk.Facts){
	"call": func(f *sdk.Facts) {
		f.Call = &sdk.CallFacts{Listener: "pesit", Protocol: "pesit", Peer: netip.MustParseAddrPort("192.0.2.1:40001"), Sessions: 3, Running: 1}
	},
	"claim": func(f *sdk.Facts) {
		f.Claim = &sdk.Claim{Name: "PARIS", CalledName: "POSTERN", Secret: sdk.NewSecret("sesame"), NewSecret: sdk.NewSecret(""),
			Method: "password", Access: "mixed", CertNames: []string{"paris.example.org"}, CertPrint: "00ff"}
	},
	"partner": func(f *sdk.Facts) {
		f.Partner = &sdk.Partner{ID: "PARIS", Name: "PARIS", Group: "capital", Protocols: []string{"pesit"},
			AllowFrom: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Hours: []sdk.Hours{{From: time.Hour, To: 2 * time.Hour}},
			MaxSessions: 4, Receive: []string{"ORD*"}, Send: []string{"STATEMENTS"}, Messages: true, Labels: map[string]string{"tier": "gold"}}
	},
	"proposed": func(f *sdk.Facts) {
		f.Proposed = sdk.Terms{sdk.NumberTerm("sync_window", 8), sdk.FlagTerm("resync", true), sdk.WordsTerm("compression", "horizontal", "vertical")}
	},
	"terms": func(f *sdk.Facts) {
		f.Terms = sdk.Terms{sdk.NumberTerm("sync_window", 4), sdk.FlagTerm("resync", true), sdk.WordsTerm("compression", "horizontal")}
	},
	"request": func(f *sdk.Facts) {
		f.Transfer = "t-1"
		f.Request = &sdk.RequestFacts{Direction: sdk.Receive, Request: sdk.Request{Action: sdk.ActionCreate, Kind: "file", File: "ORDERS",
			Label: "orders.txt", Type: 7, Number: 12, Priority: 1, Origin: "A", Destination: "B", Size: 20, SizeUnit: 1024,
			Attributes: map[string]string{"record_length": "80"}, Text: "été"}}
	},
	"flow": func(f *sdk.Facts) { f.Flow = &sdk.Flow{ID: "ORDERS", Path: "in/{{.File}}", OnExists: sdk.ExistsFail} },
	"target": func(f *sdk.Facts) {
		f.Target = &sdk.TargetFacts{Path: "in/orders.txt", Backend: "files", OnExists: sdk.ExistsFail,
			Attributes: map[string]string{"a": "b"}, Content: strings.NewReader(Content), Size: int64(len(Content))}
	},
	"restart": func(f *sdk.Facts) {
		f.Request.Restart = true
		f.Restart = &sdk.RestartFacts{Entry: "t-0", Wanted: 5, Possible: 4, Offset: 1 << 40}
	},
	"filter": func(f *sdk.Facts) {
		f.Filter = &sdk.FilterFacts{Direction: sdk.Receive, WireOffset: 1 << 33, FileOffset: 1 << 34}
	},
	"file": func(f *sdk.Facts) {
		f.File = &sdk.FileFacts{Bytes: int64(len(Content)), Records: 2, SHA256: strings.Repeat("ab", 32), Duration: 1500 * time.Millisecond,
			Content: strings.NewReader(Content)}
	},
	"message":   func(f *sdk.Facts) { f.Message = &sdk.MessageFacts{Text: "hello", ReplyWanted: true} },
	"interrupt": func(f *sdk.Facts) { f.Interrupt = &sdk.InterruptFacts{Code: sdk.NetworkCut, Point: 4} },
	"done":      func(f *sdk.Facts) { f.Done = &sdk.DoneFacts{Result: "done", Attempt: 2, EventID: "e-1"} },
	"close":     func(f *sdk.Facts) { f.Close = &sdk.CloseFacts{Reason: sdk.TimerIdle, Transfers: 3} },
}
