package meter

import "fmt"

// FuelExport is the reserved name of the exported global that holds the fuel.
const FuelExport = "postern_fuel"

// Defaults of [Limits], and how far they go.
const (
	DefaultMaxTable       = 65_536
	DefaultMaxMemoryPages = 512
	DefaultMaxSize        = 32 << 20
	DefaultStartFuel      = 20_000_000

	maxPages = 65_536
)

// What the runtime would spend memory or compile time on out of proportion to the bytes that ask for it. The first
// three and the last are those that browsers agreed on (WebAssembly JavaScript Interface, "Implementation-defined
// Limits").
const (
	maxParams    = 1_000
	maxResults   = 1_000
	maxLocals    = 50_000
	maxTables    = 32
	maxBrTargets = 65_520
	maxTypes     = 50_000
	maxMembers   = 100_000 // functions, globals, imports, exports, segments: of each
)

// Limits bound what a module may ask for. A zero field stands for its default.
type Limits struct {
	// MaxTable is the number of elements that each table may have, default 65,536.
	MaxTable uint32
	// MaxMemoryPages is the number of 64 KiB pages that the memory may have, default 512 (32 MiB), at most 65,536.
	MaxMemoryPages uint32
	// MaxSize is the number of bytes that the module may have before it is rewritten, default 32 MiB.
	MaxSize int
	// StartFuel is the fuel that the start function may burn, default 20 million. It is what the global holds until the
	// host sets it; negative is refused.
	StartFuel int64
}

func (l Limits) withDefaults() Limits {
	if l.MaxTable == 0 {
		l.MaxTable = DefaultMaxTable
	}
	if l.MaxMemoryPages == 0 {
		l.MaxMemoryPages = DefaultMaxMemoryPages
	}
	if l.MaxSize == 0 {
		l.MaxSize = DefaultMaxSize
	}
	if l.StartFuel == 0 {
		l.StartFuel = DefaultStartFuel
	}
	return l
}

func (l Limits) validate() error {
	if l.MaxMemoryPages > maxPages {
		return fmt.Errorf("meter: a memory limit of %d pages: at most %d are possible", l.MaxMemoryPages, maxPages)
	}
	if l.MaxSize < 0 || l.StartFuel < 0 {
		return fmt.Errorf("meter: size limit %d and start fuel %d may not be negative", l.MaxSize, l.StartFuel)
	}
	return nil
}
