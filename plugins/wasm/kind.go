package wasm

import "github.com/postern/postern/plugins/wasm/meter"

// Kind is how a module is asked.
type Kind uint8

const (
	// Auto looks at the exports: postern_abi makes a reactor, _start alone a command.
	Auto Kind = iota
	// Reactor is instantiated once and called many times.
	Reactor
	// Command is run anew for each decision: JSON on standard input and output.
	Command
)

// String gives the kind's name as it stands in the configuration and in reports.
func (k Kind) String() string {
	switch k {
	case Auto:
		return "auto"
	case Reactor:
		return "reactor"
	case Command:
		return "command"
	}
	return "unknown"
}

// kindOf finds the kind of a module by what it exports.
func kindOf(m *meter.Module) Kind {
	switch {
	case exported(m, exportABI) != nil:
		return Reactor
	case exported(m, exportStart) != nil:
		return Command
	}
	return Auto
}

func exported(m *meter.Module, name string) *meter.Export {
	for i := range m.Exports {
		if m.Exports[i].Name == name {
			return &m.Exports[i]
		}
	}
	return nil
}
