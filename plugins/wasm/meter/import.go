package meter

// importSection reads what the module wants from its host.
func (p *pass) importSection(r *reader) {
	n := r.atMost(maxMembers, 4, "imports")
	for range n {
		i := Import{Module: r.name(), Name: r.name()}
		start := r.at
		switch i.Kind = Kind(r.u8()); i.Kind {
		case KindFunction:
			p.function(r)
			i.Type = p.typeOf(len(p.functions) - 1)
			p.imported++
		case KindTable:
			p.addTable(r, true)
		case KindMemory:
			p.addMemory(r, true)
		case KindGlobal:
			r.globalType()
			p.globals++
		case 4:
			r.unsupported(start, Exceptions, "an imported tag")
		default:
			r.malformed(start, "an import of the unknown kind %#x", byte(i.Kind))
		}
		if r.failed() {
			return
		}
		p.facts.Imports = append(p.facts.Imports, i)
	}
}

// functionSection reads the types of the module's own functions.
func (p *pass) functionSection(r *reader) {
	p.facts.Functions = r.atMost(maxMembers, 1, "functions")
	for range p.facts.Functions {
		p.function(r)
		if r.failed() {
			return
		}
	}
}

func (p *pass) function(r *reader) {
	start := r.at
	t := r.u32()
	if int(t) >= len(p.types) && !r.failed() {
		r.malformed(start, "there is no type %d", t)
	}
	p.functions = append(p.functions, t)
}

// typeOf is the signature of a function, and no signature after a fault.
func (p *pass) typeOf(function int) FuncType {
	if t := int(p.functions[function]); t < len(p.types) {
		return p.types[t]
	}
	return FuncType{}
}
