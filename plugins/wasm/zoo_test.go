package wasm_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/toolchain"
	"github.com/postern/postern/sdk/wire"
)

// animal is a hostile or broken module of testdata/zoo: what it does, and what must come of it.
type animal struct {
	name   string
	expect []string // load, the name of a failure, answer, or answer-refused; one of several is enough
	says   string   // words of the error
	head   map[string]string
	body   string
}

// endings are what a call can fail of, under the names of the zoo.
var endings = map[string]error{"fuel": wasm.ErrFuel, "deadline": wasm.ErrDeadline, "trap": wasm.ErrTrap, "exited": wasm.ErrExited,
	"reply": wasm.ErrReply, "abi": wasm.ErrABI, "memory": wasm.ErrMemory}

// readZoo reads the animals: comment lines say what one does, then "key: value" lines what is expected of it.
func readZoo(t *testing.T) (zoo []animal) {
	t.Helper()
	files, _ := filepath.Glob("testdata/zoo/*.wat")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		a := animal{name: strings.TrimSuffix(filepath.Base(file), ".wat"), head: map[string]string{}}
		head, body, _ := strings.Cut(string(b), "\n\n")
		for _, line := range strings.Split(head, "\n") {
			key, value, _ := strings.Cut(strings.TrimPrefix(line, ";; "), ":")
			a.head[key] = strings.TrimSpace(value)
		}
		a.body, a.expect, a.says = body, strings.Fields(a.head["expect"]), a.head["says"]
		if len(a.expect) == 0 {
			t.Fatalf("%s: nothing is expected of it", file)
		}
		zoo = append(zoo, a)
	}
	return zoo
}

func (a *animal) value(key, otherwise string) string {
	if v, ok := a.head[key]; ok {
		return v
	}
	return otherwise
}

func (a *animal) point() sdk.Point { return sdk.Point(a.value("point", "identify")) }

// source makes a whole module of the animal: memory, allocator, manifest and dispatcher around its own code.
func (a *animal) source() string {
	if _, whole := a.head["whole"]; whole {
		return a.body
	}
	var imports, body []string
	for _, line := range strings.Split(a.body, "\n") {
		if strings.HasPrefix(line, "(import ") {
			imports = append(imports, line)
		} else {
			body = append(body, line)
		}
	}
	m := sdk.Manifest{Name: a.name, Version: "1", Contract: sdk.ContractVersion, Kinds: []string{"exit"}, Grants: strings.Fields(a.head["needs"])}
	for _, p := range strings.Fields(a.value("points", "identify")) {
		m.Points = append(m.Points, sdk.Point(p))
	}
	traits := strings.Fields(a.head["traits"])
	m.ChangesLength, m.State = slices.Contains(traits, "changes_length"), slices.Contains(traits, "state")
	manifest := wire.AppendManifest(nil, &m)
	return fmt.Sprintf(skeleton, strings.Join(imports, "\n"), a.value("pages", "3"), escaped(manifest), a.value("abi", "i32.const 65536"),
		a.value("alloc", "(global.set $next (i32.add (global.get $next) (i32.and (i32.add (local.get $n) (i32.const 15)) (i32.const -16)))) (i32.sub (global.get $next) (i32.and (i32.add (local.get $n) (i32.const 15)) (i32.const -16)))"),
		a.value("describe", fmt.Sprintf("(i64.or (i64.shl (i64.const 1024) (i64.const 32)) (i64.const %d))", len(manifest))), strings.Join(body, "\n"))
}

const skeleton = `(module
%s
(memory (export "memory") %s)
(global $next (mut i32) (i32.const 49152))
(data (i32.const 1024) "%s")
(data (i32.const 2048) "\08\01\00\00\00\00\00\00\08\02")
(func (export "postern_abi") (result i32) %s)
(func (export "postern_alloc") (param $n i32) (result i32) %s)
(func $describe (result i64) %s)
(func $pass (result i64) (i64.const 0x80000000002))
(func $allow (result i64) (i64.const 0x80800000002))
(func (export "postern_call") (param i32 i32 i32 i32 i32) (result i64)
  (if (result i64) (i32.eq (local.get 0) (i32.const 1)) (then (call $describe))
    (else (if (result i64) (i32.eq (local.get 0) (i32.const 23)) (then (call $pass))
      (else (call $decide (local.get 0) (local.get 1) (local.get 2)))))))
%s
)`

