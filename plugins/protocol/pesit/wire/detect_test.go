package wire

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/protocol/pesit/wire/golden"
)

// raw makes bytes of spaced hexadecimal.
func raw(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.NewReplacer(" ", "", "|", "").Replace(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func vector(t testing.TB, name string) []byte {
	t.Helper()
	v, err := golden.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return v.Bytes
}

// firstMessages gives what each kind of caller sends first.
func firstMessages(t testing.TB) map[string]struct {
	bytes []byte
	want  Detection
} {
	connect := vector(t, "V1 CONNECT")
	checked := vector(t, "V16 CONNECT with check bytes")
	logon := vector(t, "V15 pre-connection")
	type row = struct {
		bytes []byte
		want  Detection
	}
	other := bytes.Clone(logon)
	copy(other[2:], "\xE2\xC5\xD9\xE5\xC5\xE4\xD9\x40")
	return map[string]row{
		"a raw pre-connection":                               {logon[2:], Detection{Framing: Raw, Logon: true}},
		"a prefixed pre-connection":                          {logon, Detection{Logon: true}},
		"a prefixed pre-connection with another service":     {other, Detection{Logon: true}},
		"a raw CONNECT":                                      {connect, Detection{Framing: Raw}},
		"a prefixed CONNECT":                                 {append([]byte{0, byte(len(connect))}, connect...), Detection{}},
		"a raw CONNECT with check bytes":                     {checked[2:], Detection{Framing: Raw, CRC: true}},
		"a prefixed CONNECT with check bytes":                {checked, Detection{CRC: true}},
		"a raw CONNECT of 24 bytes, the logon's length":      {raw(t, "0018 4020 0001 030150 040153 060102 160100 630141 170101")[:24], Detection{Framing: Raw}},
		"a prefixed CONNECT of 24 bytes, the logon's length": {raw(t, "0018 0018 4020 0001 030150 040153 060102 160100 630141 170101")[:26], Detection{}},
		"a prefixed CONNECT of 22 bytes with check bytes":    {append(raw(t, "0018 0016 4020 0001 010101 030150 040153 060102 1601"), 0, 0, 0), Detection{CRC: true}},
	}
}

func TestTheFirstBytesTellTheFramingEvenOneByOne(t *testing.T) {
	for name, m := range firstMessages(t) {
		t.Run(name, func(t *testing.T) {
			decided := false
			for n := range len(m.bytes) + 1 {
				d, p := Detect(m.bytes[:n])
				switch {
				case p == NotPeSIT:
					t.Fatalf("not PeSIT after %d bytes", n)
				case p == NeedMore && decided:
					t.Fatalf("undecided again after %d bytes", n)
				case p == Decided && d != m.want:
					t.Fatalf("after %d bytes %+v, want %+v", n, d, m.want)
				}
				decided = p == Decided
			}
			if !decided {
				t.Error("never decided")
			}
			if _, p := Detect(m.bytes[:min(5, len(m.bytes))]); p != NeedMore {
				t.Error("decided on five bytes")
			}
		})
	}
}

func TestPrefixedCallersAreDecidedBySixBytes(t *testing.T) {
	for name, m := range firstMessages(t) {
		if m.want.Framing == Prefixed || m.want.Logon {
			if d, p := Detect(m.bytes[:6]); p != Decided || d != m.want {
				t.Errorf("%s: %+v, %v", name, d, p)
			}
		}
	}
}

func TestOtherCallersAreNotPeSIT(t *testing.T) {
	rows := map[string]struct {
		bytes []byte
		after int // bytes that suffice
	}{
		"a TLS hello":                          {raw(t, "16 03 01 02 00 01"), 1},
		"HTTP":                                 {[]byte("GET / HTTP/1.1"), 1},
		"SSH":                                  {[]byte("SSH-2.0-x"), 1},
		"nearly PESIT in EBCDIC":               {raw(t, "D7 C5 E2 C9 E4 40"), 5},
		"a raw CONNECT to an id":               {raw(t, "00 1A 40 20 01 01"), 6},
		"a raw CONNECT shorter than a header":  {raw(t, "00 05 40 20 00 01"), 6},
		"a prefixed CONNECT one byte too long": {raw(t, "00 1B 00 1A 40 20 00 01"), 6},
		"a prefixed CONNECT three bytes too long": {raw(t, "00 1D 00 1A 40 20 00 01"), 6},
		"a raw CREATE":                  {raw(t, "00 18 C0 11 00 00"), 6},
		"a prefixed CREATE of 24 bytes": {raw(t, "00 18 00 18 C0 11"), 6},
		"a prefixed ACONNECT":           {raw(t, "00 0E 00 0E 40 21"), 6},
		"a pre-connection of 25 bytes":  {raw(t, "00 19 D7 C5 E2 C9"), 6},
		"a CONNECT beyond the bound":    {raw(t, "10 01 40 20 00 01"), 6},
		"zeros":                         {make([]byte, 6), 6},
	}
	for name, r := range rows {
		t.Run(name, func(t *testing.T) {
			for n := range len(r.bytes) + 1 {
				if _, p := Detect(r.bytes[:n]); (p == NotPeSIT) != (n >= r.after) {
					t.Errorf("after %d bytes: progress %d", n, p)
				}
			}
		})
	}
}

func TestPI1IsFoundInARawConnectWhereverItStands(t *testing.T) {
	for body, want := range map[string]bool{
		"0301500401530601021601000101 01":     true,
		"0301500401530601021601000101 00":     false,
		"010101 030150 040153":                true,
		"0102 0001 030150":                    true,
		"03FF":                                false,
		"0163":                                false,
		"63FF0003010101 030150 040153 060102": false,
	} {
		b := raw(t, body)
		fpdu := append(Header{Length: 6 + len(b), Type: Connect, Sixth: 1}.Append(nil), b...)
		if d, p := Detect(fpdu); p != Decided || d.CRC != want {
			t.Errorf("%s: %+v %v, want CRC %v", body, d, p, want)
		}
	}
}

func TestTheConnectAfterThePreConnectionTellsItsCheckBytes(t *testing.T) {
	connect, checked := vector(t, "V1 CONNECT"), vector(t, "V16 CONNECT with check bytes")
	prefixed := append([]byte{0, byte(len(connect))}, connect...)
	for _, row := range []struct {
		in   []byte
		f    Framing
		want bool
	}{{connect, Raw, false}, {prefixed, Prefixed, false}, {checked, Prefixed, true}, {checked[2:], Raw, true}} {
		crc, p := DetectConnect(row.in, row.f)
		if p != Decided || crc != row.want {
			t.Errorf("%s % X: %v %v", row.f, row.in, crc, p)
		}
		if _, p := DetectConnect(row.in[:3], row.f); p != NeedMore {
			t.Error("decided on three bytes")
		}
	}
	if _, p := DetectConnect(vector(t, "V2 ACONNECT"), Raw); p != NotPeSIT {
		t.Error("took an ACONNECT")
	}
}
