package wiring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/sdk"
)

// workshop loads exits that do nothing but count.
type workshop struct {
	mu   sync.Mutex
	made []*worker
}

// worker is one loaded exit.
type worker struct {
	plugin  plugin
	content string
	closed  atomic.Int32
	late    atomic.Int32 // questions after it was closed
}

func (w *worker) Decide(context.Context, sdk.Question) (sdk.Verdict, error) {
	if w.closed.Load() != 0 {
		w.late.Add(1)
	}
	return sdk.PassVerdict(), nil
}

func (w *worker) Close(context.Context) error {
	w.closed.Add(1)
	return nil
}

var errBroken = errors.New("the module is broken")

func (s *workshop) load(_ context.Context, _ *Server, p plugin, a *artifact.Artifact) (chain.Link, closer, error) {
	content := string(a.Bytes())
	if strings.HasPrefix(content, "broken") {
		return chain.Link{}, nil, errBroken
	}
	w := &worker{plugin: p, content: content}
	s.mu.Lock()
	s.made = append(s.made, w)
	s.mu.Unlock()
	return chain.Link{Exit: w}, w, nil
}

func (s *workshop) loaders() map[artifact.Kind]loader {
	return map[artifact.Kind]loader{artifact.Module: s.load, artifact.Program: s.load}
}

// open lists the contents of the exits that are loaded.
func (s *workshop) open() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.made {
		if w.closed.Load() == 0 {
			out = append(out, w.plugin.name+"="+w.content)
		}
	}
	slices.Sort(out)
	return out
}

func (s *workshop) want(t *testing.T, made int, open ...string) {
	t.Helper()
	s.mu.Lock()
	n := len(s.made)
	for _, w := range s.made {
		if w.closed.Load() > 1 || w.late.Load() > 0 {
			t.Errorf("%s=%s was closed %d times, and asked %d times afterwards", w.plugin.name, w.content, w.closed.Load(), w.late.Load())
		}
	}
	s.mu.Unlock()
	if got := s.open(); n != made || !slices.Equal(got, open) {
		t.Errorf("%d were loaded, open are %v; want %d, %v", n, got, made, open)
	}
}

const withExits = settings + `exits:
  vet: {wasm: ./exits/vet.wasm, reload: true, on_error: pass, grants: {verify_password: true}, limits: {deadline: 250ms}, config: {list: x}}
  scan: {wasm: ./exits/scan.wasm}
points:
  done: [vet]
  verify: [scan]
`

var files = map[string]string{"exits/vet.wasm": "one", "exits/scan.wasm": "scan"}

func TestAReloadLoadsWhatChangedAndTakesTheRestOver(t *testing.T) {
	var shop workshop
	p := beginWith(t, withExits, files, shop.loaders())
	shop.want(t, 2, "scan=scan", "vet=one")
	reload := func(changed ...string) {
		t.Helper()
		got, err := p.s.Reload(t.Context())
		if err != nil || !slices.Equal(got, changed) {
			t.Fatalf("changed %v (%v), want %v", got, err, changed)
		}
	}
	reload()
	shop.want(t, 2, "scan=scan", "vet=one")

	user := p.s.current.Take()
	p.put("exits/vet.wasm", "two")
	reload("exits.vet")
	p.write(strings.Replace(withExits, "{list: x}", "{list: y}", 1))
	reload("exits.vet.config.list")
	p.s.closing.Wait() // of the one in the middle, which nobody uses
	shop.want(t, 4, "scan=scan", "vet=one", "vet=two")
	user.Release()
	p.s.closing.Wait()
	shop.want(t, 4, "scan=scan", "vet=two")

	p.write(strings.Replace(withExits, "verify: [scan]", "verify: [scan]\n  open: [scan]", 1))
	reload("exits.vet.config.list", "points.open") // whether it serves the point is asked when it is loaded
	p.s.closing.Wait()
	shop.want(t, 6, "scan=scan", "vet=two")
	p.write(settings)
	reload("exits.scan", "exits.vet", "points.done", "points.open", "points.verify")
	p.s.closing.Wait()
	shop.want(t, 6)
}

