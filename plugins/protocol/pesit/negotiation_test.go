package pesit_test

import (
	"testing"

	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
	"pgregory.net/rapid"
)

// proposal is what a requester proposes, and what our side and the core want of it.
type proposal struct {
	version        uint64
	interval       uint16
	window         byte
	resync         bool
	entity         int
	compression    wire.Compression
	offer, welcome sdk.Terms
	fixed          bool
	wanted         byte
	grant          sdk.Grant
}

func draw(t *rapid.T) proposal {
	terms := func(label string) sdk.Terms {
		return sdk.Terms{
			sdk.NumberTerm(pesit.TermSyncInterval, rapid.Int64Range(0, 80<<20).Draw(t, label+" interval")),
			sdk.NumberTerm(pesit.TermSyncWindow, rapid.Int64Range(0, 300).Draw(t, label+" window")),
			sdk.NumberTerm(pesit.TermMaxEntity, rapid.Int64Range(100, 70000).Draw(t, label+" entity")),
			sdk.WordsTerm(pesit.TermCompression, rapid.SampledFrom([][]string{nil, {"horizontal"}, {"vertical"}, {"horizontal", "vertical"}}).Draw(t, label+" compression")...),
			sdk.FlagTerm(pesit.TermResync, rapid.Bool().Draw(t, label+" resync")),
		}
	}
	mode := wire.Mode(rapid.IntRange(0, 3).Draw(t, "mode"))
	p := proposal{
		version:     rapid.Uint64Range(1, 3).Draw(t, "version"),
		interval:    rapid.Uint16().Draw(t, "interval"),
		window:      rapid.Byte().Draw(t, "window"),
		resync:      rapid.Bool().Draw(t, "resync"),
		entity:      rapid.IntRange(128, wire.MaxEntity).Draw(t, "entity"),
		compression: wire.Compression{On: mode != 0, Mode: mode},
		offer:       terms("our"),
		welcome:     terms("the core's"),
		wanted:      rapid.Byte().Draw(t, "attributes wanted"),
	}
	p.fixed = rapid.Bool().Draw(t, "fixed")
	records := p.fixed || rapid.Bool().Draw(t, "records")
	p.grant = sdk.Grant{Number: rapid.Int64Range(1, 1<<24-1).Draw(t, "number"), Type: rapid.Int64Range(-1, 0xFFFF).Draw(t, "type"),
		Size: rapid.Int64Range(-1, 1<<41).Draw(t, "size"), File: "FILE",
		Terms: sdk.Terms{sdk.NumberTerm(pesit.TermRecordLength, rapid.Int64Range(0, 70000).Draw(t, "record length")),
			sdk.FlagTerm(pesit.TermRecords, records), sdk.FlagTerm(pesit.TermFixed, p.fixed)},
		Attributes: map[string]string{pesit.AttrOrganisation: rapid.SampledFrom([]string{"", "sequential", "indexed"}).Draw(t, "organisation"),
			pesit.AttrKeyLength: "4", pesit.AttrKeyOffset: "2"}}
	return p
}

// answer splits and decodes what the dialogue said, which must be canonical.
func answer(t *rapid.T, out []byte, want wire.Type) *wire.Params {
	s := wire.Splitter{}
	f, used, err := s.Next(out)
	if err != nil || used != len(out) || f.Type != want {
		t.Fatalf("said % X: %v", out, err)
	}
	var p wire.Params
	if err := p.Decode(f); err != nil {
		t.Fatalf("said %s: %v", wire.Trace(f), err)
	}
	if notes, _ := p.Notes(); len(notes) > 0 {
		t.Fatalf("said %s, which is odd: %v", wire.Trace(f), notes)
	}
	return &p
}

