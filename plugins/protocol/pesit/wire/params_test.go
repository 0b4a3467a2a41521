package wire

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// unitOf makes an FPDU of a type from the hexadecimal of its body.
func unitOf(t testing.TB, ft Type, body string) FPDU {
	t.Helper()
	b := raw(t, body)
	bytes := append(Header{Length: 6 + len(b), Type: ft, Dst: 0x61}.Append(nil), b...)
	return FPDU{Header: DecodeHeader(bytes), Bytes: bytes, Last: true}
}

func decoded(t testing.TB, ft Type, body string) *Params {
	t.Helper()
	var p Params
	if err := p.Decode(unitOf(t, ft, body)); err != nil {
		t.Fatalf("%s %s: %v", ft, body, err)
	}
	return &p
}

const (
	connectBody = "030150 040153 060102 160100"
	fileBody    = "0908 0B0100 0C0346494C"
	createBody  = fileBody + "0D0105 110100 1902FFFF 1E0420020400 28032A0101"
)

func TestOddParametersAreToleratedAndNoted(t *testing.T) {
	rows := []struct {
		name, body string
		fpdu       Type
		note       Note
		check      func(p *Params) bool
	}{
		{"an unknown PI is skipped", connectBody + "FA020000", Connect, Note{UnknownPI, 250}, func(p *Params) bool { return p.Num(PIAccessType) == 0 }},
		{"a PI of the secured profile is skipped", connectBody + "470101", Connect, Note{UnknownPI, 71}, func(p *Params) bool { return !p.Has(71) }},
		{"an unknown PI inside a group is skipped", "090A 0801FF 0B0102 0C0246 49 0D0105 1902FFFF 110100", Select, Note{UnknownPI, 8}, func(p *Params) bool { return p.Num(PIFileType) == 2 }},
		{"an optional PI of length 0 is absent", "030150 040153 0500 060102 160100", Connect, Note{EmptyPI, 5}, func(p *Params) bool { return !p.Has(PIAccess) }},
		{"an empty group is absent", strings.Replace(createBody, "1E0420020400", "1E00", 1), Create, Note{EmptyGroup, 30}, func(p *Params) bool { return !p.Has(PGILogical) && p.Num(PIArticleLength) == 0 }},
		{"order does not matter", "160102 040153 030150 060102", Connect, Note{OutOfOrder, 4}, func(p *Params) bool { return p.Text(PIRequester) == "P" && p.Num(PIAccessType) == 2 }},
		{"order inside a group does not matter", "0908 0C0346494C 0B0103 0D0105 1902FFFF 110100", Select, Note{OutOfOrder, 11}, func(p *Params) bool { return p.Num(PIFileType) == 3 && p.Text(PIFileName) == "FIL" }},
		{"the first of two counts", "030150 030151 040153 060102 160100", Connect, Note{Duplicate, 3}, func(p *Params) bool { return p.Text(PIRequester) == "P" }},
		{"the first of two groups counts", fileBody + "0908 0B0107 0C0346494D 0D0105 110100 190100", Select, Note{Duplicate, 9}, func(p *Params) bool { return p.Text(PIFileName) == "FIL" }},
		{"PI 12 outside its group is skipped", fileBody + "0C0158 0D0105 110100 190100", Select, Note{Misplaced, 12}, func(p *Params) bool { return p.Text(PIFileName) == "FIL" }},
		{"PI 29 is taken anywhere", "1D024E4F", Write, Note{Unlisted, 29}, func(p *Params) bool { return p.Text(PIDiagnosticText) == "NO" }},
		{"PI 17 in a message is tolerated", fileBody + "0D0105 110100", Msg, Note{Unlisted, 17}, func(p *Params) bool { return p.Num(PITransfer) == 5 }},
		{"PI 99 may be too long", "63FF0200" + strings.Repeat("41", 512), RelConf, Note{TooLong, 99}, func(p *Params) bool { return len(p.Text(PIFreeText)) == 512 }},
		{"a long length for a short value is read", "63FF000141", RelConf, Note{LooseLength, 99}, func(p *Params) bool { return p.Text(PIFreeText) == "A" }},
		{"leading zeros are no part of a number", fileBody + "0D08 0000000000002 4C9 110100 190100", Select, Note{LeadingZeros, 13}, func(p *Params) bool { return p.Num(PITransfer) == 0x24C9 }},
		{"PI 7 of two bytes has window 0", "030150 040153 060102 07020020 160100", Connect, Note{ShortValue, 7}, func(p *Params) bool { i, w := p.Sync(); return i == 32 && w == 0 }},
		{"PI 7 may have a window beyond 16", "030150 040153 060102 0703002063 160100", Connect, Note{}, func(p *Params) bool { i, w := p.Sync(); return i == 32 && w == 99 }},
		{"RELEASE needs no PI 2", "", Release, Note{Missing, 2}, func(p *Params) bool { return p.Diagnostic().OK() }},
		{"CREATE needs no priority", strings.Replace(createBody, "110100", "", 1), Create, Note{Missing, 17}, func(p *Params) bool { return p.Num(PIPriority) == 1 }},
		{"CREATE needs no entity size", strings.Replace(createBody, "1902FFFF", "", 1), Create, Note{Missing, 25}, func(p *Params) bool { return !p.Has(PIMaxEntity) }},
		{"CREATE needs no physical attributes", strings.Replace(createBody, "28032A0101", "", 1), Create, Note{Missing, 40}, func(p *Params) bool { return p.Num(PIReservation) == 0 }},
		{"the logical group needs no length", strings.Replace(createBody, "1E0420020400", "1E031F0180", 1), Create, Note{Missing, 32}, func(p *Params) bool { return p.Num(PIFormat) == 0x80 && p.Num(PIArticleLength) == 0 }},
		{"TRANS.END needs no counters", "", TransEnd, Note{}, func(p *Params) bool { return !p.Has(PIBytes) }},
		{"any attribute mask is taken", fileBody + "0D0105 0E0107 110100 190100", Select, Note{}, func(p *Params) bool { return p.Num(PIAttributes) == 7 }},
		{"a mask may have two bytes", fileBody + "0D0105 0E02E000 110100 190100", Select, Note{}, func(p *Params) bool { return p.Num(PIAttributes) == 0xE0 }},
		{"a blank text is null", fileBody + "0D0105 110100 190100 6304 20202000", Select, Note{}, func(p *Params) bool { return !p.Has(PIFreeText) }},
		{"a blank date is null", createBody + "321C 330C 323630313230313335383537 340C 202020202020202020202020", Create, Note{}, func(p *Params) bool { return p.Has(PICreated) && !p.Has(PIExtracted) }},
		{"a name padded beyond its length is trimmed", "0953 0B0100 0C4E 46" + strings.Repeat("20", 77) + "0D0105 110100 190100", Select, Note{}, func(p *Params) bool { return p.Text(PIFileName) == "F" }},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			p := decoded(t, r.fpdu, r.body)
			notes, _ := p.Notes()
			if r.note != (Note{}) && !slices.Contains(notes, r.note) || r.note == (Note{}) && len(notes) != 0 {
				t.Errorf("notes %v, want %v", notes, r.note)
			}
			if !r.check(p) {
				t.Error("the value is wrong")
			}
		})
	}
}