func escaped(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		fmt.Fprintf(&s, "\\%02x", c)
	}
	return s.String()
}

// cage is where an animal is kept: what it is granted and may use.
func (a *animal) cage(t *testing.T, module []byte, gate *wasm.Gate) wasm.Settings {
	t.Helper()
	s := wasm.Settings{Name: a.name, Module: module, Points: []sdk.Point{a.point()}, Gate: gate, CacheDir: cacheDir,
		Limits: wasm.Limits{Memory: 32 << 20, Fuel: 4_000_000, Wait: 20 * time.Second, Deadline: 10 * time.Second}}
	if d := a.head["deadline"]; d != "" {
		s.Limits.Deadline, _ = time.ParseDuration(d)
	}
	for _, g := range strings.Fields(a.head["grants"]) {
		switch g {
		case "store":
			s.Grants.Store = true
		case "http":
			s.Grants.HTTP = []wasm.Origin{{URL: "http://127.0.0.1:1"}}
		case "folder":
			s.Grants.Folders = map[string]string{"lists": lists(t)}
		}
	}
	return s
}

// lists makes a folder that a module may read, with ways out of it.
func lists(t *testing.T) string {
	t.Helper()
	outside := t.TempDir()
	inside := filepath.Join(outside, "lists")
	for _, err := range []error{os.MkdirAll(filepath.Join(inside, "sub"), 0o755), os.WriteFile(filepath.Join(outside, "secret.txt"), []byte("secret"), 0o644),
		os.WriteFile(filepath.Join(inside, "list.txt"), []byte("list"), 0o644), os.Symlink("../secret.txt", filepath.Join(inside, "link")),
		os.Symlink(outside, filepath.Join(inside, "linkdir"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if entries, _ := os.ReadDir(inside); len(entries) != 4 {
			t.Errorf("the module left something in the folder: %v", entries)
		}
		if b, _ := os.ReadFile(filepath.Join(inside, "list.txt")); string(b) != "list" {
			t.Errorf("the module changed a file that it may only read: %q", b)
		}
	})
	return inside
}

func TestNoModuleHurtsTheServer(t *testing.T) {
	toolchain.Need(t, "wat")
	zoo := readZoo(t)
	if len(zoo) < 60 {
		t.Fatalf("only %d animals", len(zoo))
	}
	gate := wasm.NewGate(2)
	neighbour := newReactor(sdk.PointIdentify)
	s := settings(neighbour.build())
	s.Gate, s.Limits.Wait = gate, 20*time.Second
	other := load(t, s)
	before := resident(t)
	for _, a := range zoo {
		t.Run(a.name, func(t *testing.T) {
			stop := undisturbed(t, other)
			defer stop()
			a.meet(t, gate)
		})
	}
	debug.FreeOSMemory()
	if after := resident(t); !raceDetector && after > before+(64<<20) {
		t.Errorf("the process holds %d MiB more than before", (after-before)>>20)
	}
}

// undisturbed keeps asking another exit through the same gate until it is stopped: it must always answer.
func undisturbed(t *testing.T, other *wasm.Exit) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		for ctx.Err() == nil {
			if v, err := other.Decide(context.Background(), question(sdk.PointIdentify)); err != nil || v.Kind != sdk.Pass {
				t.Errorf("another exit noticed: %v %v", v, err)
				return
			}
			time.Sleep(time.Millisecond)
		}
	})
	return func() { cancel(); done.Wait() }
}

