package wiring

import (
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/sdk"
)

// passes is a module of the command kind that answers {"verdict":"pass"}: _start writes it to the standard output.
const passes = "0061736d01000000010c0260047f7f7f7f017f60000002230116776173695f736e617073686f745f70726576696577310866645f7772697465" +
	"0000030201010503010001071302066d656d6f72790200065f737461727400010a0f010d00410141004101410810001a0b0b25020041000b08100000" +
	"00120000000041100b127b2276657264696374223a2270617373227d"

func TestAModuleOfTheConfigurationIsAsked(t *testing.T) {
	module, err := hex.DecodeString(passes)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(withExits, "  scan: {wasm: ./exits/scan.wasm}\n", "", 1)
	text = strings.Replace(text, "\n  verify: [scan]", "", 1)
	p := beginWith(t, text, map[string]string{"exits/vet.wasm": string(module)})
	n := p.s.current.Take()
	res, err := n.Chain.Ask(context.Background(), sdk.PointDone, &sdk.Facts{}, chain.Scope{})
	if err != nil || len(res.Failed) > 0 || len(res.Decisions) != 1 || res.Decisions[0].Verdict != sdk.Pass {
		t.Errorf("it said %+v (%v)", res, err)
	}
	n.Release()
	if _, err := os.Stat(filepath.Join(filepath.Dir(p.path), "data", moduleCache)); err != nil {
		t.Errorf("compiled code is not kept: %v", err)
	}

	const custom = "\x00\x04\x01xyz" // a section of the module's own, which changes nothing but the digest
	p.put("exits/vet.wasm", string(module)+custom)
	if got, err := p.s.Reload(t.Context()); err != nil || len(got) != 1 || got[0] != "exits.vet" {
		t.Errorf("changed %v (%v)", got, err)
	}
	p.put("exits/vet.wasm", string(module[:len(module)/2]))
	if _, err := p.s.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "the running configuration stays: exits.vet: ") {
		t.Errorf("half a module: %v", err)
	}
	p.write(strings.Replace(text, "done: [vet]", "filter: [vet]", 1))
	if _, err := p.s.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "cannot filter") && !strings.Contains(err.Error(), "on_error") {
		t.Errorf("a point that it cannot serve: %v", err)
	}
}
