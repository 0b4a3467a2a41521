package meter

// globalSection reads the globals and puts the fuel behind them.
func (p *pass) globalSection(r *reader) []byte {
	n := r.atMost(maxMembers, 4, "globals")
	start := r.at
	for range n {
		r.globalType()
		p.constant(r)
		if r.failed() {
			return nil
		}
		p.globals++
	}
	out := append(appendU(nil, n+1), r.module[start:r.at]...)
	return p.appendFuel(out)
}

// appendFuel appends the global that holds the fuel: mutable, i64, StartFuel at first.
func (p *pass) appendFuel(out []byte) []byte {
	out = append(out, byte(I64), 1, 0x42)
	out = appendS(out, p.limits.StartFuel)
	return append(out, 0x0b)
}
