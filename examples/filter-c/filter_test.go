package filter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// load builds the example and loads it with its settings.
func load(t testing.TB, config string) *wasm.Exit {
	t.Helper()
	toolchain.Need(t, "c")
	module, err := os.ReadFile(filepath.Join(toolchain.Make(t, "."), "filter-c.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	exit, err := wasm.Load(t.Context(), wasm.Settings{Name: "filter-c", Module: module, Config: json.RawMessage(config)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exit.Close(context.Background()) })
	return exit
}

// open opens the filter at a place in the file.
func open(t testing.TB, exit *wasm.Exit, direction sdk.Direction, offset int64) (sdk.Filter, error) {
	t.Helper()
	facts := exittest.Facts(sdk.PointFilter)
	facts.Filter = &sdk.FilterFacts{Direction: direction, WireOffset: offset, FileOffset: offset}
	return exit.OpenFilter(t.Context(), sdk.Question{Point: sdk.PointFilter, Facts: facts})
}

// pass sends data through the filter in blocks of a size.
func pass(t testing.TB, exit *wasm.Exit, direction sdk.Direction, offset int64, data []byte, size int) []byte {
	t.Helper()
	f, err := open(t, exit, direction, offset)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []byte
	for len(data) > 0 {
		n := min(size, len(data))
		got, err := f.Block(bytes.Clone(data[:n]), n == len(data))
		if err != nil {
			t.Fatal(err)
		}
		out, data = append(out, got.Bytes...), data[n:]
	}
	return out
}

func everyByte() []byte {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return all
}

func TestTextComesOutOfEBCDICAndGoesBack(t *testing.T) {
	for _, c := range []struct{ config, ebcdic, text string }{
		{`{}`, "\xc8\x85\x93\x93\x96\x6b\x40\xe6\x96\x99\x93\x84\x5a\x25", "Hello, World!\n"},
		{`{"codepage":"1047"}`, "\xad\xf0\xf1\xbd\x5f\xc0\xd0", "[01]^{}"},
		{`{"codepage":"037"}`, "\xba\xf0\xf1\xbb\xb0\xc0\xd0", "[01]^{}"},
		{`{"newline":"15"}`, "\xc1\x15\xc2\x25", "A\nB\x85"},
		{`{"transform":"ebcdic"}`, "\x51\xa3\x51", "\xe9t\xe9"},
	} {
		exit := load(t, c.config)
		if got := pass(t, exit, sdk.Receive, 0, []byte(c.ebcdic), 100); string(got) != c.text {
			t.Errorf("%s: received %q, want %q", c.config, got, c.text)
		}
		if got := pass(t, exit, sdk.Send, 0, []byte(c.text), 100); string(got) != c.ebcdic {
			t.Errorf("%s: sent %q, want %q", c.config, got, c.ebcdic)
		}
	}
}

func TestThePartnerMayBeTheOneWhoSpeaksLatin1(t *testing.T) {
	exit := load(t, `{"wire":"latin1"}`)
	if got := pass(t, exit, sdk.Receive, 0, []byte("Hello"), 100); string(got) != "\xc8\x85\x93\x93\x96" {
		t.Errorf("received %q", got)
	}
}

func TestEveryByteComesBackWhateverTheBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	data := append(everyByte(), make([]byte, 100_000)...)
	for i := 256; i < len(data); i++ {
		data[i] = byte(r.Uint32())
	}
	for b := range 256 { // runs of each byte, and each byte alone among spaces, of EBCDIC and of ISO 8859-1
		data = append(data, bytes.Repeat([]byte{byte(b)}, 192)...)
		for _, space := range "\x40\x20" {
			data = append(data, bytes.Repeat([]byte{byte(space)}, 192)...)
			data[len(data)-100-b%64] = byte(b)
		}
	}
	for _, config := range []string{`{"codepage":"037"}`, `{"codepage":"1047"}`, `{"newline":"15"}`,
		`{"transform":"xor","key":"k"}`, `{"transform":"xor","key":"a key of 19 letters"}`, `{"transform":"xor","key":"` + strings.Repeat("0123456789abcdef", 16) + `"}`} {
		exit := load(t, config)
		want := pass(t, exit, sdk.Receive, 0, data, 1000)
		if bytes.Equal(want, data) || len(want) != len(data) {
			t.Fatalf("%s: nothing happened", config)
		}
		for _, size := range []int{4097, 65_536, 100_000} {
			if got := pass(t, exit, sdk.Receive, 0, data, size); !bytes.Equal(got, want) {
				t.Errorf("%s: blocks of %d bytes give something else", config, size)
			}
		}
		if back := pass(t, exit, sdk.Send, 0, want, 100_000); !bytes.Equal(back, data) {
			t.Errorf("%s: what was received is not sent as it came", config)
		}
	}
}

func TestAKeyIsRepeatedFromTheFilesFirstByte(t *testing.T) {
	exit := load(t, `{"transform":"xor","key":"secret"}`)
	data := bytes.Repeat([]byte("The quick brown fox. "), 3000)
	want := bytes.Clone(data)
	for i := range want {
		want[i] ^= "secret"[i%6]
	}
	if got := pass(t, exit, sdk.Receive, 0, data, 1<<14); !bytes.Equal(got, want) {
		t.Error("the key is not where it should be")
	}
	for _, at := range []int{1, 63, 384, 12_345} {
		if got := pass(t, exit, sdk.Receive, int64(at), data[at:], 1<<14); !bytes.Equal(got, want[at:]) {
			t.Errorf("a restart at byte %d goes on with something else", at)
		}
	}
}

func TestWrongSettingsAreAFailure(t *testing.T) {
	for _, config := range []string{`{"transform":"rot13"}`, `{"transform":"xor"}`, `{"transform":"xor","key":""}`, `{"codepage":"500"}`, `{"wire":"utf8"}`, `{"newline":"0d"}`,
		`{"transform":"xor","key":"` + strings.Repeat("k", 257) + `"}`} {
		if f, err := open(t, load(t, config), sdk.Receive, 0); err == nil {
			f.Close()
			t.Errorf("%s: was taken", config)
		}
	}
}

// BenchmarkFilter passes blocks of 256 KiB through the sandbox where they lie, as the core does.
func BenchmarkFilter(b *testing.B) {
	for name, config := range map[string]string{"ebcdic": `{}`, "xor": `{"transform":"xor","key":"a key of 19 letters"}`} {
		b.Run(name, func(b *testing.B) {
			f, err := open(b, load(b, config), sdk.Receive, 0)
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			room := f.(sdk.BlockLender).Buffer()
			b.SetBytes(int64(len(room)))
			for b.Loop() {
				if _, err := f.Block(room, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