// What a strict requester checks in our answers, and aborts the transfer for.
func TestAnswersNeverExceedProposals(t *testing.T) {
	check := func(rt *rapid.T) {
		p := draw(rt)
		c := converse(t, false, p.offer)
		b := wire.NewBuilder(nil, wire.Link{})
		b.Begin(wire.Connect, 0, requesterID)
		b.Text(wire.PIRequester, "P")
		b.Text(wire.PIServer, "S")
		b.Num(wire.PIVersion, p.version)
		if p.interval == 0 {
			p.window = 0
		}
		b.Sync(p.interval, p.window)
		b.Num(wire.PIAccessType, 2)
		if p.resync {
			b.Num(wire.PIResync, 1)
		}
		c.hear(must(b.Done()))
		c.say(sdk.Message{Kind: sdk.KindWelcome, Welcome: &sdk.Welcome{Terms: p.welcome}})
		interval := p.checkAConnect(rt, answer(rt, c.out, wire.AConnect))
		p.checkCreate(rt, t, c)
		p.checkSelect(rt, t, c, interval)
	}
	for range 50 { // cheap: many more walks than elsewhere
		rapid.Check(t, check)
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func (p proposal) checkAConnect(t *rapid.T, a *wire.Params) (interval uint16) {
	interval, window := a.Sync()
	switch {
	case a.Num(wire.PIVersion) < 1 || a.Num(wire.PIVersion) > min(p.version, 2):
		t.Fatalf("version %d answered to %d", a.Num(wire.PIVersion), p.version)
	case interval > p.interval || window > p.window:
		t.Fatalf("sync points %d/%d answered to %d/%d", interval, window, p.interval, p.window)
	case interval == 0 && window > 0:
		t.Fatal("a window without an interval")
	case a.Num(wire.PIResync) == 1 && (!p.resync || interval == 0):
		t.Fatal("resynchronisation that cannot be")
	case int64(interval)*1024 > p.offer.Number(pesit.TermSyncInterval) || int64(window) > p.welcome.Number(pesit.TermSyncWindow):
		t.Fatalf("sync points %d/%d are more than what is allowed", interval, window)
	}
	return interval
}

func (p proposal) checkCreate(rt *rapid.T, t *testing.T, c *conversation) {
	c.hear(c.unit(wire.Create))
	c.ref = c.ev[0].Ref
	c.say(sdk.Message{Kind: sdk.KindGrant, Grant: &sdk.Grant{Number: 5}})
	if n := answer(rt, c.out, wire.AckCreate).Num(wire.PIMaxEntity); n > 4096 || n < 128 {
		rt.Fatalf("entity %d answered to 4096", n)
	}
	p.checkORF(rt, c, false) // the CREATE said variable
	c.hear(c.unit(wire.CRF))
	c.hear(c.unit(wire.Deselect))
	if len(c.ev) != 1 || c.ev[0].Kind != sdk.KindLeave {
		t.Fatalf("after DESELECT: %v", c.ev)
	}
}

func (p proposal) checkORF(t *rapid.T, c *conversation, fixed bool) {
	b := wire.NewBuilder(nil, wire.Link{})
	b.Begin(wire.ORF, serverID, 0)
	b.Compression(p.compression)
	c.hear(must(b.Done()))
	a := answer(t, c.out, wire.AckORF).Compression()
	if !a.Answers(p.compression) {
		t.Fatalf("compression %v answered to %v", a, p.compression)
	}
	if !fixed && a.Mode&wire.Vertical != 0 {
		t.Fatal("vertical compression of records of any length")
	}
}

func (p proposal) checkSelect(rt *rapid.T, t *testing.T, c *conversation, interval uint16) {
	b := wire.NewBuilder(nil, wire.Link{})
	b.Begin(wire.Select, serverID, 0)
	b.Num(wire.PIFileType, 0)
	b.Text(wire.PIFileName, "*")
	b.Num(wire.PITransfer, 0)
	b.Num(wire.PIAttributes, uint64(p.wanted))
	b.Num(wire.PIPriority, 1)
	b.Num(wire.PIMaxEntity, uint64(p.entity))
	c.hear(must(b.Done()))
	if len(c.ev) == 0 {
		t.Fatalf("SELECT of an entity of %d bytes gives nothing, % X", p.entity, c.out)
	}
	c.ref = c.ev[0].Ref
	c.say(sdk.Message{Kind: sdk.KindGrant, Grant: &p.grant})
	a := answer(rt, c.out, wire.AckSelect)
	entity := int(a.Num(wire.PIMaxEntity))
	length := int64(a.Num(wire.PIArticleLength))
	switch {
	case a.Num(wire.PIFileType) >= 0xFFFC:
		rt.Fatalf("file type %X", a.Num(wire.PIFileType))
	case a.Text(wire.PIFileName) != "FILE":
		rt.Fatalf("name %q", a.Text(wire.PIFileName))
	case a.Num(wire.PITransfer) == 0:
		rt.Fatal("number 0")
	case entity < 128 || entity > p.entity:
		rt.Fatalf("entity %d answered to %d", entity, p.entity)
	case (p.wanted != 0) != a.Has(wire.PGILogical) || (p.wanted != 0) != a.Has(wire.PGIPhysical):
		rt.Fatalf("attributes %X wanted, %v given", p.wanted, a.Has(wire.PGILogical))
	case interval > 0 && length > int64(interval)*1024:
		rt.Fatalf("articles of %d bytes, an interval of %d KiB", length, interval)
	case a.Has(wire.PIKeyLength) && a.Num(wire.PIOrganisation) != 2:
		rt.Fatal("a key in a file without an index")
	case a.Num(wire.PIUnit) == 1:
		rt.Fatal("a size in articles")
	}
	p.checkORF(rt, c, p.fixed)
}
