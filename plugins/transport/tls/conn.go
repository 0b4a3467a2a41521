package tls

import (
	"crypto/tls"
	"errors"

	"github.com/postern/postern/plugins/transport/wide"
)

// record is what one record carries at most, in bytes (RFC 8446, section 5.1).
const record = 16 << 10

// conn is TLS over a wide socket. One goroutine reads and one writes; TLS itself writes from the one that reads too: alerts,
// updates of keys.
type conn struct {
	*tls.Conn
	wide *wide.Conn
}

// Read gives all records that are here, as far as there is room, and waits for the first alone.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	for err == nil && n < len(p) && c.wide.Flowing() {
		var more int
		c.wide.Dry(true)
		more, err = c.Conn.Read(p[n:])
		c.wide.Dry(false)
		n += more
	}
	if errors.Is(err, wide.ErrDry) {
		err = nil
	}
	return n, err
}

// Write encrypts p and writes its records together.
func (c *conn) Write(p []byte) (int, error) {
	if len(p) <= record {
		return c.Conn.Write(p)
	}
	c.wide.Hold(0)
	n, err := c.Conn.Write(p)
	if failed := c.wide.Flush(); err == nil {
		err = failed
	}
	return n, err
}
