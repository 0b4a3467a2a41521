package meter

// control writes an instruction that steers, and follows it.
func (b *body) control(start int, op byte) {
	b.forks += branchForks
	switch op {
	case opElse:
		b.out = append(b.out, op)
		if !b.otherwise() {
			b.malformed(start, "an else without an if")
		}
		return
	case opEnd:
		b.out = append(b.out, op)
		b.leave()
		return
	case opBlock, opLoop:
		b.step(easy)
	default:
		b.step(b.turn)
	}
	b.out = append(b.out, op)
	b.immediate(plain[op].imm)
	switch op {
	case opBlock, opIf:
		b.push(op, 0)
	case opLoop:
		b.push(op, b.burn(loopWeight))
	case opBr, opBrTable, opReturn, opUnreachable:
		b.steps = dead
	}
}

// leave ends a block. The header of a loop gets its weight now that all ways back to it are known; it stays one byte,
// for no way is longer than maxSteps.
func (b *body) leave() {
	top := b.pop()
	if top.op == opLoop && top.most != dead {
		b.out[top.weight] = byte(loopWeight + top.most/stepsPerOne)
	}
}
