//go:build linux

package process

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process"
	"github.com/postern/postern/sdk/sdktest/line"
	"github.com/postern/postern/sdk/sdktest/protocoltest"
	"github.com/postern/postern/sdk/sdktest/transcript"
)

// speakers are the programs that speak a protocol.
var speakers = map[string]func(){
	"as-line":  func() { process.ServeProtocol(line.New(), "1") },
	"as-pesit": func() { process.ServeProtocol(pesit.Protocol{}, "1") },
	"as-wild":  func() { process.ServeProtocol(wild{line.New()}, "1") },
}

// wild is the line protocol, but for bytes that make it misbehave.
type wild struct{ line.Protocol }

func (w wild) Begin(o sdk.Opening, out []byte) (sdk.Dialogue, []byte, error) {
	d, out, err := w.Protocol.Begin(o, out)
	return wilder{d}, out, err
}

type wilder struct{ sdk.Dialogue }

func (d wilder) Hear(in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
	switch {
	case strings.HasPrefix(string(in), "panic"):
		panic("as it was told")
	case strings.HasPrefix(string(in), "die"):
		os.Exit(3)
	case strings.HasPrefix(string(in), "hang"):
		time.Sleep(time.Hour)
	case strings.HasPrefix(string(in), "more"):
		return len(in) + 1, ev, out, nil
	case strings.HasPrefix(string(in), "none"):
		return len(in), append(ev, sdk.Event{Kind: sdk.KindHello}), out, nil
	}
	return d.Dialogue.Hear(in, ev, out)
}

func loadProtocol(t testing.TB, actor string, more ...func(*Settings)) *Protocol {
	t.Helper()
	p, err := LoadProtocol(t.Context(), settings(t, actor, more...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

func play(t *testing.T, p sdk.Protocol, pattern string, opening func(file string) sdk.Opening) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) { transcript.Run(t, p, opening(f), f) })
	}
}

func TestTheTranscriptsOfTheLineProtocolPlayInAProcess(t *testing.T) {
	play(t, loadProtocol(t, "as-line"), "../../sdk/sdktest/line/testdata/*.txt", func(string) sdk.Opening {
		return sdk.Opening{Role: sdk.Answering}
	})
}

func TestTheTranscriptsOfPeSITPlayInAProcess(t *testing.T) {
	play(t, loadProtocol(t, "as-pesit"), someTranscripts(), func(file string) sdk.Opening {
		if strings.HasPrefix(filepath.Base(file), "calling") {
			return sdk.Opening{Role: sdk.Calling, Random: [16]byte{1}}
		}
		return sdk.Opening{Role: sdk.Answering, Random: [16]byte{0x61}}
	})
}

func TestAProtocolInAProcessKeepsTheContract(t *testing.T) {
	p := loadProtocol(t, "as-line")
	for name, framed := range map[string]bool{"copying": false, "framed": true} {
		t.Run(name, func(t *testing.T) {
			protocoltest.Run(t, protocoltest.Harness{
				Protocol: p, Interval: 64, Record: 23, Brief: true, Scenarios: os.Getenv("POSTERN_TEST_LONG") == "",
				Opening: func(sdk.Role) sdk.Opening {
					return sdk.Opening{Settings: sdk.Terms{sdk.FlagTerm("framed", framed)}}
				},
				Terms: func(w protocoltest.Wish) sdk.Terms {
					return sdk.Terms{sdk.NumberTerm("interval", w.Interval), sdk.NumberTerm("window", w.Window), sdk.FlagTerm("resync", w.Resync),
						sdk.NumberTerm("record", 4096), sdk.NumberTerm("block", 20)}
				},
			})
		})
	}
}

