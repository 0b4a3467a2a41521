package wire

// check judges a value against its row and gives the part of it that counts; none means the parameter is null, as if absent.
func (p *Params) check(row Param, value []byte) ([]byte, error) {
	switch row.Kind {
	case Text:
		return p.checkText(row, value)
	case Number, Symbol:
		return p.checkNumber(row, value)
	case Mask:
		if len(value) > 2 {
			return nil, p.badLength(row, value)
		}
		return value[:1], nil
	case Date:
		return p.checkDate(row, value)
	}
	return p.checkAggregate(row, value)
}

func (p *Params) badLength(row Param, value []byte) error {
	return faultIn(p.fpdu, row.PI, BadParameter, "%d bytes, at most %d allowed", len(value), row.Max)
}

func (p *Params) checkText(row Param, value []byte) ([]byte, error) {
	kept := trimText(value)
	if len(kept) > row.Max {
		if !row.Longer {
			return nil, p.badLength(row, kept)
		}
		p.note(TooLong, row.PI)
	}
	return kept, nil
}

// checkNumber keeps at least one byte. Senders are only advised to drop leading zeros, and some do not.
func (p *Params) checkNumber(row Param, value []byte) ([]byte, error) {
	if row.PI == PIVersion {
		return value, nil
	}
	v, ok := number(value)
	if !ok || row.Max < 8 && v>>(8*row.Max) != 0 {
		return nil, faultIn(p.fpdu, row.PI, BadParameter, "number does not fit %d bytes", row.Max)
	}
	if row.Top != 0 && v > row.Top {
		return nil, faultIn(p.fpdu, row.PI, BadParameter, "value %d, at most %d allowed", v, row.Top)
	}
	if len(value) > 1 && value[0] == 0 {
		p.note(LeadingZeros, row.PI)
	}
	return value, nil
}

func (p *Params) checkDate(row Param, value []byte) ([]byte, error) {
	kept := trimText(value)
	if len(kept) == 0 {
		return nil, nil
	}
	if len(kept) != row.Max {
		return nil, faultIn(p.fpdu, row.PI, BadParameter, "date of %d characters, %d wanted", len(kept), row.Max)
	}
	for _, c := range kept {
		if c < '0' || c > '9' {
			return nil, faultIn(p.fpdu, row.PI, BadParameter, "date with other characters than digits")
		}
	}
	return kept, nil
}

func (p *Params) checkAggregate(row Param, value []byte) ([]byte, error) {
	if row.PI == PISync && len(value) == 2 {
		p.note(ShortValue, row.PI)
		return value, nil
	}
	if len(value) != row.Max {
		return nil, faultIn(p.fpdu, row.PI, BadParameter, "%d bytes, %d wanted", len(value), row.Max)
	}
	if row.PI == PICompression {
		if c := (Compression{On: value[0] != 0, Mode: Mode(value[1])}); value[0] > 1 || !c.Valid() {
			return nil, faultIn(p.fpdu, row.PI, BadParameter, "compression %02X %02X does not exist", value[0], value[1])
		}
	}
	return value, nil
}

// MatchCRC compares PI 1 of a decoded CONNECT with the check bytes it came with: an announcement without them, or the reverse,
// is an [*Error] 3-318.
func (p *Params) MatchCRC(crc bool) error {
	if announced := p.Num(PICRC) == 1; announced != crc {
		return faultIn(p.fpdu, PICRC, BadParameter, "check bytes announced: %v, present: %v", announced, crc)
	}
	return nil
}
