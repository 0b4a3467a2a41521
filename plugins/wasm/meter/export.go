package meter

// exportSection reads the exports and puts the fuel behind them.
func (p *pass) exportSection(r *reader) []byte {
	n := r.atMost(maxMembers, 3, "exports")
	first := r.at
	for range n {
		start := r.at
		e := Export{Name: r.name()}
		if e.Name == FuelExport {
			r.refuse(ErrReserved, start, "rename the export", "the module exports %q, which is the fuel's own name", FuelExport)
		}
		kindAt := r.at
		e.Kind, e.Index = Kind(r.u8()), r.u32()
		p.checkExport(r, kindAt, e)
		if r.failed() {
			return nil
		}
		if e.Kind == KindFunction {
			e.Type = p.typeOf(int(e.Index))
		}
		p.facts.Exports = append(p.facts.Exports, e)
	}
	out := append(appendU(nil, n+1), r.module[first:r.at]...)
	return p.appendExport(out)
}

// checkExport sees to it that the export exists: a global one too many would be the fuel.
func (p *pass) checkExport(r *reader, at int, e Export) {
	var have int
	switch e.Kind {
	case KindFunction:
		have = len(p.functions)
	case KindTable:
		have = len(p.facts.Tables)
	case KindMemory:
		have = p.memories
	case KindGlobal:
		have = int(p.globals)
	case 4:
		r.unsupported(at, Exceptions, "an exported tag")
	default:
		r.malformed(at, "an export of the unknown kind %#x", byte(e.Kind))
	}
	if int(e.Index) >= have {
		r.malformed(at, "export %q: there is no %v %d", e.Name, e.Kind, e.Index)
	}
}

// appendExport appends the export of the fuel.
func (p *pass) appendExport(out []byte) []byte {
	out = appendU(out, len(FuelExport))
	out = append(append(out, FuelExport...), byte(KindGlobal))
	return appendU(out, p.globals)
}
