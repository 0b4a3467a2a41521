package pesit_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/protocoltest"
)

// TestMain keeps the random walks short, because there are many variants; -rapid.checks asks for more.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	for name, value := range map[string]string{"rapid.checks": "4", "rapid.nofailfile": "true"} {
		if given && name == "rapid.checks" {
			continue
		}
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// variant is one way of carrying PeSIT, as the caller's settings choose it.
type variant struct {
	raw, logon, crc bool
	record          int
	compression     []string
}

func (v variant) String() string {
	return fmt.Sprintf("raw=%v,preconnection=%v,crc=%v,record=%d,compression=%v", v.raw, v.logon, v.crc, v.record, v.compression)
}

func (v variant) harness() protocoltest.Harness {
	framing := "nsdu"
	if v.raw {
		framing = "raw"
	}
	h := protocoltest.Harness{
		Protocol: recorded{record: v.record},
		Interval: 1024,
		Record:   v.record,
		Opening: func(r sdk.Role) sdk.Opening {
			o := sdk.Opening{Random: [16]byte{0x61}}
			if r == sdk.Calling {
				o.Random[0] = 1
				o.Settings = sdk.Terms{sdk.WordsTerm(pesit.SettingFraming, framing), sdk.FlagTerm(pesit.SettingLogon, v.logon),
					sdk.FlagTerm(pesit.SettingCRC, v.crc)}
			}
			return o
		},
		Terms: func(w protocoltest.Wish) sdk.Terms {
			return sdk.Terms{
				sdk.NumberTerm(pesit.TermSyncInterval, w.Interval),
				sdk.NumberTerm(pesit.TermSyncWindow, w.Window),
				sdk.NumberTerm(pesit.TermMaxEntity, 512),
				sdk.WordsTerm(pesit.TermCompression, v.compression...),
				sdk.FlagTerm(pesit.TermResync, w.Resync),
			}
		},
		Request: func(r *sdk.Request) {
			if r.Number == 0 {
				r.Number = 5
			}
			if v.record > 0 {
				r.Terms = recordTerms(v.record)
			}
		},
		Garbage: [][]byte{
			[]byte("GET / HTTP/1.1\r\n\r\n"),
			{0x00, 0x06, 0x00, 0x06, 0xC0, 0x02, 0x61, 0x00},
			{0x00, 0x08, 0x40, 0x20, 0x00, 0x01, 0x03, 0x7F},
		},
		Cannot: map[string]string{"the turn is given and given back": "PeSIT has no turn: the requester asks"},
	}
	h.Brief = !v.whole() && os.Getenv("POSTERN_TEST_LONG") == ""
	if v.crc && v.record == 0 && !v.raw { // records are held back, and finding data needs the prefix
		h.Damage = damage
	}
	return h
}

// whole reports whether every message is tried in every state of this variant in each run of the tests, and not only in
// a long one (POSTERN_TEST_LONG=1): the variants share one state table, and these two differ in all that is beside it.
func (v variant) whole() bool {
	everything := v.raw && v.logon && v.crc
	records := v.record == 80 && v.compression != nil
	return everything || records
}

// recorded grants files with the records that the variant wants, as the core does for a flow of records.
type recorded struct {
	pesit.Protocol
	record int
}

func (r recorded) Begin(o sdk.Opening, out []byte) (sdk.Dialogue, []byte, error) {
	d, out, err := r.Protocol.Begin(o, out)
	return recordedDialogue{d, r.record}, out, err
}

type recordedDialogue struct {
	sdk.Dialogue
	record int
}

func (d recordedDialogue) Say(m sdk.Message, out []byte) (sdk.Said, []byte, error) {
	if m.Hello != nil && m.Hello.CalledName == "" {
		hello := *m.Hello
		hello.CalledName = "POSTERN" // mandatory in PeSIT
		m.Hello = &hello
	}
	if m.Grant != nil && d.record > 0 {
		g := *m.Grant
		g.Terms = recordTerms(d.record)
		m.Grant = &g
	}
	return d.Dialogue.Say(m, out)
}

func (d recordedDialogue) Frame(ref uint32) (gap, limit int) {
	return d.Dialogue.(sdk.Framer).Frame(ref)
}

func recordTerms(length int) sdk.Terms {
	return sdk.Terms{sdk.FlagTerm(pesit.TermRecords, true), sdk.NumberTerm(pesit.TermRecordLength, int64(length))}
}

// damage turns a bit of the first data byte in these bytes.
func damage(b []byte) bool {
	s := wire.Splitter{Link: wire.Link{CRC: true}}
	for at := 0; at < len(b); {
		f, used, err := s.Next(b[at:])
		if err != nil {
			return false
		}
		if f.Type == wire.DTF && len(f.Body()) > 0 {
			f.Body()[len(f.Body())-1] ^= 1
			return true
		}
		at += used
	}
	return false
}

func TestTheDialogueKeepsTheContractOverEveryFraming(t *testing.T) {
	for _, raw := range []bool{false, true} {
		for _, logon := range []bool{false, true} {
			for _, crc := range []bool{false, true} {
				v := variant{raw: raw, logon: logon, crc: crc}
				t.Run(v.String(), func(t *testing.T) {
					protocoltest.Run(t, v.harness())
				})
			}
		}
	}
}

func TestTheDialogueKeepsTheContractWithRecordsAndCompression(t *testing.T) {
	for _, v := range []variant{
		{record: 80},
		{record: 700},
		{record: 80, crc: true},
		{compression: []string{"horizontal"}},
		{record: 80, compression: []string{"horizontal", "vertical"}},
		{record: 700, raw: true, compression: []string{"horizontal"}},
	} {
		t.Run(v.String(), func(t *testing.T) { protocoltest.Run(t, v.harness()) })
	}
}

func FuzzDialogue(f *testing.F) {
	protocoltest.Fuzz(f, variant{compression: []string{"horizontal"}}.harness())
}

func FuzzDialogueWithCheckBytes(f *testing.F) {
	protocoltest.Fuzz(f, variant{crc: true, raw: true}.harness())
}
