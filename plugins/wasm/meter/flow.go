package meter

// flow follows the control flow of one function and knows, at each instruction, the most steps that any path can have
// gone since it last burned. Labels lie ahead, except those of loops, which burn themselves; so one walk is enough.
type flow struct {
	steps  int // unburnt, on the worst path to here; dead behind a branch that is always taken
	frames []frame
}

const dead = -1

// frame is one block around the current instruction.
type frame struct {
	op     byte // opBlock (functions too), opLoop or opIf
	weight int  // of a loop: where the weight of its header stands in the output
	before int  // of an if: the steps with which either way begins
	most   int  // the most steps of any branch to the label, so far; of a loop, of the way in as well
}

func (f *flow) push(op byte, weight int) {
	most := dead
	if op == opLoop {
		most = f.steps
	}
	f.frames = append(f.frames, frame{op: op, weight: weight, before: f.steps, most: most})
	if op == opLoop && f.steps != dead {
		f.steps = 0
	}
}

// otherwise turns from the way of an if to its else, and says whether there is an if.
func (f *flow) otherwise() bool {
	top := f.top()
	if top.op != opIf {
		return false
	}
	top.op = opBlock // from here on there is no way around
	top.most = max(top.most, f.steps)
	f.steps = top.before
	return true
}

// pop leaves a block and returns it.
func (f *flow) pop() frame {
	top := *f.top()
	f.frames = f.frames[:len(f.frames)-1]
	switch top.op {
	case opLoop:
	case opIf: // without else: the condition may have been false
		f.steps = max(f.steps, top.most, top.before)
	default:
		f.steps = max(f.steps, top.most)
	}
	return top
}

// branch notes a way to the block that is depth blocks out, and says whether there is one.
func (f *flow) branch(depth uint32) bool {
	if uint64(depth) >= uint64(len(f.frames)) {
		return false
	}
	target := &f.frames[len(f.frames)-1-int(depth)]
	target.most = max(target.most, f.steps)
	return true
}

func (f *flow) top() *frame { return &f.frames[len(f.frames)-1] }
