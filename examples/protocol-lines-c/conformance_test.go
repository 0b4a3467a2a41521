package lines_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/protocoltest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// load builds the example.
func load(t *testing.T) *wasm.Protocol {
	t.Helper()
	toolchain.Need(t, "c")
	module, err := os.ReadFile(filepath.Join(toolchain.Make(t, "."), "lines.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	s := wasm.Settings{Name: "lines", Module: module}
	s.Limits.Deadline = time.Minute // a busy machine takes its time
	p, err := wasm.LoadProtocol(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close(context.Background()) })
	return p
}

func TestTheLineProtocolInCKeepsTheContract(t *testing.T) {
	protocoltest.Run(t, protocoltest.Harness{
		Protocol: load(t),
		Terms: func(w protocoltest.Wish) sdk.Terms {
			return sdk.Terms{
				sdk.NumberTerm("interval", w.Interval), sdk.NumberTerm("window", w.Window), sdk.FlagTerm("resync", w.Resync),
				sdk.NumberTerm("record", 4096), sdk.NumberTerm("block", 20), sdk.WordsTerm("checksum", "crc32"),
			}
		},
		Interval: 64,
		Record:   23,
		Damage: func(wire []byte) bool {
			if !bytes.Contains(wire, []byte("DATA")) {
				return false
			}
			wire[len(wire)-1] ^= 1
			return true
		},
		Garbage: [][]byte{[]byte("GET / HTTP/1.1\r\n"), bytes.Repeat([]byte{0xff}, 5000), []byte("DATA 1\n"), []byte("=\n"),
			[]byte("HELLO P \"\\xff\"\n"), []byte("HELLO P \"open\n"), []byte("HELLO P s colour=blue\n")},
		Brief:     true,
		Scenarios: os.Getenv("POSTERN_TEST_LONG") == "",
	})
}