// meet loads the animal, if it can be loaded, asks it three times and through a chain, and checks what came of it.
func (a *animal) meet(t *testing.T, gate *wasm.Gate) {
	s := a.cage(t, toolchain.Wat(t, a.source(), strings.Fields(a.head["flags"])...), gate)
	e, err := wasm.Load(t.Context(), s)
	if slices.Contains(a.expect, "load") {
		if err == nil {
			_ = e.Close(t.Context())
			t.Fatal("it was loaded")
		}
		if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(a.says)) {
			t.Errorf("the error does not say %q: %v", a.says, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	if a.point() == sdk.PointFilter {
		a.filter(t, e)
		return
	}
	var both sync.WaitGroup
	for range 3 {
		both.Go(func() {
			v, err := e.Decide(t.Context(), question(a.point()))
			a.judge(t, v, err)
		})
	}
	both.Wait()
	a.policy(t, e)
}

func (a *animal) judge(t *testing.T, v sdk.Verdict, err error) {
	if err == nil {
		if !slices.Contains(a.expect, "answer") && !slices.Contains(a.expect, "answer-refused") {
			t.Errorf("it answered %v", v)
		}
		if v.Kind == sdk.Allow && !slices.Contains(a.expect, "answer-refused") {
			t.Error("it got what it wanted")
		}
		return
	}
	for _, name := range a.expect {
		if errors.Is(err, endings[name]) && endings[name] != nil && strings.Contains(err.Error(), a.says) {
			return
		}
	}
	t.Errorf("it ended with %v, not with %v", err, a.expect)
}

// policy asks the animal as the server does: whoever fails is treated as its point's row says.
func (a *animal) policy(t *testing.T, e *wasm.Exit) {
	row, _ := a.point().Row()
	set, err := chain.New(chain.Config{Exits: []chain.Link{{Name: a.name, Exit: e, Deadline: time.Minute}},
		Points: only(a.point(), a.name)})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close(t.Context())
	q := question(a.point())
	res, err := set.Ask(t.Context(), a.point(), q.Facts, chain.Scope{})
	if len(res.Decisions) != 1 {
		t.Fatalf("decisions: %+v", res.Decisions)
	}
	switch d := res.Decisions[0]; {
	case d.Failed:
		if r, ok := sdk.AsRefusal(err); !ok || r.Code != sdk.ExitFailed || r.Temporary != (row.Failure == sdk.FailRefuseTemporary) {
			t.Errorf("a failure at %s became %v", a.point(), err)
		}
	case slices.Contains(a.expect, "answer-refused"):
		if sdk.CodeOf(err) != sdk.ExitRefused {
			t.Errorf("an answer that is none became %v", err)
		}
	}
}

// only asks one exit at one point, and nobody where a server asks by default.
func only(p sdk.Point, name string) chain.Lists {
	lists := chain.Lists{sdk.PointIdentify: {}, sdk.PointAuthorize: {}, sdk.PointMessage: {}}
	lists[p] = []string{name}
	return lists
}

// filter passes blocks through the animal until it fails.
func (a *animal) filter(t *testing.T, e *wasm.Exit) {
	set, err := chain.New(chain.Config{Exits: []chain.Link{{Name: a.name, Filter: e, Deadline: 2 * time.Second}},
		Points: only(sdk.PointFilter, a.name)})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close(t.Context())
	q := question(sdk.PointFilter)
	line, err := set.Filters(t.Context(), q.Facts, chain.Scope{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	for range 8 {
		line.Put(copy(line.Room(), "some bytes of a file"))
		line.Flush()
		for {
			_, ok, err := line.Next()
			if err != nil {
				if sdk.CodeOf(err) == "" {
					t.Errorf("it ended with %v, which is no refusal", err)
				}
				return
			}
			if !ok {
				break
			}
		}
	}
	t.Error("it was never stopped")
}

// resident is the anonymous memory of this process in bytes, 0 where that cannot be told.
func resident(t *testing.T) int64 {
	t.Helper()
	b, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(b), "\n") {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n << 10
		}
	}
	return 0
}

func TestWhatIsNoModuleIsRefused(t *testing.T) {
	good := newReactor(sdk.PointIdentify).build()
	for n := range len(good) {
		e, err := wasm.Load(t.Context(), settings(good[:n]))
		if err != nil {
			continue
		}
		if good[n] != 0 { // only names may be missing: they are a section of their own, with the number 0
			t.Errorf("a module cut to %d of %d bytes was loaded", n, len(good))
		}
		if err := e.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	refused(t, settings([]byte("#!/bin/sh\nexit 0\n")), "module")
	s := settings(good)
	s.Limits.Module = len(good) - 1
	refused(t, s, fmt.Sprint(len(good)))
}