func TestBadParametersAre3318(t *testing.T) {
	rows := []struct {
		name, body string
		fpdu       Type
		pi         PI
	}{
		{"a missing mandatory PI", "040153 060102 160100", Connect, 3},
		{"a mandatory PI of length 0", "0300 040153 060102 160100", Connect, 3},
		{"a mandatory PI of blanks", "03022020 040153 060102 160100", Connect, 3},
		{"a missing mandatory group", "0D0105 110100 190100", Select, 9},
		{"a mandatory PI missing in its group", "0903 0B0100 0D0105 110100 190100", Select, 12},
		{"a mandatory PI missing in an optional group", createBody + "320E 340C 323630313230313335383537", Create, 51},
		{"an acknowledgement without PI 2", "190100", AckCreate, 2},
		{"an ACK(SYN) with a diagnostic in place of its point", "02030200E2", AckSyn, 20},
		{"an accepting ACK(WRITE) without PI 18", "0203000000", AckWrite, 18},
		{"a group inside a group", "0905 28032A0101 0D0105", Select, 40},
		{"a value beyond the end", "0305 50", Connect, 3},
		{"a code without a length", "03", Connect, 3},
		{"a long length cut short", "03FF00", Connect, 3},
		{"a member beyond its group", "0904 0B020000 0C0146", Select, 0x0C},
		{"a member that runs over its group", "0904 0B030000 00", Select, 11},
		{"a text beyond its length", "0319" + strings.Repeat("41", 25) + "040153 060102 160100", Connect, 3},
		{"a number beyond its length", fileBody + "0D0401000000", Select, 13},
		{"a number of nine significant bytes", "1B09" + strings.Repeat("01", 9), TransEnd, 27},
		{"a symbol beyond its values", "030150 040153 060102 160103", Connect, 22},
		{"a symbol of two bytes", "030150 040153 060102 16020100", Connect, 22},
		{"a mask of three bytes", fileBody + "0D0105 0E03E00000", Select, 14},
		{"a sync point beyond 999999", "14030F4240", Syn, 20},
		{"a diagnostic of two bytes", "02020000", AckCRF, 2},
		{"a sync option of one byte", "0203000000 070100", AConnect, 7},
		{"a sync option of four bytes", "060102 070400000000", AConnect, 7},
		{"a compression indicator without a mode", "15020100", ORF, 21},
		{"a compression mode without the indicator", "15020001", ORF, 21},
		{"a compression mode that does not exist", "15020104", ORF, 21},
		{"a compression indicator that does not exist", "15020201", ORF, 21},
		{"a date of eleven digits", "0203000000 321A 330C323630313230313335383537 340A32363031323031333538", AckSelect, 52},
		{"a date with letters", "0203000000 320E 330C3236303132303133353841 37", AckSelect, 51},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			var p Params
			err := p.Decode(unitOf(t, r.fpdu, r.body))
			var e *Error
			if !errors.As(err, &e) || e.Diagnostic != BadParameter || e.PI != r.pi || e.FPDU != r.fpdu {
				t.Errorf("got %v, want 3-318 for PI %d of %s", err, r.pi, r.fpdu)
			}
		})
	}
}

