package meter

// immediate is what follows an opcode.
type immediate byte

const (
	unknown     immediate = iota
	nothing               // no immediate
	index                 // u32: a type, function, table or segment
	local                 // u32: a local, which must be there
	global                // u32: a global, which must be there
	label                 // u32: a block around, counted outwards
	labels                // a vector of labels and one more
	block                 // a block type
	types                 // a vector of value types
	refType               // a reference type
	int32Const            // signed, 32 bits
	int64Const            // signed, 64 bits
	bytes4                // a 32-bit float
	bytes8                // a 64-bit float
	bytes16               // a vector constant, or the lanes of a shuffle
	lane                  // one byte
	memArg                // alignment and offset
	memArgLane            // alignment, offset and a lane
	memory                // the number of the memory: 0
	indices2              // two u32
	memory2               // two memories
	indexMemory           // u32 and a memory
)

// Steps of an instruction: 1 is about a nanosecond at most.
const (
	easy     = 1
	hard     = 8   // goes to memory, or divides
	veryHard = 128 // leaves compiled code
)

// opcode is one row of the tables: what follows it and how many steps it counts.
type opcode struct {
	imm   immediate
	steps byte
}

// span gives the same row to the opcodes from first to last.
type span struct {
	first, last byte
	opcode
}

// plain are the opcodes of one byte (core specification 5.4.1 to 5.4.7).
var plain = expand([]span{
	{0x00, 0x01, opcode{nothing, easy}},    // unreachable, nop
	{0x02, 0x04, opcode{block, easy}},      // block, loop, if
	{0x05, 0x05, opcode{nothing, 0}},       // else
	{0x0b, 0x0b, opcode{nothing, 0}},       // end
	{0x0c, 0x0d, opcode{label, easy}},      // br, br_if
	{0x0e, 0x0e, opcode{labels, easy}},     // br_table
	{0x0f, 0x0f, opcode{nothing, easy}},    // return
	{0x10, 0x10, opcode{index, easy}},      // call
	{0x11, 0x11, opcode{indices2, hard}},   // call_indirect
	{0x1a, 0x1b, opcode{nothing, easy}},    // drop, select
	{0x1c, 0x1c, opcode{types, easy}},      // select t
	{0x20, 0x22, opcode{local, easy}},      // local.get, set, tee
	{0x23, 0x24, opcode{global, easy}},     // global.get, set
	{0x25, 0x26, opcode{index, hard}},      // table.get, set
	{0x28, 0x3e, opcode{memArg, hard}},     // loads and stores
	{0x3f, 0x40, opcode{memory, easy}},     // memory.size, grow
	{0x41, 0x41, opcode{int32Const, easy}}, // i32.const
	{0x42, 0x42, opcode{int64Const, easy}},
	{0x43, 0x43, opcode{bytes4, easy}},
	{0x44, 0x44, opcode{bytes8, easy}},
	{0x45, 0xc4, opcode{nothing, easy}},   // comparisons, arithmetic, conversions
	{0x6d, 0x70, opcode{nothing, hard}},   // i32.div, rem
	{0x7f, 0x82, opcode{nothing, hard}},   // i64.div, rem
	{0x91, 0x91, opcode{nothing, hard}},   // f32.sqrt
	{0x95, 0x95, opcode{nothing, hard}},   // f32.div
	{0x9f, 0x9f, opcode{nothing, hard}},   // f64.sqrt
	{0xa3, 0xa3, opcode{nothing, hard}},   // f64.div
	{0xd0, 0xd0, opcode{refType, easy}},   // ref.null
	{0xd1, 0xd1, opcode{nothing, easy}},   // ref.is_null
	{0xd2, 0xd2, opcode{index, veryHard}}, // ref.func
})

// misc are the opcodes behind 0xfc.
var misc = expand([]span{
	{0x00, 0x07, opcode{nothing, easy}},     // saturating conversions
	{0x08, 0x08, opcode{indexMemory, easy}}, // memory.init
	{0x09, 0x09, opcode{index, easy}},       // data.drop
	{0x0a, 0x0a, opcode{memory2, easy}},     // memory.copy
	{0x0b, 0x0b, opcode{memory, easy}},      // memory.fill
	{0x0c, 0x0c, opcode{indices2, easy}},    // table.init
	{0x0d, 0x0d, opcode{index, easy}},       // elem.drop
	{0x0e, 0x0e, opcode{indices2, easy}},    // table.copy
	{0x0f, 0x0f, opcode{index, easy}},       // table.grow
	{0x10, 0x10, opcode{index, easy}},       // table.size
	{0x11, 0x11, opcode{index, easy}},       // table.fill
})

// vector are the opcodes behind 0xfd (core specification 5.4.8).
var vector = expand([]span{
	{0x00, 0x0b, opcode{memArg, hard}},     // loads, store
	{0x0c, 0x0d, opcode{bytes16, easy}},    // const, shuffle
	{0x0e, 0x14, opcode{nothing, easy}},    // swizzle, splats
	{0x15, 0x22, opcode{lane, easy}},       // extract, replace
	{0x23, 0x53, opcode{nothing, easy}},    // comparisons, bitwise
	{0x54, 0x5b, opcode{memArgLane, hard}}, // load_lane, store_lane
	{0x5c, 0x5d, opcode{memArg, hard}},     // load_zero
	{0x5e, 0x99, opcode{nothing, easy}},
	{0x9b, 0xa1, opcode{nothing, easy}},
	{0xa3, 0xa4, opcode{nothing, easy}},
	{0xa7, 0xae, opcode{nothing, easy}},
	{0xb1, 0xb1, opcode{nothing, easy}},
	{0xb5, 0xba, opcode{nothing, easy}},
	{0xbc, 0xc1, opcode{nothing, easy}},
	{0xc3, 0xc4, opcode{nothing, easy}},
	{0xc7, 0xce, opcode{nothing, easy}},
	{0xd1, 0xd1, opcode{nothing, easy}},
	{0xd5, 0xe1, opcode{nothing, easy}},
	{0xe3, 0xe3, opcode{nothing, hard}}, // f32x4.sqrt
	{0xe4, 0xe6, opcode{nothing, easy}},
	{0xe7, 0xe7, opcode{nothing, hard}}, // f32x4.div
	{0xe8, 0xed, opcode{nothing, easy}},
	{0xef, 0xef, opcode{nothing, hard}}, // f64x2.sqrt
	{0xf0, 0xf2, opcode{nothing, easy}},
	{0xf3, 0xf3, opcode{nothing, hard}}, // f64x2.div
	{0xf4, 0xff, opcode{nothing, easy}},
})

// expand lays spans out, later ones over earlier ones.
func expand(spans []span) *[256]opcode {
	var table [256]opcode
	for _, s := range spans {
		for op := int(s.first); op <= int(s.last); op++ {
			table[op] = s.opcode
		}
	}
	return &table
}

// newer names the proposal that an opcode of one byte belongs to.
func newer(op byte) Feature {
	switch op {
	case 0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f:
		return Exceptions
	case 0x12, 0x13:
		return TailCalls
	case 0x14, 0x15, 0xd4, 0xd5, 0xd6:
		return FunctionRefs
	case 0xd3, 0xfb:
		return GC
	case 0xfe:
		return Threads
	default:
		return UnknownOpcode
	}
}
