package story

import (
	"cmp"
	"fmt"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/sdk"
)

// Transfer tells how a transfer went: who and what, each phase with its decisions and rules, how it stands, and what an
// operator can do. more is how many decisions are not kept.
func Transfer(e catalog.Entry, decisions []catalog.Decision, more int64) string {
	w := &writer{}
	way := map[sdk.Direction]string{sdk.Receive: "from", sdk.Send: "to"}[e.Direction]
	w.line("%s %s %s: %s", cmp.Or(e.Flow, string(e.Kind)), way, e.Partner, e.Status())
	w.line("  %s", standing(e))
	w.line("  entry %s, file %s, made %s", e.ID, cmp.Or(e.Label, e.File), moment(e.CreatedAt))
	if facts := factsOf(e); len(decisions)+len(facts) > 0 {
		w.line("")
		w.decisions(decisions, facts)
	}
	if more > 0 {
		w.line("and %s not kept", count.Of(more, "more decision"))
	}
	w.next(NextOfEntry(e))
	return w.String()
}

// standing says in a sentence where the file is.
func standing(e catalog.Entry) string {
	switch e.Status() {
	case catalog.Available:
		return "it waits for the partner to fetch it: " + e.Path + in(e.Backend)
	case catalog.Running:
		return fmt.Sprintf("it is running: safe up to byte %d, sync point %d", e.Point.FileOffset, e.Point.Number)
	case catalog.Interrupted, catalog.Suspended:
		return fmt.Sprintf("it stopped with %s; a restart goes on at sync point %d, byte %d", coded(e.Code), e.Point.Number, e.Point.FileOffset)
	case catalog.Kept:
		return "it is out of the partner's reach" + because(string(e.Code))
	}
	if e.Direction == sdk.Send {
		return fmt.Sprintf("the partner has it: %s of %s%s", count.Of(e.Bytes, "byte"), e.Path, in(e.Backend))
	}
	if e.Kind == catalog.Message {
		return "the message was taken"
	}
	return fmt.Sprintf("the file is there: %s in %s%s", count.Of(e.Bytes, "byte"), e.Path, in(e.Backend))
}

// factsOf are what the entry itself tells of the phases of its last attempt.
func factsOf(e catalog.Entry) map[sdk.Phase][]string {
	out := map[sdk.Phase][]string{}
	tell := func(p sdk.Phase, format string, args ...any) { out[p] = append(out[p], fmt.Sprintf(format, args...)) }
	if e.Peer != "" {
		tell(sdk.PhaseCall, "from %s, listener %s, %s, session %s", e.Peer, cmp.Or(e.Listener, "-"), e.Protocol, e.Session)
	}
	if e.Attempts > 0 && len(e.Terms) > 0 {
		tell(sdk.PhaseNegotiation, "terms: %s", termsOf(e.Terms))
	}
	switch {
	case e.StartedAt.IsZero():
	case e.Attempts > 1:
		tell(sdk.PhaseFile, "granted, attempt %d; the first one was at %s", e.Attempts, moment(e.StartedAt))
	default:
		tell(sdk.PhaseFile, "granted %s, attempt 1", moment(e.StartedAt))
	}
	if e.Status() == catalog.Available || e.StartedAt.IsZero() {
		return out
	}
	point := "no sync point"
	if e.Point.Number > 0 {
		point = fmt.Sprintf("last sync point %d at byte %d", e.Point.Number, e.Point.FileOffset)
	}
	tell(sdk.PhaseData, "%s, %s, %s", count.Of(e.Bytes, "byte"), count.Of(e.Records, "record"), point)
	if e.SHA256 != "" {
		tell(sdk.PhaseData, "sha256 %s", e.SHA256)
	}
	if e.WireSHA256 != "" {
		tell(sdk.PhaseData, "sha256 of what the other side saw %s", e.WireSHA256)
	}
	if e.Code != "" {
		tell(sdk.PhaseData, "stopped %s: %s: %s", moment(e.EndedAt), coded(e.Code), e.Reason)
	} else if !e.EndedAt.IsZero() {
		since := ""
		if e.Attempts > 1 {
			since = " since the first attempt began"
		}
		tell(sdk.PhaseData, "ended %s, after %s%s", moment(e.EndedAt), e.EndedAt.Sub(e.StartedAt).Round(time.Millisecond), since)
	}
	if e.Superseded != "" {
		tell(sdk.PhaseDisconnection, "the entry %s took its place: it can no longer be restarted", e.Superseded)
	}
	if e.Ack != "" {
		tell(sdk.PhaseDisconnection, "the partner has %s it", e.Ack)
	}
	if e.Comment != "" {
		tell(sdk.PhaseDisconnection, "comment: %s", e.Comment)
	}
	return out
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format(time.DateTime)
}
