package power

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/power/disk"
)

// mutants are all that are tried.
func mutants(t *testing.T) []mutant {
	t.Helper()
	all, err := syncMutants()
	if err != nil {
		t.Fatal(err)
	}
	return append(all, orders()...)
}

// TestEverySyncCanBeTakenAway keeps the list of mutants in step with the source.
func TestEverySyncCanBeTakenAway(t *testing.T) {
	all := mutants(t)
	for _, m := range all {
		if _, err := m.source(); err != nil {
			t.Error(err)
		}
	}
	if n := len(all) - len(orders()); n < 15 {
		t.Errorf("only %d syncs were found: what makes things durable has another name now", n)
	}
}

// TestWithoutAnyOneSyncAPromiseIsBroken builds the server without each of its syncs, and with each of its steps in the
// wrong order.
func TestWithoutAnyOneSyncAPromiseIsBroken(t *testing.T) {
	if !long() {
		t.Skip("every mutant is built and recorded: make faults")
	}
	seed := from(t)
	for i, m := range mutants(t) {
		t.Run(fmt.Sprintf("%02d %s", i, strings.ReplaceAll(m.Where, "/", ".")), func(t *testing.T) {
			t.Log(m.What)
			server, program, err := m.build(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			r := record(t, server)
			if r.refused != nil {
				found(t, m, atOnce, r.refused)
				return
			}
			j, d := tribunal(t, r), drive(t, program)
			// Few states of the server show most mutants; the program drive shows the rest quickly.
			notice(t, m, seed, attempt{j, r.trace, 100}, attempt{d, d.trace, 2000}, attempt{j, r.trace, 1400})
		})
	}
}

// atOnce is the number of the state where the recording itself shows the mutant.
const atOnce = -1

// attempt is how many states of a recording are tried.
type attempt struct {
	judge judge
	trace *disk.Trace
	most  int
}

// notice tries a mutant until a promise is broken.
func notice(t *testing.T, m mutant, seed uint64, attempts ...attempt) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	tried := 0
	for _, a := range attempts {
		for left := a.most; left > 0; left -= 50 { // in rounds, so that early and late moments both come soon
			broken, n := try(a.judge, a.trace, draw(r, 50, a.trace), 1)
			tried += n
			if len(broken) > 0 {
				found(t, m, tried, broken[0])
				return
			}
		}
	}
	results.mutant(row{m.Where, m.What, 0, m.Needless})
	if m.Needless == "" {
		t.Errorf("%s: nothing breaks without %s in %d states", m.Where, m.What, tried)
	}
}

func found(t *testing.T, m mutant, n int, err error) {
	why := err.Error()
	for _, part := range strings.Fields(why) { // folders that are another each time
		if filepath.IsAbs(part) {
			why = strings.ReplaceAll(why, part, filepath.Base(part))
		}
	}
	t.Logf("noticed at state %d: %s", n, why)
	results.mutant(row{m.Where, m.What, n, strings.NewReplacer("|", "/", "<nil>", "no error").Replace(why)})
}

// journal is used only while the database is made, before anything is promised: the server must start all the same.
const journal = "the database's first journal"

// ignored are syncs that the model forgets, by the end of the path of what was synced: those of SQLite among them, which
// no change of our source takes away one by one.
var ignored = []struct{ what, suffix string }{
	{"the catalog's journal", "/catalog.db-redo"},
	{"the catalog's journal when it is made", "/catalog.db-redo.new"},
	{"the database's log", "/catalog.db-wal"},
	{"the database", "/catalog.db"},
	{journal, "/catalog.db-journal"},
	{"the catalog's folder", "/var/data"},
	{"the catalog's marker", "/catalog.id.new"},
	{"the data folder's name", "/disk/var"},
	{"the temporary files", ".part"},
	{"a target's folder", "/files/same"},
	{"the root of the files", "/files"},
}

// TestADiskThatForgetsASyncIsNoticed proves the model and the judge on one recording.
func TestADiskThatForgetsASyncIsNoticed(t *testing.T) {
	c := shipped(t)
	r := c.recording
	seed := from(t)
	for _, what := range ignored {
		t.Run(what.what, func(t *testing.T) {
			cut := *r.trace
			cut.Ops = slices.DeleteFunc(slices.Clone(r.trace.Ops), func(op *disk.Op) bool {
				return (op.Kind == disk.Sync || op.Kind == disk.Datasync) && strings.HasSuffix(op.Path, what.suffix)
			})
			if what.what == journal {
				if !long() {
					t.Skip("few states show it: make faults")
				}
				log := slices.IndexFunc(cut.Ops, func(op *disk.Op) bool { return strings.HasSuffix(op.Path, "/catalog.db-wal") })
				cut.Last = cut.Ops[log].Begin
			}
			if len(cut.Ops) == len(r.trace.Ops) {
				t.Fatal("there was none")
			}
			m := mutant{What: "every sync of " + what.what, Where: "the model"}
			notice(t, m, seed, attempt{c, &cut, 3000})
		})
	}
}
