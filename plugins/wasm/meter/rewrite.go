package meter

import "fmt"

// Rewrite returns the module with its fuel and its limits in it, and what the module says about itself. It fails with
// an [*Error] for a module that it refuses, and with another error for limits that make no sense. It keeps no reference
// to module. What it reserves is bounded by the length of the module, and so is the result: at most 28 bytes for one.
func Rewrite(module []byte, limits Limits) (Module, error) {
	limits = limits.withDefaults()
	if err := limits.validate(); err != nil {
		return Module{}, err
	}
	if len(module) > limits.MaxSize {
		return Module{}, &Error{Kind: ErrLimit, Section: "module", Func: -1, Offset: limits.MaxSize,
			What: fmt.Sprintf("the module has %d bytes, the limit is %d", len(module), limits.MaxSize),
			Fix:  "strip debug information, optimise for size, or raise the limit"}
	}
	p := &pass{limits: limits, out: make([]byte, 0, len(module)+len(module)/4+64)}
	if err := p.module(module); err != nil {
		return Module{}, err
	}
	p.facts.Bytes = p.out
	return p.facts, nil
}

// pass is one module on its way through.
type pass struct {
	limits Limits
	out    []byte
	facts  Module

	types     []FuncType
	functions []uint32 // the type of each function, imported ones first
	imported  int      // how many of them are imported
	globals   uint32   // the module's own and imported; the fuel is the next one
	locals    uint64   // declared so far, in all functions
	spent     float64  // effort of compiling, so far
	bodies    int      // function bodies seen
	memories  int
	names     bool // a name section was seen
}

func (p *pass) module(module []byte) error {
	r := &reader{module: module, end: len(module), section: "header", fn: -1}
	header(r)
	p.out = append(p.out, r.module[:r.at]...)
	r.section = "module"
	last := 0
	for r.left() > 0 && !r.failed() {
		id, content := nextSection(r, last)
		if r.failed() {
			break
		}
		if id != customSection {
			last = p.reach(last, sections[id].place)
		}
		p.section(id, content)
		if content.err == nil && content.left() > 0 {
			content.malformed(content.at, "%d bytes too many at the end of the section", content.left())
		}
		r.err = content.err
	}
	p.reach(last, len(sections))
	if n := len(p.functions) - p.imported; !r.failed() && n != p.bodies {
		r.malformed(r.end, "%d functions are declared and %d have a body", n, p.bodies)
	}
	if r.err != nil {
		return r.err
	}
	return nil
}

// reach adds the global and the export section where the module has none, before the section at the given place.
func (p *pass) reach(last, place int) int {
	if at := sections[globalSection].place; last < at && place > at {
		p.out = appendSection(p.out, globalSection, p.appendFuel(appendU(nil, 1)))
	}
	if at := sections[exportSection].place; last < at && place > at {
		p.out = appendSection(p.out, exportSection, p.appendExport(appendU(nil, 1)))
	}
	return place
}

// section reads one section and writes it anew. What needs no change is read all the same: so that nothing unknown goes
// through, and so that no count in it is larger than what it counts.
func (p *pass) section(id byte, r *reader) {
	start := r.at
	var content []byte
	switch id {
	case customSection:
		p.custom(r)
		return
	case typeSection:
		p.typeSection(r)
	case importSection:
		p.importSection(r)
	case functionSection:
		p.functionSection(r)
	case tableSection:
		content = p.tableSection(r)
	case memorySection:
		content = p.memorySection(r)
	case globalSection:
		content = p.globalSection(r)
	case exportSection:
		content = p.exportSection(r)
	case startSection:
		p.facts.Start = true
		r.u32()
	case elementSection:
		p.elementSection(r)
	case dataCountSection:
		r.u32()
	case codeSection:
		content = p.codeSection(r)
	case dataSection:
		p.dataSection(r)
	}
	if content == nil {
		content = r.module[start:r.end]
	}
	p.out = appendSection(p.out, id, content)
}
