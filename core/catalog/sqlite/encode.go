package sqlite

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// A small file is encoded twice and nothing else of it takes as long, so what
// every transfer has is written here as encoding/json writes it, to the byte; a
// test compares the two. What is rare is left to the library. Decisions are shorter.

// storable says whether an entry can be encoded: that comes later, and would
// fail all that share its commit. A date is what JSON cannot always hold.
func storable(e catalog.Entry) error {
	dates := []time.Time{e.Source.ModTime}
	if e.Ending != nil {
		dates = append(dates, e.Ending.Stored.ModTime)
	}
	if e.Moving != nil {
		dates = append(dates, e.Moving.Source.ModTime)
	}
	for _, d := range dates {
		if y := d.Year(); y < 0 || y > 9999 {
			return fmt.Errorf("%w: entry %s: its file bears a date of the year %d", catalog.ErrInvalid, e.ID, y)
		}
	}
	return nil
}

// encodeEntry encodes a body.
func encodeEntry(e catalog.Entry) ([]byte, int64, error) {
	size := 1536
	if e.Ending != nil {
		size += decisionSize * len(e.Ending.Decisions)
	}
	o := &object{b: make([]byte, 0, size)}
	o.open()
	o.public(e)
	o.private(e)
	o.close()
	return o.b, sum(o.b), o.err
}

// public are the fields of catalog.Entry that have a name, in their order.
func (o *object) public(e catalog.Entry) {
	o.text("id", e.ID)
	o.text("kind", string(e.Kind))
	o.text("direction", string(e.Direction))
	o.text("role", string(e.Role))
	o.text("partner", e.Partner)
	o.text("flow", e.Flow)
	o.text("protocol", e.Protocol)
	o.text("stage", string(e.Stage))
	o.text("step", string(e.Step))
	o.text("code", string(e.Code))
	o.text("reason", e.Reason)
	o.text("file", e.File)
	o.text("label", e.Label)
	o.number("bytes", e.Bytes)
	o.number("records", e.Records)
	o.number("attempts", int64(e.Attempts))
	o.text("path", e.Path)
	o.text("sha256", e.SHA256)
	o.textIf("wire_sha256", e.WireSHA256)
	o.text("session", e.Session)
	o.text("peer", e.Peer)
	o.text("peer_id", e.PeerID)
	o.time("created_at", e.CreatedAt)
	o.timeIf("started_at", e.StartedAt)
	o.time("updated_at", e.UpdatedAt)
	o.timeIf("ended_at", e.EndedAt)
	o.textIf("listener", e.Listener)
	o.numberIf("number", e.Number)
	o.textIf("superseded_by", e.Superseded)
	o.textIf("backend", e.Backend)
	o.textIf("part", e.Part)
	o.textIf("on_exists", string(e.OnExists))
	o.numberIf("priority", int64(e.Priority))
	o.numberIf("size", e.Size)
	o.flagIf("published", e.Published)
	o.textIf("comment", e.Comment)
	o.textIf("text", e.Text)
	o.dictIf("attributes", e.Attributes)
	o.dictIf("labels", e.Labels)
	if len(e.Terms) > 0 {
		o.terms(e.Terms)
	}
	if len(e.Decisions) > 0 {
		o.name("decisions")
		o.decisions(e.Decisions)
		o.b = append(o.b, ',')
	}
	o.textIf("ack", string(e.Ack))
}

// private are the fields of body.
func (o *object) private(e catalog.Entry) {
	o.name("key")
	o.open()
	o.text("Direction", string(e.Key.Direction))
	o.text("Partner", e.Key.Partner)
	o.number("Type", e.Key.Type)
	o.text("Name", e.Key.Name)
	o.number("Number", e.Key.Number)
	o.text("Origin", e.Key.Origin)
	o.text("Destination", e.Key.Destination)
	o.close()
	o.b = append(o.b, ',')
	o.source("source", e.Source)
	o.flagIf("begun", e.Begun)
	o.name("owner")
	o.open()
	o.text("Node", e.Owner.Node)
	o.number("Fence", e.Owner.Fence)
	o.time("Until", e.Owner.Until)
	o.close()
	o.b = append(o.b, ',')
	o.number("version", e.Version)
	o.flagIf("ack_expected", e.AckExpected)
	o.numberIf("decided", e.Decided)
	if e.Ending != nil {
		o.name("ending")
		o.outcome(*e.Ending)
		o.b = append(o.b, ',')
	}
	o.flagIf("listed", e.Listed)
	if e.Moving != nil {
		o.value("moving", e.Moving)
	}
}

func (o *object) source(name string, s catalog.Source) {
	o.name(name)
	o.open()
	o.number("Size", s.Size)
	o.time("ModTime", s.ModTime)
	o.text("ETag", s.ETag)
	o.close()
	o.b = append(o.b, ',')
}

