package meter_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/postern/postern/plugins/wasm/meter"
)

// specLimits are so wide that the suite's own modules keep what they ask for.
var specLimits = meter.Limits{MaxMemoryPages: 65_536, StartFuel: plenty}

// script is one file of the WebAssembly core test suite as wast2json writes it.
type script struct {
	Commands []command
}

type command struct {
	Type       string
	Line       int
	Name       string // of a module
	Filename   string
	As         string
	ModuleType string `json:"module_type"`
	Text       string
	Action     struct {
		Type, Field, Module string
		Args                []value
	}
}

type value struct {
	Type string
	Lane string          `json:"lane_type"`
	Bits json.RawMessage `json:"value"`
}

// words are the bits of a value as wazero takes them. Arguments are numbers, never a kind of NaN.
func (v value) words() ([]uint64, error) {
	var lanes []string
	if v.Type != "v128" {
		lanes = make([]string, 1)
		if err := json.Unmarshal(v.Bits, &lanes[0]); err != nil {
			return nil, err
		}
		if lanes[0] == "null" {
			return []uint64{0}, nil
		}
		n, err := number(lanes[0])
		if v.Type == "externref" {
			n++ // 0 is null
		}
		return []uint64{n}, err
	}
	if err := json.Unmarshal(v.Bits, &lanes); err != nil {
		return nil, err
	}
	words := make([]uint64, 2)
	width := 128 / len(lanes)
	for i, lane := range lanes {
		n, err := number(lane)
		if err != nil {
			return nil, err
		}
		words[i*width/64] |= n & (1<<width - 1) << (i * width % 64)
	}
	return words, nil
}

func number(text string) (uint64, error) {
	if strings.HasPrefix(text, "-") {
		n, err := strconv.ParseInt(text, 10, 64)
		return uint64(n), err
	}
	return strconv.ParseUint(text, 10, 64)
}

// world is one runtime with the modules of one script.
type world struct {
	runtime wazero.Runtime
	named   map[string]api.Module
	last    api.Module
	metered bool
}

func newWorld(t *testing.T, config wazero.RuntimeConfig, host []byte, metered bool) *world {
	w := &world{runtime: newRuntime(t, config), named: map[string]api.Module{}, metered: metered}
	if _, err := w.load(t, host, "spectest"); err != nil {
		t.Fatalf("load the module that the suite imports: %v", err)
	}
	return w
}

func (w *world) load(t *testing.T, module []byte, name string) (api.Module, error) {
	if w.metered {
		m, err := meter.Rewrite(module, specLimits)
		if err != nil {
			return nil, err
		}
		module = m.Bytes
	}
	return w.runtime.InstantiateWithConfig(t.Context(), module, wazero.NewModuleConfig().WithName(name))
}

// TestTheCoreTestSuiteBehavesAsWithoutAMeter runs the WebAssembly core test suite 2.0, which wazero's module carries,
// plain and metered side by side: what is valid stays valid, what is invalid stays invalid, and each call gives the same
// results, the same trap and the same memory.
func TestTheCoreTestSuiteBehavesAsWithoutAMeter(t *testing.T) {
	dir := suite(t)
	host := readFile(t, filepath.Join(dir, "testdata", "spectest.wasm"))
	scripts, err := filepath.Glob(filepath.Join(dir, "v2", "testdata", "*.json"))
	if err != nil || len(scripts) < 100 {
		t.Fatalf("the suite has %d scripts: %v", len(scripts), err)
	}
	for engine, config := range engines {
		t.Run(engine, func(t *testing.T) {
			if engine == "interpreter" && os.Getenv("POSTERN_TEST_LONG") == "" {
				t.Skip("the interpreter runs the suite only with POSTERN_TEST_LONG=1; it always runs the generated modules")
			}
			var modules, calls int
			for _, path := range scripts {
				t.Run(strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
					s := side{plain: newWorld(t, config(), host, false), metered: newWorld(t, config(), host, true)}
					s.play(t, path)
					modules, calls = modules+s.modules, calls+s.calls
				})
			}
			t.Logf("%d modules and %d calls are equal", modules, calls)
			if modules < 1000 || calls < 20_000 {
				t.Errorf("only %d modules and %d calls were compared", modules, calls)
			}
		})
	}
}

