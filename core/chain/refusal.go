package chain

import (
	"fmt"

	"github.com/postern/postern/sdk"
)

// maxPublic is the most that a peer is told, in bytes.
const maxPublic = 254

func at(p sdk.Point, r *sdk.Refusal) *sdk.Refusal { r.Point = p; return r }

// broke is the refusal that an exit earns with an answer which is not one.
func (a *asking) broke(l *link, format string, args ...any) *sdk.Refusal {
	r := sdk.Refuse(sdk.ExitRefused, "the exit %s %s", l.Name, fmt.Sprintf(format, args...))
	r.Exit, r.Point = l.Name, a.row.Point
	return r
}

// failure is the refusal of a point at which an exit gave no answer.
func failure(row sdk.PointRow, exit string, err error) *sdk.Refusal {
	r := sdk.Refuse(sdk.ExitFailed, "the exit %s gave no answer", exit)
	r.Exit, r.Point, r.Cause = exit, row.Point, err
	r.Temporary = row.Failure == sdk.FailRefuseTemporary || row.Failure == sdk.FailInterrupt
	return r
}

func (a *asking) refused(l *link, given *sdk.Refusal) *sdk.Refusal {
	return exitRefusal(a.row.Point, l.Name, given)
}

// exitRefusal makes of what an exit gave a refusal with a code of the list and a sentence fit for the peer.
func exitRefusal(p sdk.Point, exit string, given *sdk.Refusal) *sdk.Refusal {
	if given == nil {
		given = sdk.Refuse(sdk.ExitRefused, "no reason given")
	}
	r := *given
	r.Exit, r.Point, r.ByPeer, r.Diagnostic = exit, p, false, ""
	row, ok := r.Code.Row()
	if !ok || row.PeSIT == "" { // not on the list, or never said to a peer
		r.Detail = fmt.Sprintf("code %q, which no exit can give: %s", string(given.Code), given.Detail)
		r.Code = sdk.ExitRefused
		row, _ = r.Code.Row()
	}
	r.Public = ascii(r.Public)
	if r.Public == "" {
		r.Public = row.Public
	}
	// A wrong password, an unknown name and half a proof must look the same from outside, whoever refused.
	if r.Code == sdk.PartnerUnknown || r.Code == sdk.PartnerPassword || r.Code == sdk.PartnerProof {
		r.Public, r.Temporary = row.Public, row.Temporary
	}
	return &r
}

// ascii replaces what a peer could not print and cuts what is too long.
func ascii(s string) string {
	out := make([]byte, 0, min(len(s), maxPublic))
	for _, c := range s {
		if len(out) == maxPublic {
			break
		}
		if c < ' ' || c > '~' {
			c = '?'
		}
		out = append(out, byte(c))
	}
	return string(out)
}
