package wasm

import (
	"errors"
	"fmt"

	"github.com/postern/postern/plugins/wasm/meter"
)

// The names of the contract.
const (
	hostModule = "postern_v1"
	wasiModule = "wasi_snapshot_preview1"
	envModule  = "env"

	exportMemory     = "memory"
	exportInitialize = "_initialize"
	exportStart      = "_start"
	exportABI        = "postern_abi"
	exportAlloc      = "postern_alloc"
	exportFree       = "postern_free"
	exportCall       = "postern_call"
	exportCallJSON   = "postern_call_json"
	exportBlock      = "postern_block"
	exportSnapshot   = "postern_snapshot"
	exportRestore    = "postern_restore"
)

// reactorExports are the functions that a reactor may export, with their signatures.
var reactorExports = []struct{ name, signature string }{
	{exportInitialize, ""},
	{exportABI, ":i"},
	{exportAlloc, "i:i"},
	{exportFree, "ii"},
	{exportCall, "iiiii:I"},
	{exportCallJSON, "iiiii:I"},
	{exportBlock, "iiii:I"},
	{exportSnapshot, "ii:i"},
	{exportRestore, "ii:i"},
}

// signatureOf reads the short form of a signature: parameters, a colon, results; i for i32, I for i64, d for f64.
func signatureOf(short string) meter.FuncType {
	var t meter.FuncType
	into := &t.Params
	for _, c := range []byte(short) {
		switch c {
		case 'i':
			*into = append(*into, meter.I32)
		case 'I':
			*into = append(*into, meter.I64)
		case 'd':
			*into = append(*into, meter.F64)
		case ':':
			into = &t.Results
		}
	}
	return t
}

// checkContract reports everything that a module lacks, has in another shape than agreed, or wants and cannot have.
func checkContract(m *meter.Module, kind Kind) error {
	faults := checkImports(m)
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if e := exported(m, exportMemory); e == nil || e.Kind != meter.KindMemory {
		fault("the module exports no memory under the name %q", exportMemory)
	}
	switch kind {
	case Command:
		faults = append(faults, checkExport(m, exportStart, "", true)...)
	case Reactor:
		for _, want := range reactorExports {
			faults = append(faults, checkExport(m, want.name, want.signature, want.name == exportABI || want.name == exportAlloc)...)
		}
		if exported(m, exportCall) == nil && exported(m, exportCallJSON) == nil {
			fault("the module exports neither %s nor %s: %s is expected", exportCall, exportCallJSON, signatureOf("iiiii:I"))
		}
	default:
		fault("the module exports neither %s (a reactor) nor %s (a command)", exportABI, exportStart)
	}
	return errors.Join(faults...)
}

func checkExport(m *meter.Module, name, signature string, needed bool) []error {
	want := signatureOf(signature)
	switch e := exported(m, name); {
	case e == nil && needed:
		return []error{fmt.Errorf("%s: expected %s, the module has none", name, want)}
	case e != nil && e.Kind != meter.KindFunction:
		return []error{fmt.Errorf("%s: expected %s, the module has a %s", name, want, e.Kind)}
	case e != nil && e.Type.String() != want.String():
		return []error{fmt.Errorf("%s: expected %s, the module has %s", name, want, e.Type)}
	}
	return nil
}

// maxFaults is how many imports are reported: a module may want as many as it likes.
const maxFaults = 20

// checkImports reports what the module wants and the host does not have.
func checkImports(m *meter.Module) (faults []error) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	for _, i := range m.Imports {
		if len(faults) == maxFaults {
			fault("and more imports that cannot be had")
			break
		}
		if i.Kind != meter.KindFunction {
			fault("import %s.%s: a %s cannot be imported", printable(i.Module, 60), printable(i.Name, 60), i.Kind)
			continue
		}
		f := hostFunction(i.Module, i.Name)
		if f == nil {
			fault("import %s.%s %s: there is no such function", printable(i.Module, 60), printable(i.Name, 60), i.Type)
			continue
		}
		if want := signatureOf(f.signature); want.String() != i.Type.String() {
			fault("import %s.%s: expected %s, the module has %s", i.Module, i.Name, want, i.Type)
		}
	}
	return faults
}
