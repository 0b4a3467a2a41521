package peer

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Options say how a partner calls.
type Options struct {
	TLS      *tls.Config // nil: plain
	Raw      bool        // no length before each entity
	CRC      bool        // check bytes after each unit
	Logon    bool        // the pre-connection message comes first
	Trickle  bool        // each byte is written alone
	Coalesce bool        // nothing is written before an answer is awaited; units share entities where they may
	Patience time.Duration
}

// Conn is a connection to a server. It belongs to one goroutine.
type Conn struct {
	net.Conn
	Options
	X, Y             byte // our connection id, and the server's
	Interval, Window int  // as the server answered them: KiB, and points
	Entity           int  // largest entity of the file at hand
	acked, said      int  // sync points of the file at hand

	in     *bufio.Reader
	entity []byte // what is left of the entity that is being read
	out    []byte // coalesced
	share  int    // where the last coalesced entity starts, if more units may join it; -1 otherwise
}

// Dial calls a server.
func Dial(address string, o Options) (*Conn, error) {
	nc, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return nil, err
	}
	if o.Patience == 0 {
		o.Patience = 30 * time.Second
	}
	if o.TLS != nil {
		secure := tls.Client(nc, o.TLS)
		if err := secure.SetDeadline(time.Now().Add(o.Patience)); err != nil {
			return nil, err
		}
		if err := secure.Handshake(); err != nil {
			nc.Close()
			return nil, fmt.Errorf("handshake: %w", err)
		}
		nc = secure
	}
	return take(nc, o), nil
}

// Answer takes a call as a server does.
func Answer(nc net.Conn) *Conn { return take(nc, Options{Patience: 30 * time.Second}) }

func take(nc net.Conn, o Options) *Conn {
	return &Conn{Conn: nc, Options: o, X: 1, Entity: 65535, in: bufio.NewReaderSize(nc, 64<<10), share: -1}
}

// Say sends units, each in an entity of its own unless the partner coalesces.
func (c *Conn) Say(units ...[]byte) error {
	for _, u := range units {
		if err := c.say(u); err != nil {
			return err
		}
	}
	return nil
}

func (c *Conn) say(u []byte) error {
	if !c.Coalesce {
		return c.put(c.framed(u))
	}
	shares := mayShare(u) && !c.CRC && !c.Raw
	if shares && c.share >= 0 && len(c.out)-c.share-2+len(u) <= c.Entity {
		c.out = append(c.out, u...)
		binary.BigEndian.PutUint16(c.out[c.share:], uint16(len(c.out)-c.share-2))
		return nil
	}
	c.share = -1
	if shares {
		c.share = len(c.out)
	}
	c.out = append(c.out, c.framed(u)...)
	return nil
}

// mayShare knows the units that may lie in one entity: the data units, SYN and DTF.END.
func mayShare(u []byte) bool {
	switch kind := binary.BigEndian.Uint16(u[2:]); kind {
	case DTF, DTFDA, DTFMA, DTFFA, SYN, DTFEND:
		return true
	}
	return false
}

// framed is a unit in an entity of its own, with its check bytes.
func (c *Conn) framed(u []byte) []byte {
	if c.CRC {
		check := Check(u)
		u = append(append([]byte(nil), u...), check[:]...)
	}
	if c.Raw {
		return u
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(u))), u...)
}

// Together sends units in one entity.
func (c *Conn) Together(units ...[]byte) error {
	var all []byte
	for _, u := range units {
		all = append(all, u...)
	}
	return c.put(append(binary.BigEndian.AppendUint16(nil, uint16(len(all))), all...))
}

// Bytes are sent as they are.
func (c *Conn) Bytes(b []byte) error { return c.put(b) }

func (c *Conn) put(b []byte) error {
	if c.Coalesce {
		c.out, c.share = append(c.out, b...), -1
		return nil
	}
	return c.write(b)
}

func (c *Conn) write(b []byte) error {
	if err := c.SetWriteDeadline(time.Now().Add(c.Patience)); err != nil {
		return err
	}
	if !c.Trickle {
		_, err := c.Conn.Write(b)
		return err
	}
	for i := range b {
		if _, err := c.Conn.Write(b[i : i+1]); err != nil {
			return err
		}
	}
	return nil
}

// flush writes what was coalesced.
func (c *Conn) flush() error {
	b := c.out
	c.out, c.share = nil, -1
	if len(b) == 0 {
		return nil
	}
	return c.write(b)
}

// Hear reads the next unit.
func (c *Conn) Hear() (Unit, error) {
	if err := c.flush(); err != nil {
		return Unit{}, err
	}
	if err := c.SetReadDeadline(time.Now().Add(c.Patience)); err != nil {
		return Unit{}, err
	}
	if len(c.entity) == 0 {
		if err := c.nextEntity(); err != nil {
			return Unit{}, err
		}
	}
	if len(c.entity) < 6 {
		return Unit{}, fmt.Errorf("%d bytes are no unit", len(c.entity))
	}
	n := int(binary.BigEndian.Uint16(c.entity))
	if n < 6 || n > len(c.entity) {
		return Unit{}, fmt.Errorf("unit of %d bytes in an entity with %d left", n, len(c.entity))
	}
	u := c.entity[:n:n]
	c.entity = c.entity[n:]
	return Parse(u)
}

// nextEntity reads an entity; with raw framing it is one unit. Check bytes are verified and taken off.
func (c *Conn) nextEntity() error {
	var head [2]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return err
	}
	n := int(binary.BigEndian.Uint16(head[:]))
	check := 0
	if c.CRC {
		check = 2
	}
	var b []byte
	if c.Raw {
		if n < 6 {
			return fmt.Errorf("unit of %d bytes", n)
		}
		b = make([]byte, n+check)
		copy(b, head[:])
		if _, err := io.ReadFull(c.in, b[2:]); err != nil {
			return fmt.Errorf("unit cut short: %w", err)
		}
	} else {
		b = make([]byte, n)
		if _, err := io.ReadFull(c.in, b); err != nil {
			return fmt.Errorf("entity cut short: %w", err)
		}
	}
	if c.CRC && !checked(b) {
		return fmt.Errorf("wrong check bytes behind % X", b)
	}
	c.entity = b[:len(b)-check]
	return nil
}

// HearBytes reads exactly n bytes as they come.
func (c *Conn) HearBytes(n int) ([]byte, error) {
	if err := c.flush(); err != nil {
		return nil, err
	}
	if err := c.SetReadDeadline(time.Now().Add(c.Patience)); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	got, err := io.ReadFull(c.in, b)
	return b[:got], err
}

// Closed waits until the server has closed the connection, and returns what it said before.
func (c *Conn) Closed() ([]byte, error) {
	if err := c.flush(); err != nil {
		return nil, err
	}
	if err := c.SetReadDeadline(time.Now().Add(c.Patience)); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(c.in)
	var slow net.Error
	if errors.As(err, &slow) && slow.Timeout() {
		return b, fmt.Errorf("still open: %w", err)
	}
	return b, nil // a reset is an end too
}

// Waiting reports whether something has come that was not heard yet; it waits a moment for it.
func (c *Conn) Waiting() bool {
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		return false
	}
	_, err := c.in.Peek(1)
	return err == nil
}