func TestARefusalNeedsNothingButPI2(t *testing.T) {
	for _, ft := range []Type{AckCreate, AckSelect, AckORF, AckRead, AckWrite, AckTransEnd, AckMsg, AckCRF, AckDeselect} {
		if d := decoded(t, ft, "02030200E2").Diagnostic(); d != TransferRefused {
			t.Errorf("%s: %s", ft, d)
		}
	}
}

func TestEveryMandatoryParameterIsRequiredByDecoderAndBuilder(t *testing.T) {
	for _, ft := range Types() {
		spec := ft.Spec()
		var whole Params
		if err := whole.Decode(unitOf(t, ft, hexOf(fullBody(t, spec)))); err != nil {
			t.Fatalf("%s with everything: %v", ft, err)
		}
		if notes, _ := whole.Notes(); len(notes) != 0 {
			t.Errorf("%s with everything: %v", ft, notes)
		}
		for _, r := range spec.Rules {
			if r.PI.IsGroup() {
				continue
			}
			b := NewBuilder(nil, Link{Framing: Raw})
			b.Begin(ft, 1, 0)
			for _, other := range spec.Rules {
				if !other.PI.IsGroup() && other.PI != r.PI {
					b.copyOne(&whole, other.PI)
				}
			}
			out, err := b.Done()
			// An optional group goes away with its only member.
			if (err != nil) != (r.Need != Optional && !(ft.Spec().alone(r))) {
				t.Errorf("%s built without PI %d: %v", ft, r.PI, err)
			}
			if err == nil {
				var p Params
				if err := p.Decode(FPDU{Header: DecodeHeader(out), Bytes: out}); err != nil {
					t.Errorf("%s decoded without PI %d: %v", ft, r.PI, err)
				}
			}
		}
	}
}

// alone reports the only member of an optional group.
func (s *Spec) alone(r Rule) bool {
	members := 0
	for _, other := range s.Rules {
		if other.Group == r.Group {
			members++
		}
	}
	return r.Group != 0 && members == 1 && s.Rules[s.find(r.Group)].Need == Optional
}

func TestTextIsLatin1WithoutTheBlanksAtItsRight(t *testing.T) {
	p := decoded(t, RelConf, "6306 4A E9 41 20 00 20")
	if got := p.Text(PIFreeText); got != "JéA" {
		t.Errorf("%q", got)
	}
	b := NewBuilder(nil, Link{Framing: Raw})
	b.Begin(RelConf, 1, 2)
	b.Text(PIFreeText, "Jé€  ")
	out, err := b.Done()
	if want := raw(t, "000B 4024 0102 6303 4AE93F"); err != nil || string(out) != string(want) {
		t.Errorf("% X, %v", out, err)
	}
}

func TestTheVersionIsBinaryOrDigits(t *testing.T) {
	for value, want := range map[string]uint64{"0602 0002": 2, "060132": 2, "06023032": 2, "06023220": 2, "060101": 1, "0603 010001": 1<<16 + 1, "06020200": 2,
		"0609" + strings.Repeat("FF", 9): ^uint64(0)} {
		if got := decoded(t, AConnect, value).Num(PIVersion); got != want {
			t.Errorf("%s: %d, want %d", value, got, want)
		}
	}
}

