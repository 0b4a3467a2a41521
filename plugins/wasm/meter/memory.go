package meter

// memorySection reads the memory and bounds what it can grow to.
func (p *pass) memorySection(r *reader) []byte {
	n := r.count(2, "memories")
	out := appendU(nil, n)
	for range n {
		m := p.addMemory(r, false)
		if r.failed() {
			return nil
		}
		out = appendLimits(out, m.Min, m.Max)
	}
	return out
}

func (p *pass) addMemory(r *reader, imported bool) Memory {
	start := r.at
	m := Memory{Imported: imported}
	m.Min, m.Max = r.limits(p.limits.MaxMemoryPages)
	if p.memories++; p.memories > 1 {
		r.unsupported(start, MultiMemory, "the module has more than one")
	}
	if m.Min > p.limits.MaxMemoryPages {
		r.refuse(ErrLimit, start, "use less memory (a smaller stack, less static data), or raise the limit",
			"the memory has at least %d pages of 64 KiB, the limit is %d", m.Min, p.limits.MaxMemoryPages)
	}
	if m.Max > maxPages {
		r.malformed(start, "a memory of %d pages is larger than 4 GiB", m.Max)
	}
	if !imported {
		m.Max = min(m.Max, p.limits.MaxMemoryPages)
	}
	p.facts.Memory = &m
	return m
}
