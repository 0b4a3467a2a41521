package meter

// Feature is something that WebAssembly 2.0 does not have, by the name of its proposal.
type Feature string

// The features that are refused by name.
const (
	Threads         Feature = "threads"
	Exceptions      Feature = "exception handling"
	TailCalls       Feature = "tail calls"
	GC              Feature = "garbage collection"
	FunctionRefs    Feature = "typed function references"
	MultiMemory     Feature = "multiple memories"
	Memory64        Feature = "64-bit memories and tables"
	CustomPageSizes Feature = "custom page sizes"
	RelaxedSIMD     Feature = "relaxed SIMD"
	WideArithmetic  Feature = "wide arithmetic"
	ExtendedConst   Feature = "extended constant expressions"
	Components      Feature = "components"
	UnknownOpcode   Feature = "an unknown opcode"
	UnknownSection  Feature = "an unknown section"
)

// fix says how to build a module without the feature.
func (f Feature) fix() string {
	switch f {
	case Threads:
		return "compile without threads and atomics (no -pthread, no -matomics, no target feature +atomics)"
	case Exceptions:
		return "compile without exceptions (-fno-exceptions; Rust: panic=abort)"
	case TailCalls:
		return "compile without tail calls (-mno-tail-call)"
	case GC, FunctionRefs:
		return "compile without garbage collection and typed references; a language that needs them runs as a process"
	case MultiMemory:
		return "compile without multiple memories (-mno-multimemory); one memory holds everything"
	case Memory64:
		return "compile without 64-bit addresses: for wasm32, not wasm64"
	case CustomPageSizes:
		return "compile without custom page sizes"
	case RelaxedSIMD:
		return "compile without relaxed SIMD (-mno-relaxed-simd); -msimd128 is fine"
	case WideArithmetic:
		return "compile without wide arithmetic (-mno-wide-arithmetic)"
	case ExtendedConst:
		return "compile without extended constant expressions (-mno-extended-const)"
	case Components:
		return "compile to a core module, without the component step (no wasm-tools component new, target wasm32-wasip1)"
	default:
		return "compile for WebAssembly 2.0, without newer proposals"
	}
}
