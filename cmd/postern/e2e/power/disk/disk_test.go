package disk

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// story is a trace whose operations follow one another. The root is node 1.
func story(ops ...*Op) *Trace {
	t := &Trace{Base: Tree{Root: 1, Dirs: map[Node]map[string]Node{1: {}}}, Ops: ops}
	for _, op := range ops {
		op.Begin, op.End = t.Last+1, t.Last+2
		t.Last += 2
	}
	return t
}

// outcomes are all disks that many crashes at a moment leave.
func outcomes(t *Trace, m Model, at int) []string {
	d := New(t, m)
	d.Advance(at)
	var all []string
	for seed := range uint64(3000) {
		im := d.Crash(seed)
		names := slices.Clone(im.Folders)
		for path, n := range im.Names {
			content := string(im.Files[n])
			if !slices.Contains([]string{"x", "old", "new"}, content) {
				content = "" // zeros, or what was on the disk before
			}
			names = append(names, path+"="+content)
		}
		slices.Sort(names)
		all = append(all, strings.Join(names, " "))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func create(dir Node, name string, n Node) *Op {
	return &Op{Kind: Create, Dir: dir, Name: name, Node: n}
}
func data(n Node, s string) *Op { return &Op{Kind: Write, Node: n, Data: []byte(s)} }
func fsync(n Node) *Op          { return &Op{Kind: Sync, Node: n} }
func rename(from Node, a string, to Node, b string, n Node) *Op {
	return &Op{Kind: Rename, Dir: from, Name: a, NewDir: to, NewName: b, Node: n}
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the disk holds one of %q, want one of %q", got, want)
	}
}

func TestANameNeedsTheSyncOfItsFolderAndBytesThatOfTheirFile(t *testing.T) {
	s := story(create(1, "a", 2), data(2, "x"), fsync(2), fsync(1))
	want(t, outcomes(s, Posix, 5), "", "a=", "a=x")
	for i, w := range [][]string{{"", "a=x"}, {"a=x"}} { // after the first sync, and after the second
		want(t, outcomes(s, Posix, 7+2*i), w...)
	}
	want(t, outcomes(s, Journal, 7), "a=x") // which took the name along
}

func TestASyncThatHasNotReturnedPromisesNothing(t *testing.T) {
	s := story(create(1, "a", 2), fsync(1), data(2, "x"), fsync(2))
	want(t, outcomes(s, Posix, s.Last), "a=", "a=x")
	want(t, outcomes(s, Posix, s.Last+1), "a=x")
}

func TestAWriteThatReturnedAfterASyncWasAskedForIsNotCovered(t *testing.T) {
	s := story(create(1, "a", 2), fsync(1), data(2, "x"), fsync(2))
	w, f := s.Ops[2], s.Ops[3]
	w.End, f.Begin = f.Begin, w.End
	want(t, outcomes(s, Posix, s.Last+1), "a=", "a=x")
}

func TestARenameKeepsTheOldFileOrTheNewOne(t *testing.T) {
	s := story(create(1, "a", 2), data(2, "old"), fsync(2), create(1, "b", 3), data(3, "new"), fsync(3), fsync(1), rename(1, "b", 1, "a", 3))
	want(t, outcomes(s, Posix, s.Last+1), "a=old b=new", "a=new")
}

func TestARenameIntoAnotherFolderLosesTheFileOnlyWhereTheOldOneAloneIsSynced(t *testing.T) {
	ops := func() []*Op {
		return []*Op{{Kind: Mkdir, Dir: 1, Name: "d", Node: 2}, create(1, "a", 3), data(3, "x"), fsync(3), fsync(1), rename(1, "a", 2, "b", 3)}
	}
	moved := story(ops()...)
	want(t, outcomes(moved, Posix, moved.Last+1), "a=x d", "a=x d d/b=x", "d d/b=x")
	want(t, outcomes(moved, Journal, moved.Last+1), "a=x d", "d d/b=x")
	old := story(append(ops(), fsync(1))...)
	want(t, outcomes(old, Posix, old.Last+1), "d", "d d/b=x")
	fresh := story(append(ops(), fsync(2))...)
	want(t, outcomes(fresh, Posix, fresh.Last+1), "a=x d d/b=x", "d d/b=x")
}

func TestAWriteIsTornAtSectorsAndWritesAreReordered(t *testing.T) {
	first, second := strings.Repeat("1", 512), strings.Repeat("2", 512)
	s := story(create(1, "a", 2), fsync(1), data(2, first+first), data(2, second+second))
	seen := map[string]bool{}
	d := New(s, Journal) // whose gaps are never filled with what was there before
	d.Advance(s.Last + 1)
	for seed := range uint64(3000) {
		b := d.Crash(seed).Files[2]
		for len(b) > 0 {
			k := min(512, len(b))
			if c := bytes.Count(b[:k], b[:1]); c != k {
				t.Fatalf("a sector is torn: %q", b[:k])
			}
			b = b[k:]
		}
		b = d.Crash(seed).Files[2]
		var shape string
		for i := 0; i < len(b); i += 512 {
			shape += string(max(b[i], '0'))
		}
		seen[shape] = true
	}
	for _, shape := range []string{"", "1", "2", "11", "22", "12", "21", "01", "02"} {
		if !seen[shape] {
			t.Errorf("no crash left the sectors %q: %v", shape, seen)
		}
	}
}

func TestOneSeedIsOneCrash(t *testing.T) {
	s := story(create(1, "a", 2), data(2, "x"), create(1, "b", 3), data(3, "y"))
	d := New(s, Posix)
	d.Advance(s.Last + 1)
	for seed := range uint64(50) {
		if a, b := fmt.Sprint(d.Crash(seed)), fmt.Sprint(d.Crash(seed)); a != b {
			t.Fatalf("seed %d leaves %s and %s", seed, a, b)
		}
	}
}
