package meter

// typeSection reads the signatures.
func (p *pass) typeSection(r *reader) {
	n := r.atMost(maxTypes, 2, "types")
	p.types = make([]FuncType, 0, n)
	for range n {
		start := r.at
		switch form := r.u8(); form {
		case 0x60:
		case 0x4e, 0x4f, 0x50, 0x5e, 0x5f:
			r.unsupported(start, GC, "a type of form %#x", form)
		default:
			r.malformed(start, "a type of the unknown form %#x", form)
		}
		p.types = append(p.types, FuncType{
			Params:  r.valueTypes(maxParams, "parameters"),
			Results: r.valueTypes(maxResults, "results"),
		})
		if r.failed() {
			return
		}
	}
}

func (r *reader) valueTypes(limit int, of string) []ValueType {
	start := r.at
	n := r.count(1, of)
	if n > limit {
		r.refuse(ErrLimit, start, "pass a pointer to a structure instead", "%d %s, the limit is %d", n, of, limit)
		return nil
	}
	if n == 0 {
		return nil
	}
	types := make([]ValueType, n)
	for i := range types {
		types[i] = r.valueType()
	}
	return types
}

func (r *reader) valueType() ValueType {
	start := r.at
	switch t := ValueType(r.u8()); t {
	case I32, I64, F32, F64, V128, Funcref, Externref:
		return t
	case 0x69, 0x74:
		r.unsupported(start, Exceptions, "a reference to an exception")
	case 0x63, 0x64:
		r.unsupported(start, FunctionRefs, "a reference of form %#x", byte(t))
	case 0x65, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x71, 0x72, 0x73:
		r.unsupported(start, GC, "a value of type %#x", byte(t))
	default:
		r.malformed(start, "%#x is no type", byte(t))
	}
	return 0
}

func (r *reader) refType() ValueType {
	start := r.at
	t := r.valueType()
	if t != Funcref && t != Externref && !r.failed() {
		r.malformed(start, "%v is no reference", t)
	}
	return t
}

// limits reads a minimum and a maximum; without one the maximum is none.
func (r *reader) limits(none uint32) (least, most uint32) {
	start := r.at
	flags := r.u8()
	switch {
	case flags&^0x0f != 0:
		r.malformed(start, "limits of the unknown form %#x", flags)
	case flags&2 != 0:
		r.unsupported(start, Threads, "a shared memory or table")
	case flags&4 != 0:
		r.unsupported(start, Memory64, "limits of form %#x", flags)
	case flags&8 != 0:
		r.unsupported(start, CustomPageSizes, "limits of form %#x", flags)
	}
	least, most = r.u32(), none
	if flags&1 == 0 {
		return least, most
	}
	if most = r.u32(); most < least {
		r.malformed(start, "a minimum of %d above the maximum of %d", least, most)
	}
	return least, most
}

func (r *reader) globalType() {
	r.valueType()
	start := r.at
	if m := r.u8(); m > 1 {
		r.malformed(start, "%#x does not say whether a global changes", m)
	}
}

// constant reads a constant expression. It may ask for a global that is the module's own, never for the fuel.
func (p *pass) constant(r *reader) {
	for !r.failed() {
		start := r.at
		switch op := r.u8(); op {
		case 0x0b:
			return
		case 0x23:
			if g := r.u32(); g >= p.globals && !r.failed() {
				r.malformed(start, "there is no global %d", g)
			}
		case 0x41:
			r.signed(32)
		case 0x42:
			r.signed(64)
		case 0x43:
			r.take(4)
		case 0x44:
			r.take(8)
		case 0xd0:
			r.refType()
		case 0xd2:
			r.u32()
		case 0xfd:
			if sub := r.u32(); sub != 12 && !r.failed() {
				r.malformed(start, "instruction 0xfd %#x is no constant", sub)
			}
			r.take(16)
		case 0xfb:
			r.unsupported(start, GC, "instruction %#x in a constant", op)
		case 0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e:
			r.unsupported(start, ExtendedConst, "instruction %#x in a constant", op)
		default:
			r.malformed(start, "instruction %#x is no constant", op)
		}
	}
}
