package wasm

import (
	"context"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/postern/postern/plugins/wasm/meter"
)

// hostFunc is one function that modules may import.
type hostFunc struct {
	module, name, signature string
	do                      func(t *task, s []uint64) // parameters in s, the result in s[0]
}

// hostFunction finds a function; nil: there is none.
func hostFunction(module, name string) *hostFunc {
	for _, table := range [...][]hostFunc{hostTable, wasiTable, envTable} {
		for i := range table {
			if f := &table[i]; f.name == name && f.module == module {
				return f
			}
		}
	}
	return nil
}

// What a call of the host burns: its way in and out, and the bytes it moves.
const (
	importFuel   = 256
	bytesPerFuel = 16
)

// Call is the way in for the module: it burns, looks at the deadline, and does the work.
func (f *hostFunc) Call(ctx context.Context, mod api.Module, s []uint64) {
	t := ctx.(*task)
	if t.in.mod == nil {
		t.in.attach(mod) // its start function runs
	}
	t.asked = true
	t.burn(importFuel)
	t.checkDeadline()
	f.do(t, s)
}

// instantiateHost gives a runtime the functions that the module imports, and no others.
func instantiateHost(ctx context.Context, r wazero.Runtime, m *meter.Module) error {
	for _, name := range [...]string{hostModule, wasiModule, envModule} {
		b, used, seen := r.NewHostModuleBuilder(name), false, map[string]bool{}
		for _, i := range m.Imports {
			if i.Module != name || seen[i.Name] {
				continue
			}
			f := hostFunction(i.Module, i.Name)
			t := signatureOf(f.signature)
			b.NewFunctionBuilder().WithGoModuleFunction(f, valueTypes(t.Params), valueTypes(t.Results)).Export(i.Name)
			used, seen[i.Name] = true, true
		}
		if !used {
			continue
		}
		if _, err := b.Instantiate(ctx); err != nil {
			return err
		}
	}
	return nil
}

func valueTypes(ts []meter.ValueType) []api.ValueType {
	out := make([]api.ValueType, len(ts))
	for i, t := range ts {
		out[i] = api.ValueType(t)
	}
	return out
}

// envTable is what AssemblyScript imports.
var envTable = []hostFunc{{envModule, "abort", "iiii", abort}}

// abort ends the call with a message in UTF-16, whose length in bytes stands before it.
func abort(t *task, s []uint64) {
	panic(stopped(ErrTrap, "it aborted: %s (line %d, column %d of %s)", t.wideText(s[0]), uint32(s[2]), uint32(s[3]), t.wideText(s[1])))
}
