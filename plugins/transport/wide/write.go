package wide

import "time"

// Write writes to the socket, or gathers while it is held.
func (c *Conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	if c.held == 0 {
		return c.Conn.Write(p)
	}
	if c.out == nil {
		c.out = c.pool.get()
	}
	given := len(p)
	for len(p) > 0 {
		n := copy(c.out[c.n:], p)
		c.n, p = c.n+n, p[n:]
		if c.n == Width {
			if err := c.drain(); err != nil {
				return given - len(p), err
			}
		}
	}
	return given, nil
}

// Hold has writes gather until Flush is called as often. What is held leaves after patience at the latest, for a writer that
// waits for the peer before it flushes while the peer waits for what is held; 0 is for a writer that never does.
func (c *Conn) Hold(patience time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held++
	if patience == 0 {
		return
	}
	if c.limit = patience; c.timer == nil {
		c.timer = time.AfterFunc(patience, c.impatient)
	} else {
		c.timer.Reset(patience)
	}
}

// impatient writes what was gathered while whoever holds still waits for the peer.
func (c *Conn) impatient() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held > 0 {
		_ = c.drain() // kept: the next write tells it
		c.timer.Reset(c.limit)
	}
}

// Flush writes what was gathered and gives the buffer back. It fails where anything before could not be written.
func (c *Conn) Flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held--; c.held > 0 {
		return c.err
	}
	if c.timer != nil {
		c.timer.Stop()
	}
	err := c.drain()
	if c.out != nil {
		c.pool.free.Put(c.out)
		c.out = nil
	}
	return err
}

// drain writes out. A failure stays: nothing may follow what was lost.
func (c *Conn) drain() error {
	if c.n > 0 && c.err == nil {
		_, c.err = c.Conn.Write(c.out[:c.n])
	}
	c.n = 0
	return c.err
}
