package wire

const maxNotes = 16

type span struct{ at, len uint16 }

// Params are the decoded parameters of one FPDU. The values stay in the receive buffer: a Params is valid as long as the FPDU
// it was decoded from. It is of fixed size and meant to be reused: Decode forgets what was before.
//
// A code is enough to name a parameter: none occurs twice in one FPDU, be it in a group or outside.
type Params struct {
	fpdu   Type
	body   []byte
	have   [2]uint64
	spans  [maxPI + 1]span
	notes  [maxNotes]Note
	noted  int
	unsaid int
}

// Decode reads the parameters of f and checks them against the FPDU table: a missing mandatory parameter, a length or a value
// outside the parameter table, a group inside a group and a value that runs over its end are an [*Error] 3-318. What is merely
// odd is tolerated and kept in [Params.Notes]. A data unit has no parameters.
//
// An acknowledgement that refuses (PI 2 not 0-000) needs nothing but PI 2.
func (p *Params) Decode(f FPDU) error {
	p.fpdu, p.body = f.Type, f.Body()
	p.have, p.noted, p.unsaid = [2]uint64{}, 0, 0
	spec := f.Type.Spec()
	if spec == nil {
		return fault(ProtocolError, "unknown phase and type %04X", uint16(f.Type))
	}
	if f.Type.IsData() {
		return nil
	}
	if len(p.body) > MaxEntity {
		return faultIn(f.Type, 0, BadParameter, "%d bytes", len(p.body))
	}
	if err := p.units(spec, 0, 0, len(p.body)); err != nil {
		return err
	}
	return p.complete(spec)
}

// units reads the units in body[at:end], which are top-level (group 0) or the members of a group.
func (p *Params) units(spec *Spec, group PI, at, end int) error {
	last := PI(0)
	for at < end {
		u, err := nextUnit(p.body[at:end])
		if err != nil {
			e := err.(*Error)
			e.FPDU, e.HasFPDU, e.PI = p.fpdu, true, PI(p.body[at])
			return e
		}
		if u.loose {
			p.note(LooseLength, u.code)
		}
		if u.code < last {
			p.note(OutOfOrder, u.code)
		}
		last = max(last, u.code)
		if err := p.unit(spec, group, u, at+u.head); err != nil {
			return err
		}
		at += u.size
	}
	return nil
}

// unit takes one unit whose value starts at body[at].
func (p *Params) unit(spec *Spec, group PI, u unit, at int) error {
	row, known := u.code.Param()
	switch {
	case !known:
		p.note(UnknownPI, u.code)
		return nil
	case row.Kind == Group && group != 0:
		return faultIn(p.fpdu, u.code, BadParameter, "group inside group %d", group)
	case !p.place(spec, group, u.code, row.Kind == Group):
		return nil
	case p.Has(u.code):
		p.note(Duplicate, u.code)
		return nil
	}
	if len(u.value) == 0 {
		if row.Kind == Group {
			p.note(EmptyGroup, u.code)
		} else {
			p.note(EmptyPI, u.code)
		}
		return nil
	}
	if row.Kind == Group {
		p.keep(u.code, at, len(u.value))
		return p.units(spec, u.code, at, at+len(u.value))
	}
	value, err := p.check(row, u.value)
	if err != nil {
		return err
	}
	if len(value) > 0 {
		p.keep(u.code, at, len(value))
	}
	return nil
}

// place judges where the unit stands. A parameter that this FPDU does not list is taken at top level; anything in the wrong
// group is not.
func (p *Params) place(spec *Spec, group, pi PI, isGroup bool) bool {
	i := spec.find(pi)
	switch {
	case i >= 0 && spec.Rules[i].Group == group:
		return true
	case i < 0 && group == 0 && !isGroup:
		p.note(Unlisted, pi)
		return true
	}
	p.note(Misplaced, pi)
	return false
}

func (p *Params) keep(pi PI, at, length int) {
	p.have[pi>>6] |= 1 << (pi & 63)
	p.spans[pi] = span{uint16(at), uint16(length)}
}

// complete looks for what the FPDU must have and has not.
func (p *Params) complete(spec *Spec) error {
	refused := spec.refusal(p.Diagnostic())
	for _, r := range spec.Rules {
		if r.Need == Optional || p.Has(r.PI) || r.Group != 0 && !p.Has(r.Group) || refused {
			continue
		}
		if r.Need == Mandatory {
			return faultIn(p.fpdu, r.PI, BadParameter, "missing")
		}
		p.note(Missing, r.PI)
	}
	return nil
}

func (p *Params) note(o Oddity, pi PI) {
	if p.noted == maxNotes {
		p.unsaid++
		return
	}
	p.notes[p.noted] = Note{o, pi}
	p.noted++
}

// Notes lists what was tolerated, at most 16 of it; more counts what did not fit. The slice is valid until the next Decode.
func (p *Params) Notes() (notes []Note, more int) { return p.notes[:p.noted], p.unsaid }
