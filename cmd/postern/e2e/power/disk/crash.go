package disk

import (
	"maps"
	"math/rand/v2"
	"path"
	"slices"
)

// Image is what a disk holds after a crash. Nodes that no name leads to are lost.
type Image struct {
	Folders []string        // below the root, parents first
	Names   map[string]Node // of files, by path
	Files   map[Node][]byte
}

// sector is what a disk writes whole or not at all, in bytes.
const sector = 512

// fate is what becomes of all that one file or folder has not synced.
type fate uint8

const (
	lost     fate = iota // nothing is kept
	kept                 // everything is
	early                // the first of it is, in order
	anything             // each on its own
	fates
)

// Crash takes the power at the moment that Advance has come to. The seed decides; the machine stays as it is.
func (d *Machine) Crash(seed uint64) *Image {
	r := rand.New(rand.NewPCG(seed, 0))
	mood := fates // of each node on its own
	if r.IntN(4) == 0 {
		mood = fate(r.IntN(int(fates)))
	}
	fate := func() fate {
		if mood != fates {
			return mood
		}
		return fate(r.IntN(int(fates)))
	}
	names := d.crashNames(r, fate)
	im := &Image{Names: map[string]Node{}, Files: map[Node][]byte{}}
	im.walk(d, names, d.root, "", map[Node]bool{})
	named := map[Node]bool{}
	for _, n := range im.Names {
		named[n] = true
	}
	for _, n := range slices.Sorted(maps.Keys(d.files)) { // all of them: the same numbers are drawn whatever can be reached
		if how := fate(); named[n] {
			im.Files[n] = d.files[n].crash(rand.New(rand.NewPCG(seed, uint64(n))), how, d.model)
		}
	}
	return im
}

// walk finds what names lead to.
func (im *Image) walk(d *Machine, names map[Node]map[string]Node, at Node, prefix string, seen map[Node]bool) {
	seen[at] = true
	for _, name := range slices.Sorted(maps.Keys(names[at])) {
		n, p := names[at][name], path.Join(prefix, name)
		switch {
		case d.files[n] != nil:
			im.Names[p] = n
		case d.dirs[n] != nil && !seen[n]:
			im.Folders = append(im.Folders, p)
			im.walk(d, names, n, p, seen)
		}
	}
}

// crashNames decides which names are there.
func (d *Machine) crashNames(r *rand.Rand, fate func() fate) map[Node]map[string]Node {
	var chosen []*change
	if d.model == Journal {
		chosen = choose(r, fate()%anything, d.names)
		if n := len(chosen); n > 0 && n < len(d.names) && d.names[n].op == chosen[n-1].op {
			chosen = d.names[:n+1] // a rename is one thing in a journal
		}
	} else {
		for _, n := range slices.Sorted(maps.Keys(d.dirs)) {
			chosen = append(chosen, choose(r, fate(), d.dirs[n].pending)...)
		}
	}
	there := map[*change]bool{}
	for _, c := range chosen {
		there[c] = true
		if c.after != nil {
			there[c.after] = true
		}
	}
	out := map[Node]map[string]Node{}
	for n, p := range d.dirs {
		out[n] = maps.Clone(p.durable)
		for _, c := range p.pending {
			if there[c] {
				c.apply(out[n])
			}
		}
	}
	return out
}

// choose picks the changes that are there.
func choose[T any](r *rand.Rand, how fate, all []T) []T {
	switch how {
	case lost:
		return nil
	case kept:
		return all
	case early:
		return all[:r.IntN(len(all)+1)]
	}
	var out []T
	for _, c := range all {
		if r.IntN(2) == 0 {
			out = append(out, c)
		}
	}
	return out
}

// crash decides what a file holds.
func (f *file) crash(r *rand.Rand, how fate, m Model) []byte {
	b := slices.Clone(f.durable)
	keep := choose(r, how, f.pending)
	for i, op := range keep {
		torn := how == anything && r.IntN(2) == 0 || how == early && i == len(keep)-1
		if !torn || op.Kind == Truncate {
			b = apply(b, op)
			continue
		}
		b = tear(r, b, op, m)
	}
	return b
}

// tear keeps some sectors of a write. The size may be the new one all the same, unless a journal orders it behind the
// bytes: what lies between is zero then, or what was on the disk before.
func tear(r *rand.Rand, b []byte, op *Op, m Model) []byte {
	end := op.Off + int64(len(op.Data))
	if old := int64(len(b)); m == Posix && end > old && r.IntN(2) == 0 {
		b = resize(b, end)
		if r.IntN(2) == 0 {
			for i := old; i < end; i++ {
				b[i] = byte(r.Uint32())
			}
		}
	}
	odds := 1 + r.IntN(9)
	for at := op.Off; at < end; {
		next := min(end, (at/sector+1)*sector)
		if r.IntN(10) < odds {
			b = apply(b, &Op{Kind: Write, Off: at, Data: op.Data[at-op.Off : next-op.Off]})
		}
		at = next
	}
	return b
}
