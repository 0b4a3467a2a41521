package pesit

import (
	"strconv"
	"time"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// The names under which parameters travel in a request's, a grant's or a reply's attributes.
const (
	AttrFileType     = "file_type"         // PI 11, decimal
	AttrDataCode     = "data_code"         // PI 16: ascii, ebcdic, binary
	AttrFormat       = "record_format"     // PI 31: fixed, variable, undefined
	AttrLength       = "record_length"     // PI 32, bytes: exact when fixed, else the maximum; absent: unknown
	AttrOrganisation = "organisation"      // PI 33: sequential, relative, indexed
	AttrKeyLength    = "key_length"        // PI 38
	AttrKeyOffset    = "key_offset"        // PI 39
	AttrCreated      = "created"           // PI 51, local time of whoever wrote it: 2006-01-02T15:04:05
	AttrExtracted    = "extracted"         // PI 52, the same
	AttrRequester    = "requester_id"      // PI 3 of PGI 9
	AttrServer       = "server_id"         // PI 4 of PGI 9
	AttrWanted       = "attributes_wanted" // PI 14 of a SELECT: none, all
	AttrNumber       = "transfer_number"   // PI 13 of a reply

	// AttrRecords says how the data comes to Say: "stream" (the default) may be cut anywhere; with any other value each
	// message is one record, or a part of one until RecordEnd.
	AttrRecords = "records"
)

const dateLayout = "2006-01-02T15:04:05"

var (
	dataCodes     = []string{"ascii", "ebcdic", "binary"}
	organisations = []string{"sequential", "relative", "indexed"}
)

const (
	formatFixed     = "fixed"
	formatVariable  = "variable"
	formatUndefined = "undefined"

	maskVariable  = 0x80
	maskUndefined = 0x40
)

// readAttributes names the descriptive parameters of the unit at hand.
func (d *Dialogue) readAttributes() map[string]string {
	p := &d.params
	a := make(map[string]string, 8)
	number := func(name string, pi wire.PI) {
		if p.Has(pi) {
			a[name] = strconv.FormatUint(p.Num(pi), 10)
		}
	}
	text := func(name string, pi wire.PI) {
		if p.Has(pi) {
			a[name] = p.Text(pi)
		}
	}
	symbol := func(name string, pi wire.PI, words []string) {
		if v := p.Num(pi); p.Has(pi) && v < uint64(len(words)) {
			a[name] = words[v]
		}
	}
	date := func(name string, pi wire.PI) {
		if t, ok := p.Date(pi, time.UTC); ok {
			a[name] = t.Format(dateLayout)
		}
	}
	number(AttrFileType, wire.PIFileType)
	text(AttrRequester, wire.PIRequester)
	text(AttrServer, wire.PIServer)
	symbol(AttrDataCode, wire.PIDataCode, dataCodes)
	if p.Has(wire.PGILogical) {
		a[AttrFormat] = formatName(p.Num(wire.PIFormat))
	}
	number(AttrLength, wire.PIArticleLength)
	symbol(AttrOrganisation, wire.PIOrganisation, organisations)
	number(AttrKeyLength, wire.PIKeyLength)
	number(AttrKeyOffset, wire.PIKeyOffset)
	date(AttrCreated, wire.PICreated)
	date(AttrExtracted, wire.PIExtracted)
	return a
}

// formatName reads PI 31; bits that nobody defined count as the format beside them.
func formatName(mask uint64) string {
	switch {
	case mask&maskVariable != 0:
		return formatVariable
	case mask&maskUndefined != 0:
		return formatUndefined
	}
	return formatFixed
}

// announced gives the size that PI 42 announces, in bytes, and the unit it was rounded up to; -1 and 0 when it says nothing.
func (d *Dialogue) announced() (size, unit int64) {
	p := &d.params
	n := int64(p.Num(wire.PIReservation))
	if n == 0 {
		return -1, 0
	}
	unit = kib
	if p.Num(wire.PIUnit) == 1 {
		unit = int64(p.Num(wire.PIArticleLength))
	}
	if unit == 0 {
		return -1, 0
	}
	return n * unit, unit
}

// shape is what the dialogue itself needs of a file's description.
type shape struct {
	fixed   bool
	length  int  // PI 32; 0 unknown
	records bool // each message is one record or a part of one
}

// The terms of one file, in a request or a grant, that say how its data comes to Say. They win over its attributes.
const (
	TermRecordLength = "record_length" // bytes: exact when fixed, else the maximum
	TermRecords      = "records"       // each message is one record, or a part of one until RecordEnd
	TermFixed        = "fixed"         // every record has record_length bytes
)

// shapeOf reads the terms and the attributes of a file that we describe.
func shapeOf(t sdk.Terms, a map[string]string) shape {
	s := shape{fixed: a[AttrFormat] == formatFixed, records: a[AttrRecords] != "" && a[AttrRecords] != string(sdk.RecordsStream)}
	if n, err := strconv.ParseUint(a[AttrLength], 10, 16); err == nil {
		s.length = int(n)
	}
	if x, ok := t.Get(TermRecordLength); ok {
		s.length = int(min(max(x.Number, 0), wire.MaxEntity))
	}
	if x, ok := t.Get(TermRecords); ok {
		s.records = isOn(x)
		s.fixed = s.fixed && s.records
	}
	if x, ok := t.Get(TermFixed); ok {
		s.fixed = isOn(x)
	}
	s.records = s.records || s.fixed
	return s
}

// isOn reads a flag, also where it was written as a number.
func isOn(t sdk.Term) bool { return t.Flag || t.Number != 0 }

// shapeHeard reads the description that the peer gave.
func (d *Dialogue) shapeHeard() shape {
	p := &d.params
	return shape{
		fixed:  p.Has(wire.PGILogical) && formatName(p.Num(wire.PIFormat)) == formatFixed,
		length: int(p.Num(wire.PIArticleLength)),
	}
}

// description writes PGI 30, 40 and 50.
type description struct {
	shape
	attributes map[string]string
	label      string
	size       int64 // bytes; below 0 unknown
	modified   time.Time
	unit       bool // say PI 41 although it is the default
}

func (s description) logical(b *wire.Builder) {
	format := uint64(maskVariable)
	switch {
	case s.fixed:
		format = 0
	case s.attributes[AttrFormat] == formatUndefined:
		format = maskUndefined
	}
	b.Num(wire.PIFormat, format)
	b.Num(wire.PIArticleLength, uint64(s.length))
	symbol(b, wire.PIOrganisation, organisations, s.attributes[AttrOrganisation])
	b.Text(wire.PILabel, s.label)
	if s.attributes[AttrOrganisation] == organisations[2] {
		decimal(b, wire.PIKeyLength, s.attributes[AttrKeyLength])
		decimal(b, wire.PIKeyOffset, s.attributes[AttrKeyOffset])
	}
}

// physical announces the size in KiB, rounded up; 0 when it is not known.
func (s description) physical(b *wire.Builder) {
	if s.unit {
		b.Num(wire.PIUnit, 0)
	}
	n := max(s.size, 0)/kib + min(1, max(s.size, 0)%kib)
	b.Num(wire.PIReservation, uint64(min(n, 1<<32-1)))
}

func (s description) historical(b *wire.Builder) {
	created, err := time.Parse(dateLayout, s.attributes[AttrCreated])
	if err != nil {
		created = s.modified
	}
	if created.IsZero() {
		return
	}
	b.Date(wire.PICreated, created)
	if t, err := time.Parse(dateLayout, s.attributes[AttrExtracted]); err == nil {
		b.Date(wire.PIExtracted, t)
	}
}

// symbol writes the number of a word, if it is one of the words.
func symbol(b *wire.Builder, pi wire.PI, words []string, word string) {
	for n, w := range words {
		if w == word {
			b.Num(pi, uint64(n))
		}
	}
}

func decimal(b *wire.Builder, pi wire.PI, text string) {
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		b.Num(pi, n)
	}
}
