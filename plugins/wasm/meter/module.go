package meter

import "strings"

// Module is a rewritten module and what it says about itself.
type Module struct {
	Bytes   []byte // the module to compile
	Imports []Import
	Exports []Export // the module's own, without FuelExport
	Memory  *Memory  // nil: none
	Tables  []Table  // imported ones first
	Start   bool     // it has a start function
	// Functions counts the functions that the module defines.
	Functions int
}

// Kind is what an import or an export is.
type Kind byte

// The kinds, as the binary format numbers them (core specification 5.5.5).
const (
	KindFunction Kind = iota
	KindTable
	KindMemory
	KindGlobal
)

func (k Kind) String() string {
	switch k {
	case KindFunction:
		return "function"
	case KindTable:
		return "table"
	case KindMemory:
		return "memory"
	case KindGlobal:
		return "global"
	default:
		return "unknown"
	}
}

// Import is something that the module wants from its host.
type Import struct {
	Module, Name string
	Kind         Kind
	Type         FuncType // of a function
}

// Export is something that the module gives to its host.
type Export struct {
	Name  string
	Kind  Kind
	Index uint32   // among its kind, imported ones first
	Type  FuncType // of a function
}

// Memory is the module's memory, in pages of 64 KiB.
type Memory struct {
	Imported bool
	Min, Max uint32 // Max as rewritten; of an imported memory as declared, and the limit if it declares none
}

// Table is one table, in elements.
type Table struct {
	Imported bool
	Min, Max uint32 // as for Memory
	Type     ValueType
}

// FuncType is the signature of a function.
type FuncType struct {
	Params, Results []ValueType
}

// String writes the signature as "(i32, i64) → i32".
func (t FuncType) String() string {
	s := "(" + join(t.Params) + ")"
	switch len(t.Results) {
	case 0:
		return s
	case 1:
		return s + " → " + t.Results[0].String()
	default:
		return s + " → (" + join(t.Results) + ")"
	}
}

func join(ts []ValueType) string {
	names := make([]string, len(ts))
	for i, t := range ts {
		names[i] = t.String()
	}
	return strings.Join(names, ", ")
}

// ValueType is a type of WebAssembly 2.0, as the binary format numbers it (core specification 5.3).
type ValueType byte

// The value types.
const (
	I32       ValueType = 0x7f
	I64       ValueType = 0x7e
	F32       ValueType = 0x7d
	F64       ValueType = 0x7c
	V128      ValueType = 0x7b
	Funcref   ValueType = 0x70
	Externref ValueType = 0x6f
)

func (t ValueType) String() string {
	switch t {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case F64:
		return "f64"
	case V128:
		return "v128"
	case Funcref:
		return "funcref"
	case Externref:
		return "externref"
	default:
		return "unknown"
	}
}
