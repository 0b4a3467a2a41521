package sqlite

import (
	"encoding/base64"
	"encoding/json"
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
// test compares the two. What is rare is left to the library.

// object appends the fields of an object of JSON.
type object struct {
	b   []byte
	err error // of a value that JSON cannot hold

	at     time.Time // the last one, and where it stands: the decisions of a point are all of one
	atText [2]int
}

func (o *object) open() { o.b = append(o.b, '{') }

func (o *object) close() {
	if n := len(o.b); o.b[n-1] == ',' {
		o.b[n-1] = '}'
		return
	}
	o.b = append(o.b, '}')
}

func (o *object) name(name string) {
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

func (o *object) text(name, s string) {
	o.name(name)
	o.b = appendString(o.b, s)
	o.b = append(o.b, ',')
}

func (o *object) number(name string, n int64) {
	o.name(name)
	o.b = append(strconv.AppendInt(o.b, n, 10), ',')
}

func (o *object) flag(name string, v bool) {
	o.name(name)
	o.b = append(strconv.AppendBool(o.b, v), ',')
}

func (o *object) time(name string, t time.Time) {
	if y := t.Year(); t.Location() != time.UTC || y < 0 || y > 9999 {
		o.value(name, t)
		return
	}
	o.name(name)
	if o.atText[1] > 0 && t == o.at {
		o.b = append(append(o.b, o.b[o.atText[0]:o.atText[1]]...), ',')
		return
	}
	start := len(o.b)
	o.b = append(t.AppendFormat(append(o.b, '"'), time.RFC3339Nano), '"')
	o.at, o.atText = t, [2]int{start, len(o.b)}
	o.b = append(o.b, ',')
}

// value leaves a value to the library.
func (o *object) value(name string, v any) {
	b, err := json.Marshal(v)
	if err != nil && o.err == nil {
		o.err = err
	}
	o.name(name)
	o.b = append(append(o.b, b...), ',')
}

// raw is JSON already, mostly as the library writes it.
func (o *object) raw(name string, v json.RawMessage) {
	if !slices.ContainsFunc(v, isEscaped) && json.Valid(v) {
		o.name(name)
		o.b = append(append(o.b, v...), ',')
		return
	}
	o.value(name, v)
}

// isEscaped says whether the library may write a byte of JSON otherwise.
func isEscaped(c byte) bool { return c <= ' ' || c > '~' || c == '<' || c == '>' || c == '&' }

// bytes are in base64.
func (o *object) bytes(name string, v []byte) {
	o.name(name)
	if v == nil {
		o.b = append(o.b, "null,"...)
		return
	}
	o.b = base64.StdEncoding.AppendEncode(append(o.b, '"'), v)
	o.b = append(o.b, '"', ',')
}

func (o *object) textIf(name, s string) {
	if s != "" {
		o.text(name, s)
	}
}

func (o *object) numberIf(name string, n int64) {
	if n != 0 {
		o.number(name, n)
	}
}

func (o *object) flagIf(name string, v bool) {
	if v {
		o.flag(name, v)
	}
}

func (o *object) timeIf(name string, t time.Time) {
	if !t.IsZero() {
		o.time(name, t)
	}
}

// escaped are the bytes that the library may write otherwise in a text.
var escaped = func() (is [256]bool) {
	for c := range is {
		is[c] = isEscaped(byte(c)) && c != ' ' || c == '"' || c == '\\'
	}
	return is
}()

// appendString appends a text in quotes.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if escaped[s[i]] {
			q, _ := json.Marshal(s) // of a text, it cannot fail
			return append(b, q...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

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

// dictIf appends texts by name, in the order of the names.
func (o *object) dictIf(name string, texts map[string]string) {
	if len(texts) == 0 {
		return
	}
	o.name(name)
	o.open()
	keys := make([]string, 0, 16)
	for key := range texts {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		o.b = append(appendString(o.b, key), ':')
		o.b = append(appendString(o.b, texts[key]), ',')
	}
	o.close()
	o.b = append(o.b, ',')
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

func (o *object) words(words []string) {
	list(o, words, func(w string) { o.b = appendString(o.b, w) })
}

// list appends an array; one appends an element of it.
func list[T any](o *object, all []T, one func(T)) {
	o.b = append(o.b, '[')
	for i, v := range all {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		one(v)
	}
	o.b = append(o.b, ']')
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
const decisionSize = 192

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

func (o *object) decisions(all []catalog.Decision) {
	if all == nil {
		o.b = append(o.b, "null"...)
		return
	}
	list(o, all, o.decision)
}

func (o *object) decision(d catalog.Decision) {
	o.open()
	o.time("time", d.Time)
	o.text("point", d.Point)
	o.text("exit", d.Exit)
	o.text("verdict", d.Verdict)
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
