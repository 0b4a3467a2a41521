package chain

// Place tells where a rule stood in the configuration that this set was made of; "" where it did not stand there.
func (s *Set) Place(rule string) string {
	if s.places == nil || rule == "" {
		return ""
	}
	return s.places(rule)
}

// ruled writes down where the rule of a decision stands. That of an exit which names none is the exit itself, where the
// configuration has it.
func (s *Set) ruled(l *link, d *Decision) {
	if d.Rule != "" {
		d.Place = s.Place(d.Rule)
		return
	}
	if d.Place = l.place; d.Place != "" {
		d.Rule = l.rule
	}
}