func TestAbsentParametersHaveTheirDefaults(t *testing.T) {
	p := decoded(t, Connect, connectBody)
	for pi, want := range map[PI]uint64{PICRC: 0, PIFileType: 0, PIAttributes: 0, PIRestart: 0, PIDataCode: 0, PIPriority: 1, PIResync: 0,
		PITimer: 30, PIFormat: 0, PIOrganisation: 0, PIKeyOffset: 0, PIUnit: 0} {
		if p.Has(pi) || p.Num(pi) != want {
			t.Errorf("PI %d: %d, want %d", pi, p.Num(pi), want)
		}
	}
	if i, w := p.Sync(); i != 0 || w != 0 || p.Compression() != (Compression{}) || p.Text(PIFreeText) != "" || p.Bytes(200) != nil || p.Has(200) {
		t.Error("an absent aggregate or text is not null")
	}
}

func TestPasswordsAreEightAndEight(t *testing.T) {
	p := decoded(t, Connect, "030150 040153 0510 6F6C642020202020 6E65777077642020 060102 160100")
	if old, renewed := p.Access(); old != "old" || renewed != "newpwd" {
		t.Errorf("%q %q", old, renewed)
	}
	b := NewBuilder(nil, Link{Framing: Raw})
	b.Begin(AConnect, 1, 2)
	b.Access("old", "newpwd")
	b.Num(PIVersion, 2)
	out, err := b.Done()
	if want := raw(t, "0019 4021 0102 050E 6F6C642020202020 6E6577707764 060102"); err != nil || string(out) != string(want) {
		t.Errorf("% X, %v", out, err)
	}
}

func TestDatesAreLocalAndTurnTheCenturyAt70(t *testing.T) {
	zone := time.FixedZone("there", 3600)
	for digits, want := range map[string]string{"260120135857": "2026-01-20T13:58:57+01:00", "691231235959": "2069-12-31T23:59:59+01:00", "700101000000": "1970-01-01T00:00:00+01:00"} {
		p := decoded(t, AckSelect, "0203000000 320E330C"+hexOf([]byte(digits)))
		got, ok := p.Date(PICreated, zone)
		if !ok || got.Format(time.RFC3339) != want {
			t.Errorf("%s: %s %v", digits, got, ok)
		}
		b := NewBuilder(nil, Link{Framing: Raw})
		b.Begin(AckSelect, 1, 0)
		b.Diagnostic(TransferRefused)
		b.Date(PICreated, got)
		if out, err := b.Done(); err != nil || !strings.HasSuffix(string(out), digits) {
			t.Errorf("%s: % X %v", digits, out, err)
		}
	}
	for _, digits := range []string{"260230000000", "261301000000", "260120240000", "260120006000", "260120000060", "000000000000"} {
		if _, ok := decoded(t, AckSelect, "0203000000 320E330C"+hexOf([]byte(digits))).Date(PICreated, zone); ok {
			t.Errorf("%s is no date", digits)
		}
	}
}

func TestPI1AndTheCheckBytesMustAgree(t *testing.T) {
	with, without := decoded(t, Connect, "010101"+connectBody), decoded(t, Connect, connectBody)
	if with.MatchCRC(true) != nil || without.MatchCRC(false) != nil {
		t.Error("agreement refused")
	}
	var e *Error
	if !errors.As(with.MatchCRC(false), &e) || e.Diagnostic != BadParameter || !errors.As(without.MatchCRC(true), &e) || e.Diagnostic != BadParameter {
		t.Error("disagreement is not 3-318")
	}
}

func TestNotesAreBoundedAndDecodingForgets(t *testing.T) {
	p := decoded(t, RelConf, strings.Repeat("FA0100", 300))
	if notes, more := p.Notes(); len(notes) != maxNotes || more != 300-maxNotes {
		t.Errorf("%d notes and %d more", len(notes), more)
	}
	if err := p.Decode(unitOf(t, RelConf, "630141")); err != nil {
		t.Fatal(err)
	}
	if notes, more := p.Notes(); len(notes) != 0 || more != 0 || p.Type() != RelConf {
		t.Error("old notes remain")
	}
	if err := p.Decode(unitOf(t, RelConf, "")); err != nil || p.Has(PIFreeText) {
		t.Error("old values remain")
	}
}