// suite finds the test suite in the module cache.
func suite(t *testing.T) string {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	dir := filepath.Join(strings.TrimSpace(string(out)), "internal", "integration_test", "spectest")
	if err == nil {
		_, err = os.Stat(filepath.Join(dir, "v2", "testdata"))
	}
	if err != nil {
		t.Skipf("the WebAssembly test suite is not in the module cache (run go mod download; a vendored tree has none): %v", err)
	}
	return dir
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// side plays one script on both.
type side struct {
	plain, metered *world
	modules, calls int
}

func (s *side) play(t *testing.T, path string) {
	var sc script
	if err := json.Unmarshal(readFile(t, path), &sc); err != nil {
		t.Fatalf("read the script: %v", err)
	}
	for i, c := range sc.Commands {
		var module []byte
		if c.Filename != "" {
			if strings.HasSuffix(c.Filename, ".wat") {
				continue // text that does not parse is not our business
			}
			module = readFile(t, filepath.Join(filepath.Dir(path), c.Filename))
		}
		where := fmt.Sprintf("line %d, %s", c.Line, c.Type)
		switch {
		case c.Type == "module":
			name := ""
			if i+1 < len(sc.Commands) && sc.Commands[i+1].Type == "register" {
				name = sc.Commands[i+1].As
			}
			s.load(t, where, module, name, c.Name)
		case module != nil:
			s.refuse(t, where, module, c)
		case c.Action.Type == "invoke":
			s.call(t, where, c)
		case c.Action.Type == "get":
			a, b := s.instances(c.Action.Module)
			if x, y := a.ExportedGlobal(c.Action.Field).Get(), b.ExportedGlobal(c.Action.Field).Get(); x != y {
				t.Errorf("%s: global %q is %d plain and %d metered", where, c.Action.Field, x, y)
			}
		}
	}
}

func (s *side) load(t *testing.T, where string, module []byte, as, name string) {
	a, errPlain := s.plain.load(t, module, as)
	b, errMetered := s.metered.load(t, module, as)
	if errPlain != nil || errMetered != nil {
		t.Fatalf("%s: plain: %v; metered: %v", where, errPlain, errMetered)
	}
	s.plain.last, s.metered.last = a, b
	s.plain.named[name], s.metered.named[name] = a, b
	s.modules++
}

// refuse plays a module that must not load, or must not start.
func (s *side) refuse(t *testing.T, where string, module []byte, c command) {
	_, errPlain := s.plain.load(t, module, "")
	_, errMetered := s.metered.load(t, module, "")
	if (errPlain == nil) == (errMetered == nil) {
		return
	}
	t.Errorf("%s (%s): plain: %v; metered: %v", where, c.Text, errPlain, errMetered)
}

func (s *side) instances(name string) (plain, metered api.Module) {
	if name != "" {
		return s.plain.named[name], s.metered.named[name]
	}
	return s.plain.last, s.metered.last
}

func (s *side) call(t *testing.T, where string, c command) {
	var args []uint64
	for _, a := range c.Action.Args {
		words, err := a.words()
		if err != nil {
			t.Fatalf("%s: argument %s: %v", where, a.Bits, err)
		}
		args = append(args, words...)
	}
	a, b := s.instances(c.Action.Module)
	f, g := a.ExportedFunction(c.Action.Field), b.ExportedFunction(c.Action.Field)
	want, errPlain := f.Call(t.Context(), args...)
	got, errMetered := g.Call(t.Context(), args...)
	if firstLine(errPlain) != firstLine(errMetered) {
		t.Errorf("%s: %s%v: plain: %s; metered: %s", where, c.Action.Field, args, firstLine(errPlain), firstLine(errMetered))
	}
	if !slices.Equal(want, got) && !references(f.Definition().ResultTypes()) {
		t.Errorf("%s: %s%v is %v plain and %v metered", where, c.Action.Field, args, want, got)
	}
	if m, n := a.Memory(), b.Memory(); !reflect.ValueOf(m).IsNil() && !sameMemory(m, n) {
		t.Errorf("%s: %s%v leaves other bytes in memory", where, c.Action.Field, args)
	}
	s.calls++
}

// references says whether a result is an address, which differs between two instances.
func references(types []api.ValueType) bool {
	return slices.Contains(types, 0x70)
}

func sameMemory(a, b api.Memory) bool {
	if a.Size() != b.Size() {
		return false
	}
	x, _ := a.Read(0, min(a.Size(), 1<<20))
	y, _ := b.Read(0, min(b.Size(), 1<<20))
	return slices.Equal(x, y)
}