func (o *object) outcome(x catalog.Outcome) {
	o.open()
	o.number("Bytes", x.Bytes)
	o.number("Records", x.Records)
	o.text("SHA256", x.SHA256)
	o.text("WireSHA256", x.WireSHA256)
	o.text("Path", x.Path)
	o.text("Reason", x.Reason)
	o.name("Decisions")
	o.decisions(x.Decisions)
	o.b = append(o.b, ',')
	o.source("Stored", x.Stored)
	o.flag("Notify", x.Notify)
	o.flag("AckExpected", x.AckExpected)
	o.close()
}

// terms appends them in the order of their names, as sdk.Terms does. Of two
// with one name the last counts.
func (o *object) terms(terms sdk.Terms) {
	byName := func(a, b sdk.Term) int { return strings.Compare(a.Name, b.Name) }
	sorted := terms
	if !slices.IsSortedFunc(terms, byName) {
		sorted = slices.Clone(terms)
		slices.SortStableFunc(sorted, byName)
	}
	o.name("terms")
	o.open()
	for i, t := range sorted {
		if i+1 < len(sorted) && sorted[i+1].Name == t.Name {
			continue
		}
		o.b = append(appendString(o.b, t.Name), ':')
		switch t.Kind {
		case sdk.TermNumber:
			o.b = strconv.AppendInt(o.b, t.Number, 10)
		case sdk.TermFlag:
			o.b = strconv.AppendBool(o.b, t.Flag)
		default:
			o.words(t.Words)
		}
		o.b = append(o.b, ',')
	}
	o.close()
	o.b = append(o.b, ',')
}

// encodePoints encodes the points of an entry.
func encodePoints(e catalog.Entry) ([]byte, int64, error) {
	o := &object{b: make([]byte, 0, 512)}
	o.open()
	o.time("at", e.UpdatedAt)
	o.name("point")
	o.point(e.Point)
	o.b = append(o.b, ',')
	if len(e.Ahead) > 0 {
		o.name("ahead")
		list(o, e.Ahead, o.point)
		o.b = append(o.b, ',')
	}
	o.close()
	return o.b, sum(o.b), o.err
}

func (o *object) point(p catalog.Point) {
	o.open()
	o.number("Number", p.Number)
	o.number("WireOffset", p.WireOffset)
	o.number("FileOffset", p.FileOffset)
	o.number("Records", p.Records)
	o.bytes("Protocol", p.Protocol)
	o.bytes("Backend", p.Backend)
	o.bytes("Digest", p.Digest)
	o.bytes("Filter", p.Filter)
	o.close()
}

// decisionSize is room for most of them, in bytes.
const decisionSize = 128

// encodeDecisions encodes decisions as they are stored.
func encodeDecisions(d decided) ([]byte, error) {
	o := &object{b: make([]byte, 0, 128+decisionSize*len(d.Decisions))}
	o.open()
	o.text("entry", d.Entry)
	o.number("first", d.First)
	o.name("decisions")
	o.decisions(d.Decisions)
	o.close()
	return o.b, o.err
}

// decisions appends them, without the time, the point and the verdict where all three are those of the one before: that is
// half of what most exits decide. spread is the way back.
func (o *object) decisions(all []catalog.Decision) {
	if all == nil {
		o.b = append(o.b, "null"...)
		return
	}
	o.b = append(o.b, '[')
	for i := range all {
		d, alike := &all[i], false
		if i > 0 {
			before := &all[i-1]
			alike = d.Time == before.Time && d.Point == before.Point && d.Verdict == before.Verdict
			o.b = append(o.b, ',')
		}
		o.decision(d, alike)
	}
	o.b = append(o.b, ']')
}

// spread gives decisions what was left out of them.
func spread(all []catalog.Decision) {
	for i := 1; i < len(all); i++ {
		d, before := &all[i], &all[i-1]
		if d.Time.IsZero() && d.Point == "" && d.Verdict == "" {
			d.Time, d.Point, d.Verdict = before.Time, before.Point, before.Verdict
		}
	}
}

func (o *object) decision(d *catalog.Decision, alike bool) {
	o.open()
	if !alike {
		o.time("time", d.Time)
		o.text("point", d.Point)
	}
	o.text("exit", d.Exit)
	if !alike {
		o.text("verdict", d.Verdict)
	}
	o.textIf("code", string(d.Code))
	o.textIf("detail", d.Detail)
	if len(d.Changes) > 0 {
		o.raw("changes", d.Changes)
	}
	o.textIf("rule", d.Rule)
	o.textIf("place", d.Place)
	o.numberIf("duration", int64(d.Duration))
	o.flagIf("failed", d.Failed)
	o.numberIf("blocks", d.Blocks)
	o.close()
}