func TestAModuleThatDoesNotLoadLeavesEverythingAsItIs(t *testing.T) {
	var shop workshop
	p := beginWith(t, withExits, files, shop.loaders())
	snap := p.now()
	p.put("exits/vet.wasm", "broken in the middle")
	p.put("exits/scan.wasm", "two")
	if _, err := p.s.Reload(t.Context()); !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "exits.vet: ") {
		t.Fatalf("reload gave %v", err)
	}
	if p.now() != snap {
		t.Error("the configuration was swapped")
	}
	shop.want(t, 3, "scan=scan", "vet=one")
	p.put("exits/vet.wasm", "whole again")
	if _, err := p.s.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.s.closing.Wait()
	shop.want(t, 5, "scan=two", "vet=whole again")
}

func TestWhoDecidesAtTheGateIsNotReplacedUnlessItIsMeant(t *testing.T) {
	const pin = "vet: {wasm: ./exits/vet.wasm"
	text := strings.Replace(strings.Replace(withExits, ", reload: true, on_error: pass", "", 1), "done: [vet]", "authorize: [vet, grants]", 1)
	var shop workshop
	p := beginWith(t, text, files, shop.loaders())
	p.put("exits/vet.wasm", "two")
	_, err := p.s.Reload(t.Context())
	if err == nil || !strings.Contains(err.Error(), "reload: true") || !strings.Contains(err.Error(), "exits/vet.wasm has changed") {
		t.Fatalf("reload gave %v", err)
	}
	shop.want(t, 2, "scan=scan", "vet=one")
	for i, meant := range []string{pin + ", reload: true", pin + ", sha256: " + sha256Of("two")} {
		p.write(strings.Replace(text, pin, meant, 1))
		if _, err := p.s.Reload(t.Context()); err != nil {
			t.Errorf("with %s: %v", meant, err)
		}
		p.s.closing.Wait()
		shop.want(t, 3+i, "scan=scan", "vet=two")
	}
}

func TestAnExitIsGivenWhatTheConfigurationSays(t *testing.T) {
	var shop workshop
	p := beginWith(t, withExits, files, shop.loaders())
	l := p.s.running.exits["vet"].link
	if l.Name != "vet" || !l.Secrets || l.OnError != chain.Pass || l.Deadline.String() != "250ms" || l.Filter != nil {
		t.Errorf("the link is %+v", l)
	}
	if l = p.s.running.exits["scan"].link; l.Secrets || l.OnError != chain.Refuse || l.Deadline != 0 {
		t.Errorf("the link is %+v", l)
	}
	if w := p.s.PluginFiles(); len(w) != 4 || !strings.HasSuffix(w[0], "exits/scan.wasm") || !strings.HasSuffix(w[1], "exits/scan.wasm.minisig") {
		t.Errorf("watched are %v", w)
	}
}

func TestReloadsUnderQuestionsLeaveNothingOpenAndAskNothingThatIsClosed(t *testing.T) {
	const reloads, users = 40, 4
	var shop workshop
	p := beginWith(t, withExits, files, shop.loaders())
	stop := make(chan struct{})
	var running sync.WaitGroup
	var asked atomic.Int64
	for range users {
		running.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				n := p.s.current.Take()
				for range 3 {
					if _, err := n.Chain.Ask(context.Background(), sdk.PointDone, &sdk.Facts{}, chain.Scope{}); err != nil {
						t.Error(err)
					}
					asked.Add(1)
				}
				n.Release()
			}
		})
	}
	for i := range reloads {
		p.put("exits/vet.wasm", fmt.Sprint("version ", i))
		if _, err := p.s.Reload(t.Context()); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	running.Wait()
	p.s.closing.Wait()
	shop.want(t, reloads+2, "scan=scan", fmt.Sprintf("vet=version %d", reloads-1))
	p.stop()
	shop.want(t, reloads+2)
	if asked.Load() == 0 {
		t.Error("nothing was asked")
	}
}
