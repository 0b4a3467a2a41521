package meter

// immediate writes what follows an opcode, in its shortest form.
func (b *body) immediate(kind immediate) {
	switch kind {
	case index:
		b.index()
	case indices2:
		b.index()
		b.index()
	case local:
		b.bounded(b.own, "local")
	case global:
		b.bounded(b.fuel, "global")
	case label:
		b.label()
	case labels:
		b.labels()
	case block:
		b.blockType()
	case types:
		n := b.count(1, "types")
		b.out = appendU(b.out, n)
		for range n {
			b.out = append(b.out, byte(b.valueType()))
		}
	case refType:
		b.out = append(b.out, byte(b.refType()))
	case int32Const:
		b.out = appendS(b.out, b.signed(32))
	case int64Const:
		b.out = appendS(b.out, b.signed(64))
	case bytes4:
		b.out = append(b.out, b.take(4)...)
	case bytes8:
		b.out = append(b.out, b.take(8)...)
	case bytes16:
		b.out = append(b.out, b.take(16)...)
	case lane:
		b.out = append(b.out, b.u8())
	case memArg:
		b.memArg()
	case memArgLane:
		b.memArg()
		b.out = append(b.out, b.u8())
	case memory:
		b.memory()
	case memory2:
		b.memory()
		b.memory()
	case indexMemory:
		b.index()
		b.memory()
	}
}

func (b *body) index() { b.out = appendU(b.out, b.u32()) }

// bounded writes the number of a local or global that the module has: one too many would be one of the meter's own.
func (b *body) bounded(have uint32, of string) {
	start := b.at
	n := b.u32()
	if n >= have && !b.failed() {
		b.malformed(start, "there is no %s %d", of, n)
	}
	b.out = appendU(b.out, n)
}

func (b *body) label() {
	start := b.at
	depth := b.u32()
	if !b.failed() && !b.branch(depth) {
		b.malformed(start, "there are no %d blocks around a branch", depth)
	}
	b.out = appendU(b.out, depth)
}

func (b *body) labels() {
	start := b.at
	n := b.count(1, "labels")
	if n > maxBrTargets {
		b.refuse(ErrLimit, start, "split the switch", "a br_table with %d labels, the limit is %d", n, maxBrTargets)
		return
	}
	b.forks += n * accessForks
	b.out = appendU(b.out, n)
	for range n + 1 {
		b.label()
		if b.failed() {
			return
		}
	}
}

// blockType writes no result (0x40), one result, or the number of a type. The numbers are signed, so that the former
// two are negative.
func (b *body) blockType() {
	start := b.at
	if b.left() > 0 && b.module[start]&0xc0 == 0x40 {
		if b.module[start] == noResult {
			b.out = append(b.out, b.u8())
		} else {
			b.out = append(b.out, byte(b.valueType()))
		}
		return
	}
	n := b.signed(33)
	if (n < 0 || n >= int64(b.types)) && !b.failed() {
		b.malformed(start, "a block of the unknown type %d", n)
	}
	b.out = appendS(b.out, n)
}

func (b *body) memArg() {
	b.forks += accessForks
	start := b.at
	align := b.u32()
	if align&0x40 != 0 {
		b.unsupported(start, MultiMemory, "an access to a numbered memory")
	}
	b.out = appendU(b.out, align)
	b.out = appendU(b.out, b.u32())
}

func (b *body) memory() {
	start := b.at
	if m := b.u8(); m != 0 && !b.failed() {
		b.unsupported(start, MultiMemory, "memory %#x", m)
	}
	b.out = append(b.out, 0)
}
