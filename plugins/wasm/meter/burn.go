package meter

// Opcodes that are written here.
const (
	opUnreachable = 0x00
	opBlock       = 0x02
	opLoop        = 0x03
	opIf          = 0x04
	opElse        = 0x05
	opEnd         = 0x0b
	opBr          = 0x0c
	opBrIf        = 0x0d
	opBrTable     = 0x0e
	opReturn      = 0x0f
	opSelect      = 0x1b
	opLocalGet    = 0x20
	opLocalTee    = 0x22
	opGlobalGet   = 0x23
	opGlobalSet   = 0x24
	opMemoryGrow  = 0x40
	opI64Const    = 0x42
	opI64LtS      = 0x53
	opI64LeU      = 0x58
	opI64Add      = 0x7c
	opI64Sub      = 0x7d
	opI64Shl      = 0x86
	opI64ShrU     = 0x88
	opI32WrapI64  = 0xa7
	opI64ExtendU  = 0xad
	opMisc        = 0xfc
	opVector      = 0xfd
	noResult      = 0x40
)

// What the points burn; the package comment has the list.
const (
	entryWeight = 16
	loopWeight  = 1
	stepsPerOne = 16  // steps that one of fuel pays for
	maxSteps    = 128 // steps that no path goes without burning
	localsPer   = 32  // locals that one more step pays for
)

// bulk is what an instruction over a length burns: base + length<<left>>right. Above cap, where it is not zero, the
// instruction does nothing and burns base alone.
type bulk struct {
	base        byte
	left, right byte
	cap         uint32
}

// bulks are the instructions behind 0xfc whose last operand is a length.
func (l Limits) bulk(sub byte) (bulk, bool) {
	switch sub {
	case 0x08, 0x0a, 0x0b: // memory.init, copy, fill
		return bulk{base: 8, right: 4}, true
	case 0x0c, 0x0e, 0x11: // table.init, copy, fill
		return bulk{base: 8}, true
	case 0x0f: // table.grow
		return bulk{base: 64, cap: l.MaxTable}, true
	default:
		return bulk{}, false
	}
}

func (l Limits) memoryGrow() bulk { return bulk{base: 64, left: 8, cap: l.MaxMemoryPages} }

// burn burns a fixed weight and returns where that weight stands; one below 64 is a single byte.
//
//	global.get fuel; i64.const weight; i64.sub; …settle
func (b *body) burn(weight int) (at int) {
	b.out = appendU(append(b.out, opGlobalGet), b.fuel)
	b.out = append(b.out, opI64Const)
	at = len(b.out)
	b.out = appendS(b.out, int64(weight))
	b.out = append(b.out, opI64Sub)
	b.settle()
	return at
}

// burnLength burns by the i32 on top of the stack and leaves it there.
//
//	i64.extend_i32_u; local.tee own; i32.wrap_i64; global.get fuel
//	local.get own                                                        (length)
//	i64.const left; i64.shl  or  i64.const right; i64.shr_u              (if it is not one for one)
//	i64.const 0; local.get own; i64.const cap; i64.le_u; select          (if there is a cap)
//	i64.const base; i64.add; i64.sub; …settle
func (b *body) burnLength(k bulk) {
	b.out = appendU(append(b.out, opI64ExtendU, opLocalTee), b.own)
	b.out = appendU(append(b.out, opI32WrapI64, opGlobalGet), b.fuel)
	b.out = appendU(append(b.out, opLocalGet), b.own)
	if k.left > 0 {
		b.out = append(b.out, opI64Const, k.left, opI64Shl)
	}
	if k.right > 0 {
		b.out = append(b.out, opI64Const, k.right, opI64ShrU)
	}
	if k.cap > 0 {
		b.out = appendU(append(b.out, opI64Const, 0, opLocalGet), b.own)
		b.out = appendS(append(b.out, opI64Const), int64(k.cap))
		b.out = append(b.out, opI64LeU, opSelect)
	}
	b.out = appendS(append(b.out, opI64Const), int64(k.base))
	b.out = append(b.out, opI64Add, opI64Sub)
	b.settle()
}

// settle stores the i64 on top of the stack as the fuel, and traps when it is negative. The empty else is for the runtime's
// compiler: with it what it knows of addresses goes on behind the end, and it checks them once and not behind each burn.
//
//	local.tee own; global.set fuel; local.get own; i64.const 0; i64.lt_s; if; unreachable; else; end
func (b *body) settle() {
	b.forks += accessForks
	b.out = appendU(append(b.out, opLocalTee), b.own)
	b.out = appendU(append(b.out, opGlobalSet), b.fuel)
	b.out = appendU(append(b.out, opLocalGet), b.own)
	b.out = append(b.out, opI64Const, 0, opI64LtS, opIf, noResult, opUnreachable, opElse, opEnd)
}
