package meter

// tableSection reads the tables and bounds what they can grow to.
func (p *pass) tableSection(r *reader) []byte {
	n := r.count(3, "tables")
	out := appendU(nil, n)
	for range n {
		if r.left() > 0 && r.module[r.at] == 0x40 {
			r.unsupported(r.at, FunctionRefs, "a table with an initial value")
		}
		t := p.addTable(r, false)
		if r.failed() {
			return nil
		}
		out = append(out, byte(t.Type))
		out = appendLimits(out, t.Min, t.Max)
	}
	return out
}

func (p *pass) addTable(r *reader, imported bool) Table {
	start := r.at
	t := Table{Imported: imported, Type: r.refType()}
	t.Min, t.Max = r.limits(p.limits.MaxTable)
	if t.Min > p.limits.MaxTable {
		r.refuse(ErrLimit, start, "use a smaller table, or raise the limit",
			"table %d has at least %d elements, the limit is %d", len(p.facts.Tables), t.Min, p.limits.MaxTable)
	}
	if len(p.facts.Tables) == maxTables {
		r.refuse(ErrLimit, start, "use fewer tables", "more than %d tables", maxTables)
	}
	if !imported {
		t.Max = min(t.Max, p.limits.MaxTable)
	}
	p.facts.Tables = append(p.facts.Tables, t)
	return t
}

func appendLimits(out []byte, least, most uint32) []byte {
	return appendU(appendU(append(out, 1), least), most)
}
