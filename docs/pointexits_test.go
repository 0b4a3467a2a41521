package docs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"slices"
	"strings"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/guest"
)

// The small exits of the pages of exit points: each page shows one, and what it answers to the golden question.

// accept keeps half of the server's 80 transfers for the listener inside.
func accept(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	if c := q.Facts.Call; c.Listener != "inside" && c.Running >= 40 {
		return sdk.DenyVerdict(sdk.Refuse(sdk.LimitTransfers, "%d transfers run, the rest is for inside", c.Running)), nil
	}
	return sdk.PassVerdict(), nil
}

// identify makes up a partner for each shop, from the template SHOP. A certificate with the shop's name is its proof.
func identify(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	c := q.Facts.Claim
	if !strings.HasPrefix(c.Name, "SHOP") || !slices.Contains(c.CertNames, strings.ToLower(c.Name)+".example.org") {
		return sdk.PassVerdict(), nil // the directory's
	}
	shop := &sdk.Partner{ID: c.Name, Name: c.Name, From: "SHOP", Labels: map[string]string{"certificate": c.CertPrint}}
	return sdk.Verdict{Kind: sdk.Allow, Set: sdk.Changes{Partner: shop}}, nil
}

// negotiate lets no partner run more than two sync points ahead.
func negotiate(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	window, ok := q.Facts.Terms.Get("sync_window")
	if !ok || window.Number <= 2 {
		return sdk.PassVerdict(), nil
	}
	return sdk.Verdict{Kind: sdk.Pass, Set: sdk.Changes{Terms: sdk.Terms{sdk.NumberTerm("sync_window", 2)}}}, nil
}

// resolve gives the path its year and marks what came for B.
func resolve(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	f := q.Facts
	if f.Request.Restart {
		return sdk.PassVerdict(), nil // it stays where it is
	}
	set := sdk.Changes{PathVars: map[string]string{"year": f.Time.Format("2006")}}
	if f.Request.Destination == "B" {
		set.Labels = map[string]string{"for": "B"}
	}
	return sdk.Verdict{Kind: sdk.Pass, Set: set}, nil
}

// authorize refuses a file that is meant for somebody else.
func authorize(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	f := q.Facts
	if to := f.Request.Destination; f.Request.Direction == sdk.Receive && to != "" && to != f.Claim.CalledName {
		return sdk.DenyVerdict(sdk.Refuse(sdk.FlowForbidden, "%s sends a file for %s to %s", f.Partner.ID, to, f.Claim.CalledName)), nil
	}
	return sdk.PassVerdict(), nil
}

// open puts the files of a group into a folder of their own, and never over another.
func open(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	f := q.Facts
	if f.Partner.Group == "" || f.Request.Direction == sdk.Send || f.Request.Restart {
		return sdk.PassVerdict(), nil
	}
	dir, name := path.Split(f.Target.Path)
	to, rule := path.Join(dir, f.Partner.Group, name), sdk.ExistsUnique
	return sdk.Verdict{Kind: sdk.Pass, Set: sdk.Changes{Path: &to, OnExists: &rule}}, nil
}

// restart begins anew with a peer that believes to have sent more than we have.
func restart(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	r := q.Facts.Restart
	return sdk.Verdict{Kind: sdk.Pass, Set: sdk.Changes{ForceStart: r.Wanted > r.Possible}}, nil
}

// filter opens the filter of one transfer: capitals for what is received.
func filter(_ context.Context, q sdk.Question) (sdk.Filter, error) {
	if q.Facts.Filter.Direction == sdk.Send {
		return nil, sdk.Refuse(sdk.FlowForbidden, "capitals are for what is received")
	}
	return capitals{}, nil
}

// capitals has no state and changes no length: it says so in its sdk.Functions, and a restart goes on in the middle.
type capitals struct{}

// Block writes capitals where the letters were.
func (capitals) Block(in []byte, _ bool) (sdk.Filtered, error) {
	for i, c := range in {
		if c >= 'a' && c <= 'z' {
			in[i] = c - 'a' + 'A'
		}
	}
	return sdk.Filtered{Bytes: in}, nil
}

// Close has nothing to give back.
func (capitals) Close() error { return nil }

// verify refuses a file that was here before and was bad, and puts it where somebody looks at it.
func verify(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	f := q.Facts
	if f.File.SHA256 == "" {
		return sdk.Verdict{}, errors.New("the flow has no digest")
	}
	if !strings.HasPrefix(f.File.SHA256, "abab") {
		return sdk.PassVerdict(), nil
	}
	aside := "bad/" + f.Transfer
	refusal := sdk.Refuse(sdk.DataRejected, "sha256 %s is on the list", f.File.SHA256)
	return sdk.Verdict{Kind: sdk.Deny, Refusal: refusal, Set: sdk.Changes{Quarantine: &aside}}, nil
}

// message answers those who want an answer.
func message(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	f := q.Facts
	if !f.Message.ReplyWanted {
		return sdk.PassVerdict(), nil
	}
	text := "read at " + f.Time.UTC().Format("15:04")
	return sdk.Verdict{Kind: sdk.Pass, Set: sdk.Changes{Reply: &text}}, nil
}

// interrupt lets a line that broke come back, and has an operator look at everything else.
func interrupt(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	keep := q.Facts.Interrupt.Code != sdk.NetworkCut
	return sdk.Verdict{Kind: sdk.Pass, Set: sdk.Changes{Keep: &keep}}, nil
}

// done notes how much came. It may be asked twice about one event: the second note is the same.
func done(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	f := q.Facts
	if f.Done.Result != "done" || f.File == nil {
		return sdk.PassVerdict(), nil
	}
	note := fmt.Sprintf("%d bytes of %s", f.File.Bytes, f.Partner.ID)
	return sdk.Verdict{Kind: sdk.Pass, Set: sdk.Changes{Comment: &note}}, nil
}

// closed writes a line into the server's log.
func closed(ctx context.Context, q sdk.Question) (sdk.Verdict, error) {
	if c := q.Facts.Close; c.Reason != "" {
		guest.Log(ctx, slog.LevelWarn, fmt.Sprintf("%s left after %d transfers: %s", q.Facts.Claim.Name, c.Transfers, c.Reason))
	}
	return sdk.PassVerdict(), nil
}

// pointExits is all of them as one exit, as a module or a process would have it.
var pointExits = sdk.Functions{Name: "pages", Version: "1", Accept: accept, Identify: identify, Negotiate: negotiate, Resolve: resolve,
	Authorize: authorize, Open: open, Restart: restart, Filter: filter, Verify: verify, Message: message, Interrupt: interrupt,
	Done: done, Close: closed}
