package wire

import (
	"strings"
	"testing"
)

func TestAnFPDUPrintsAsOneLine(t *testing.T) {
	rows := map[string]string{
		"V3 CONNECT with a password, sync points and resynchronisation": `CONNECT to 0 from 1 3:requester="PART1" 4:server="SRV" 5:password=*** 6:version=2 7:sync=32KiB/2 22:access=2 23:resync=1`,
		"V5 CREATE":                   `CREATE to 97 11:type=0 12:name="FILE" 13:transfer=36812 17:priority=0 25:entity=65535 31:format=80 32:length=1024 41:unit=0 42:reservation=1 51:created=260120135857`,
		"V6 ACK(CREATE) that refuses": `ACK(CREATE) to 1 2:diagnostic=2-226(transfer refused) 25:entity=65535`,
		"V7 ACK(ORF)":                 `ACK(ORF) to 1 2:diagnostic=0-000 21:compression=none`,
		"V7 WRITE":                    `WRITE to 97`,
		"V8 DTF of one article":       `DTF to 97 12 bytes`,
		"V8 DTF of three articles":    `DTF to 97 3 articles 9 bytes`,
		"V8 DTFMA":                    `DTFMA to 97 4 bytes`,
		"V9 SYN 256":                  `SYN to 97 20:sync=256`,
		"V12 ABORT 3-311":             `ABORT to 1 from 97 2:diagnostic=3-311(protocol error by the remote party)`,
	}
	for name, want := range rows {
		s := Splitter{Link: Link{Framing: Raw}}
		f, _, err := s.Next(vector(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := Trace(f); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestATraceSaysWhatIsOddAndWhatIsWrong(t *testing.T) {
	for _, r := range []struct {
		f    FPDU
		want string
	}{
		{unitOf(t, RelConf, "63FF000141 FA0100"), `RELCONF to 97 from 0 99:text="A"; PI 99 loose length, PI 250 unknown`},
		{unitOf(t, RelConf, strings.Repeat("FA00", 20)), "and 4 more"},
		{unitOf(t, Read, ""), "; WRONG: pesit READ PI 18: missing (3-318)"},
		{unitOf(t, AckSelect, "0203030135 1D020A41"), `29:detail="\nA"`},
		{unitOf(t, RelConf, "6364"+strings.Repeat("41", 100)), `"...(100)`},
		{data(DTF, 2, "\x00\x09a"), "DTF to 1 3 bytes; WRONG: pesit DTF: 2 articles"},
		{data(0xC007, 0, "\x00\x09a"), "FPDU C007 to 1; WRONG:"},
	} {
		if got := Trace(r.f); !strings.Contains(got, r.want) || strings.ContainsAny(got, "\n\r") {
			t.Errorf("%s\nlacks %s", got, r.want)
		}
	}
}

func TestATraceNeverShowsAPasswordEvenOfABrokenFPDU(t *testing.T) {
	for _, body := range []string{"0508 544F505345435254", "0508 544F505345435254 03", "0508 544F505345435254 030150", "050A 544F505345435254", "0520" + strings.Repeat("544F505345435254", 4)} {
		if got := Trace(unitOf(t, Connect, body)); strings.Contains(got, "TOPSECRT") {
			t.Error(got)
		}
	}
}