// begin begins a dialogue.
func begin(t *testing.T, p sdk.Protocol) sdk.Dialogue {
	t.Helper()
	d, _, err := p.Begin(sdk.Opening{Role: sdk.Answering}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// hears has a dialogue hear text, and gives the first event.
func hears(t *testing.T, d sdk.Dialogue, text string) sdk.Event {
	t.Helper()
	_, ev, _, err := d.Hear([]byte(text), make([]sdk.Event, 0, 4), nil)
	if err != nil || len(ev) == 0 {
		t.Fatalf("%d events of %q: %v", len(ev), text, err)
	}
	return ev[0]
}

func isFault(t *testing.T, e sdk.Event, words string) {
	t.Helper()
	if e.Kind != sdk.KindFault || e.Refusal.Code != sdk.ExitFailed || !strings.Contains(e.Refusal.Error(), words) {
		t.Errorf("it hears %s (%v), want a Fault of exit.failed that says %q", e.Kind, e.Refusal, words)
	}
}

const greeting = "HELLO PARIS secret\n"

func TestADialogueThatMisbehavesEndsItsOwnCallAlone(t *testing.T) {
	p := loadProtocol(t, "as-wild", func(s *Settings) { s.Limits.Deadline, s.Limits.Misses = time.Second/4, 1000 })
	other := begin(t, p)
	for what, words := range map[string]string{"panic": "it panicked", "hang": "no answer within", "more": "it used 6 bytes of 5", "none": "without what belongs to it"} {
		d := begin(t, p)
		isFault(t, hears(t, d, what+"\n"), words)
		if used, ev, _, err := d.Hear([]byte("more"), make([]sdk.Event, 0, 1), nil); used != 4 || len(ev) > 0 || err != nil {
			t.Errorf("after the fault it uses %d bytes and hears %d events: %v", used, len(ev), err)
		}
		if said, _, err := d.Say(sdk.Message{Kind: sdk.KindAbort}, nil); said.Next != sdk.Hangup || err != nil {
			t.Errorf("after the fault it says an abort with %v and %v, want a hangup", said, err)
		}
	}
	if e := hears(t, other, greeting); e.Kind != sdk.KindHello {
		t.Errorf("the other call hears %s", e.Kind)
	}
}

func TestAProcessThatDiesEndsItsCallsAndIsStartedAgain(t *testing.T) {
	p := loadProtocol(t, "as-wild", func(s *Settings) { s.Limits.Backoff = time.Millisecond })
	first, second := begin(t, p), begin(t, p)
	isFault(t, hears(t, first, "die\n"), "its process ended")
	isFault(t, hears(t, second, greeting), "its process ended")
	deadline := time.Now().Add(20 * time.Second)
	for {
		d, _, err := p.Begin(sdk.Opening{Role: sdk.Answering}, nil)
		if err == nil {
			defer d.Close()
			if e := hears(t, d, greeting); e.Kind != sdk.KindHello {
				t.Errorf("the next call hears %s", e.Kind)
			}
			return
		}
		if sdk.CodeOf(err) != sdk.ExitFailed || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func TestCallsBeyondTheLimitAreToldToCallAgain(t *testing.T) {
	p := loadProtocol(t, "as-line", func(s *Settings) { s.Limits.InFlight, s.Limits.Wait = 1, time.Millisecond })
	d, _, err := p.Begin(sdk.Opening{Role: sdk.Answering}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Begin(sdk.Opening{Role: sdk.Answering}, nil); sdk.CodeOf(err) != sdk.LimitSessions {
		t.Errorf("a second call gets %v, want limit.sessions", err)
	}
	d.Close()
	begin(t, p)
}

func TestManyCallsSpeakAtOnce(t *testing.T) {
	p := loadProtocol(t, "as-line")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			d, _, err := p.Begin(sdk.Opening{Role: sdk.Answering}, nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			if _, ev, _, err := d.Hear([]byte(greeting), make([]sdk.Event, 0, 4), nil); err != nil || len(ev) != 1 || ev[0].Hello.Name != "PARIS" {
				t.Errorf("it hears %d events: %v", len(ev), err)
			}
		})
	}
	all.Wait()
}

func TestAnExitIsNoProtocol(t *testing.T) {
	if _, err := LoadProtocol(t.Context(), settings(t, "as-exit")); err == nil || !strings.Contains(err.Error(), "speaks no protocol") {
		t.Errorf("it is loaded: %v", err)
	}
	if _, err := Load(t.Context(), settings(t, "as-line")); err == nil || !strings.Contains(err.Error(), "it is no exit") {
		t.Errorf("a protocol is loaded as an exit: %v", err)
	}
}

// someTranscripts are two of PeSIT's in the short form, which play nearly every message, and all in the long one.
func someTranscripts() string {
	if os.Getenv("POSTERN_TEST_LONG") == "" {
		return "../protocol/pesit/testdata/*re[as][dt]*.txt" // read and restart
	}
	return "../protocol/pesit/testdata/*.txt"
}
