package wasm

// Waiting counts the questions that wait for an instance.
func (e *Exit) Waiting() (n int) {
	p := e.asked.places
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, q := range p.waiting {
		n += len(q.waiters)
	}
	return n
}

// Hold takes a place at the gate until free is called.
func (g *Gate) Hold() (free func()) {
	g.places <- struct{}{}
	return g.leave
}

// Codes counts the modules that are compiled.
func (g *Gate) Codes() int {
	g.codes.mu.Lock()
	defer g.codes.mu.Unlock()
	return len(g.codes.held)
}
