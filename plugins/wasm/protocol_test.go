package wasm_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/line"
	"github.com/postern/postern/sdk/sdktest/protocoltest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
	"github.com/postern/postern/sdk/sdktest/transcript"
)

var lineModule struct {
	once  sync.Once
	bytes []byte
}

// builtLine is the line protocol written in Go as a module; it is built once.
func builtLine(t testing.TB) []byte {
	t.Helper()
	lineModule.once.Do(func() { lineModule.bytes = toolchain.GoModule(t, "testdata/line") })
	if lineModule.bytes == nil {
		t.Fatal("the module was not built")
	}
	return lineModule.bytes
}

// loadProtocol loads a module and closes it at the end of the test.
func loadProtocol(t testing.TB, s wasm.Settings) *wasm.Protocol {
	t.Helper()
	p, err := wasm.LoadProtocol(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

// skipLargeModule leaves out what compiles a Go program under the race detector, in the short form: what the host does in a
// dialogue is tried with small modules there.
func skipLargeModule(t testing.TB) {
	t.Helper()
	if testing.Short() || raceDetector && os.Getenv("POSTERN_TEST_LONG") == "" {
		t.Skip("builds and compiles a large WebAssembly module")
	}
}

func goLine(t testing.TB) *wasm.Protocol {
	t.Helper()
	skipLargeModule(t)
	s := settings(builtLine(t))
	s.Name, s.CacheDir, s.Limits.Deadline = "lines", cacheDir, time.Minute // a busy machine takes its time
	return loadProtocol(t, s)
}

func TestTheTranscriptsOfTheLineProtocolPlayInAModule(t *testing.T) {
	p := goLine(t)
	files, err := filepath.Glob("../../sdk/sdktest/line/testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) { transcript.Run(t, p, sdk.Opening{Role: sdk.Answering}, f) })
	}
}

func TestAProtocolInAModuleKeepsTheContract(t *testing.T) {
	p := goLine(t)
	for name, framed := range map[string]bool{"copying": false, "framed": true} {
		t.Run(name, func(t *testing.T) {
			protocoltest.Run(t, protocoltest.Harness{
				Protocol: p,
				Opening: func(sdk.Role) sdk.Opening {
					return sdk.Opening{Settings: sdk.Terms{sdk.FlagTerm("framed", framed)}}
				},
				Terms: func(w protocoltest.Wish) sdk.Terms {
					return sdk.Terms{sdk.NumberTerm("interval", w.Interval), sdk.NumberTerm("window", w.Window), sdk.FlagTerm("resync", w.Resync),
						sdk.NumberTerm("record", 4096), sdk.NumberTerm("block", 20), sdk.WordsTerm("checksum", "crc32")}
				},
				Interval: 64, Record: 23, Brief: true, Scenarios: os.Getenv("POSTERN_TEST_LONG") == "",
			})
		})
	}
}

func TestAProtocolOfAModuleDescribesItself(t *testing.T) {
	p := goLine(t)
	want := line.New().Describe()
	if have := p.Describe(); len(have.Terms) != len(want.Terms) || len(have.Settings) != len(want.Settings) || have.Terms[0].Name != want.Terms[0].Name {
		t.Errorf("it describes itself as %+v, want %+v", have, want)
	}
}
