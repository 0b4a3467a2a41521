package meter

// codeSection writes every function body anew.
func (p *pass) codeSection(r *reader) []byte {
	start := r.at
	n := r.count(3, "function bodies")
	if want := len(p.functions) - p.imported; n != want && !r.failed() {
		r.malformed(start, "%d function bodies for %d functions", n, want)
	}
	if r.failed() {
		return nil
	}
	out := make([]byte, 0, r.left()+r.left()/4+64)
	out = appendU(out, n)
	b := &body{reader: r, limits: p.limits, fuel: p.globals, types: len(p.types)}
	end := r.end
	for i := range n {
		r.fn = p.imported + i
		size := r.count(1, "bytes of a function")
		r.end = r.at + size
		p.body(b, r.fn)
		if r.failed() {
			return nil
		}
		out = appendU(out, len(b.out))
		out = append(out, b.out...)
		r.end = end
	}
	r.fn = -1
	p.bodies = n
	return out
}

// body is one function on its way through. Its buffers serve one function after the other.
type body struct {
	*reader
	flow
	limits Limits
	fuel   uint32 // the global
	own    uint32 // the local added here, behind the function's own
	turn   int    // steps of a branch
	forks  int    // what makes it hard to compile, in thirds of a branch
	types  int
	out    []byte
}

func (p *pass) body(b *body, fn int) {
	b.out, b.frames, b.steps, b.forks = b.out[:0], b.frames[:0], 0, 0
	params := uint32(len(p.typeOf(fn).Params))
	b.own = params + b.locals()
	if p.locals += uint64(b.own); p.locals > maxLocals+uint64(len(b.module)) {
		b.refuse(ErrLimit, b.at, "compile with optimisation", "the functions of the module declare %d locals and more", p.locals)
	}
	b.turn = easy + int(b.own)/localsPer
	b.burn(entryWeight + int(b.own)/localsPer)
	b.push(opBlock, 0)
	for len(b.frames) > 0 && !b.failed() {
		b.instruction()
	}
	if b.left() > 0 {
		b.malformed(b.at, "the function ends %d bytes before its body does", b.left())
	}
	p.effort(b)
}

// locals copies the declarations of locals, adds the one of the meter, and returns how many there were.
func (b *body) locals() uint32 {
	n := b.count(2, "declarations of locals")
	b.out = appendU(b.out, n+1)
	var sum uint32
	for range n {
		start := b.at
		some := b.u32()
		b.out = append(appendU(b.out, some), byte(b.valueType()))
		if some > maxLocals-sum {
			b.refuse(ErrLimit, start, "split the function, or compile with optimisation", "more than %d locals", maxLocals)
		}
		if b.failed() {
			return 0
		}
		sum += some
	}
	b.out = append(b.out, 1, byte(I64))
	return sum
}

// instruction writes one instruction, behind what it burns.
func (b *body) instruction() {
	start := b.at
	op := b.u8()
	switch op {
	case opMisc:
		b.miscInstruction(start)
		return
	case opVector:
		b.vectorInstruction(start)
		return
	}
	row := plain[op]
	if row.imm == unknown {
		if !b.failed() {
			b.unsupported(start, newer(op), "instruction %#x", op)
		}
		return
	}
	switch op {
	case opBlock, opLoop, opIf, opElse, opEnd, opBr, opBrIf, opBrTable, opReturn, opUnreachable:
		b.control(start, op)
		return
	case opMemoryGrow:
		b.burnLength(b.limits.memoryGrow())
	}
	b.step(int(row.steps))
	b.out = append(b.out, op)
	b.immediate(row.imm)
}

// miscInstruction writes one of those behind 0xfc.
func (b *body) miscInstruction(start int) {
	sub := b.u32()
	switch {
	case b.failed():
		return
	case sub >= 0x13 && sub <= 0x16:
		b.unsupported(start, WideArithmetic, "instruction 0xfc %#x", sub)
		return
	case sub > 0xff || misc[sub].imm == unknown:
		b.unsupported(start, UnknownOpcode, "instruction 0xfc %#x", sub)
		return
	}
	if k, ok := b.limits.bulk(byte(sub)); ok {
		b.burnLength(k)
	}
	b.step(int(misc[sub].steps))
	b.out = append(b.out, opMisc, byte(sub))
	b.immediate(misc[sub].imm)
}

// vectorInstruction writes one of those behind 0xfd, whose number must be in its shortest form: wazero takes the byte
// behind 0xfd for the number, and would run another instruction without the meter than with it.
func (b *body) vectorInstruction(start int) {
	sub := b.u32()
	switch {
	case b.failed():
		return
	case sub >= 0x100 && sub < 0x130:
		b.unsupported(start, RelaxedSIMD, "instruction 0xfd %#x", sub)
		return
	case sub > 0xff || vector[sub].imm == unknown:
		b.unsupported(start, UnknownOpcode, "instruction 0xfd %#x", sub)
		return
	case b.at-start > 3 || (sub < 0x80 && b.at-start > 2):
		b.malformed(start, "instruction 0xfd %#x is not in its shortest form", sub)
		return
	}
	b.step(int(vector[sub].steps))
	b.out = appendU(append(b.out, opVector), sub)
	b.immediate(vector[sub].imm)
}

// step counts the steps of the next instruction, and burns those on the way to it when they become too many.
func (b *body) step(n int) {
	if b.steps == dead {
		return
	}
	if b.steps += n; b.steps >= maxSteps {
		b.burn((b.steps + stepsPerOne - 1) / stepsPerOne)
		b.steps = 0
	}
}
