package meter

// elementSection reads the element segments. The bits of a segment's form say: 1 not active, 2 with a table's number
// (or declarative), 4 expressions instead of function numbers (core specification 5.5.12).
func (p *pass) elementSection(r *reader) {
	for range r.atMost(maxMembers, 3, "element segments") {
		start := r.at
		form := r.u32()
		if form > 7 {
			r.malformed(start, "an element segment of the unknown form %d", form)
		}
		active, numbered, expressions := form&1 == 0, form&2 != 0, form&4 != 0
		if active && numbered {
			r.u32()
		}
		if active {
			p.constant(r)
		}
		if form&3 != 0 {
			elementType(r, expressions)
		}
		for range r.count(1, "elements") {
			if expressions {
				p.constant(r)
			} else {
				r.u32()
			}
		}
		if r.failed() {
			return
		}
	}
}

func elementType(r *reader, expressions bool) {
	if expressions {
		r.refType()
		return
	}
	start := r.at
	if kind := r.u8(); kind != 0 {
		r.malformed(start, "elements of the unknown kind %#x", kind)
	}
}

// dataSection reads the data segments.
func (p *pass) dataSection(r *reader) {
	for range r.atMost(maxMembers, 2, "data segments") {
		start := r.at
		switch form := r.u32(); form {
		case 0:
			p.constant(r)
		case 1:
		case 2:
			if m := r.u32(); m != 0 {
				r.unsupported(start, MultiMemory, "data for memory %d", m)
			}
			p.constant(r)
		default:
			r.malformed(start, "a data segment of the unknown form %d", form)
		}
		r.take(r.count(1, "bytes of data"))
		if r.failed() {
			return
		}
	}
}
