package wasm_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

func TestMain(m *testing.M) {
	// What the Go guests compile to is kept from run to run: it takes long under the race detector.
	if kept, err := os.UserCacheDir(); err == nil {
		cacheDir = filepath.Join(kept, "postern", "wasm-tests")
	}
	goleak.VerifyTestMain(m)
}

// Where the test modules keep things: their answers, and from the heap on what they allocate.
const (
	manifestAt = 1024
	answerAt   = 2048
	scratch    = 4096
	heap       = 64 << 10
)

// reactor is a module that allocates by counting up, describes itself and answers each question with the body of
// postern_call.
type reactor struct {
	module
	manifest sdk.Manifest
	answer   sdk.Verdict
	abi      int32
	pages    int
}

func newReactor(points ...sdk.Point) *reactor {
	return &reactor{abi: int32(sdk.ContractVersion), pages: 32, answer: sdk.PassVerdict(),
		manifest: sdk.Manifest{Name: "test", Version: "1", Contract: sdk.ContractVersion, Kinds: []string{"exit"}, Points: points}}
}

// packed is pointer and length of a reply as one i64.
func packed(at, size int) []byte { return i64c(int64(at)<<32 | int64(size)) }

// build makes the module. The body of postern_call runs for every method but describe; without one it gives the answer.
// Locals 0 to 4 are its parameters, 5 to 9 are free.
func (r *reactor) build(body ...any) []byte {
	manifest := wire.AppendManifest(nil, &r.manifest)
	reply := wire.AppendVerdict(nil, sdk.PointIdentify, &r.answer)
	r.memory(r.pages, 512)
	r.data(manifestAt, string(manifest))
	r.data(answerAt, string(reply))
	next := r.global(heap)
	r.fn("postern_abi", ":i", 0, i32c(r.abi))
	r.fn("postern_alloc", "i:i", 0, gget(next), gget(next), get(0), add, i32c(15), add, i32c(-16), 0x71, gset(next))
	f := r.fn("postern_call", "iiiii:I", 5,
		get(0), i32c(1), eq, when(packed(manifestAt, len(manifest)), ret),
		code(body...), packed(answerAt, len(reply)))
	r.name(f, "decide_all")
	return r.bytes()
}

func settings(m []byte) wasm.Settings {
	return wasm.Settings{Name: "vet", Module: m}
}

// load loads a module and closes it at the end of the test.
func load(t testing.TB, s wasm.Settings) *wasm.Exit {
	t.Helper()
	e, err := wasm.Load(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

// refused loads a module that must be refused, with these words.
func refused(t *testing.T, s wasm.Settings, words ...string) {
	t.Helper()
	e, err := wasm.Load(context.Background(), s)
	if err == nil {
		_ = e.Close(context.Background())
		t.Fatal("the module was loaded")
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not say %q: %v", w, err)
		}
	}
}

func question(p sdk.Point) sdk.Question {
	return sdk.Question{Point: p, Facts: &sdk.Facts{
		Time: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), Session: "S1", Transfer: "T1",
		Call:    &sdk.CallFacts{Listener: "pesit", Protocol: "pesit", Peer: netip.MustParseAddrPort("192.0.2.1:4711")},
		Claim:   &sdk.Claim{Name: "PARIS", Method: "password", Secret: sdk.NewSecret("s3cret-word")},
		Filter:  &sdk.FilterFacts{Direction: sdk.Receive},
		Request: &sdk.RequestFacts{Request: sdk.Request{File: "invoice.txt"}, Direction: sdk.Receive},
	}}
}

func from(q sdk.Question, peer string) sdk.Question {
	f := *q.Facts
	f.Call = &sdk.CallFacts{Peer: netip.MustParseAddrPort(peer + ":1")}
	q.Facts = &f
	return q
}

// logTo gives a logger and what it has written.
func logTo() (*slog.Logger, *bytes.Buffer) {
	var b bytes.Buffer
	return slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug})), &b
}

// cacheDir keeps the compiled code of large modules.
var cacheDir string
