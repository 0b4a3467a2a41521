package peer

import (
	"bytes"
	"fmt"
)

// Refused is a negative answer, an ABORT or an IDT.
type Refused struct{ Unit }

func (r *Refused) Error() string {
	return fmt.Sprintf("unit %04X says %s (%s%s)", r.Type, r.Diagnostic(), r.Text(29), r.Text(99))
}

// Hello is what CONNECT says.
type Hello struct {
	Name, Password   string
	Access           byte // PI 22: 0 write, 1 read, 2 mixed
	Interval, Window int  // PI 7 in KiB and points; no interval, no PI 7
	Resync           bool
}

var logon = []byte{0xD7, 0xC5, 0xE2, 0xC9, 0xE3, 0x40, 0x40, 0x40, // PESIT
	0xD7, 0xC1, 0xD9, 0xE3, 0xF1, 0x40, 0x40, 0x40, // PART1
	0xA2, 0x85, 0x83, 0x99, 0x85, 0xA3, 0x40, 0x40} // secret

// Connect says CONNECT, after the pre-connection message where one is wanted, and hears ACONNECT.
func (c *Conn) Connect(h Hello) (Unit, error) {
	if c.Logon {
		if err := c.logon(); err != nil {
			return Unit{}, err
		}
	}
	u, err := c.ask(ACONNECT, Make(CONNECT, 0, c.X, c.hello(h)...))
	if err != nil {
		return u, err
	}
	c.Y = u.Sixth
	if p := u.Params[7]; len(p) == 3 {
		c.Interval, c.Window = int(p[0])<<8|int(p[1]), int(p[2])
	}
	return u, nil
}

func (c *Conn) hello(h Hello) [][]byte {
	var crc, syncs, resync []byte
	if c.CRC {
		crc = P(1, 1)
	}
	if h.Interval > 0 {
		syncs = P(7, byte(h.Interval>>8), byte(h.Interval), byte(h.Window))
	}
	if h.Resync {
		resync = P(23, 1)
	}
	return [][]byte{crc, Text(3, h.Name), Text(4, "POSTERN"), Text(5, h.Password), P(6, 2), syncs, P(22, h.Access), resync}
}

// logon says the pre-connection message and hears ACK0. A partner that coalesces does not wait for it.
func (c *Conn) logon() error {
	message, answer := logon, []byte{0xC1, 0xC3, 0xD2, 0xF0}
	if !c.Raw {
		message, answer = append([]byte{0, 24}, logon...), append([]byte{0, 4}, answer...)
	}
	if err := c.put(message); err != nil {
		return err
	}
	got, err := c.HearBytes(len(answer))
	if err == nil && !bytes.Equal(got, answer) {
		err = fmt.Errorf("% X answers the pre-connection", got)
	}
	return err
}

// ask says a unit and hears its answer, which must be of a kind and positive.
func (c *Conn) ask(kind uint16, u []byte) (Unit, error) {
	if err := c.Say(u); err != nil {
		return Unit{}, err
	}
	return c.Expect(kind)
}

// Expect hears a unit of a kind. A negative one, an ABORT and an IDT come back as [Refused].
func (c *Conn) Expect(kind uint16) (Unit, error) {
	u, err := c.Hear()
	switch {
	case err != nil:
		return u, fmt.Errorf("wait for %04X: %w", kind, err)
	case u.Type == ABORT || u.Type == RCONNECT || u.Type == IDT:
		return u, &Refused{u}
	case u.Type != kind:
		return u, fmt.Errorf("% X where %04X was due", u.Bytes[:min(len(u.Bytes), 64)], kind)
	case u.Diagnostic() != "" && u.Diagnostic() != "0-000":
		return u, &Refused{u}
	}
	return u, nil
}

// File is what CREATE and SELECT say.
type File struct {
	Name        string // PI 12
	Type        int    // PI 11
	Number      int    // PI 13
	Restart     bool   // PI 15
	Entity      int    // PI 25; 65535 when 0
	Format      byte   // PI 31: 80 variable, 00 fixed
	Length      int    // PI 32
	Label       string // PI 37
	Size        int    // PI 42 in KiB
	Created     string // PI 51
	Origin      string // PI 61
	Destination string // PI 62
	Text        string // PI 99
}

func (f File) name() []byte {
	return Group(9, Num(11, f.Type), Text(12, f.Name))
}

func (f File) restart() []byte {
	if f.Restart {
		return P(15, 1)
	}
	return nil
}

func (f File) entity() int {
	if f.Entity == 0 {
		return 65535
	}
	return f.Entity
}

// Create says CREATE.
func (c *Conn) Create(f File) (Unit, error) {
	var created []byte
	if f.Created != "" {
		created = Group(50, Text(51, f.Created))
	}
	u, err := c.ask(ACKCREATE, Make(CREATE, c.Y, 0, f.name(), Num(13, f.Number), f.restart(), P(16, 2), P(17, 1), Num(25, f.entity()),
		Group(30, P(31, f.Format), Num(32, f.Length), Text(37, f.Label)), Group(40, P(41, 0), Num(42, f.Size)), created,
		Text(61, f.Origin), Text(62, f.Destination), Text(99, f.Text)))
	return c.selected(u, err)
}

// Select says SELECT.
func (c *Conn) Select(f File) (Unit, error) {
	u, err := c.ask(ACKSELECT, Make(SELECT, c.Y, 0, f.name(), Num(13, f.Number), P(14, 0xE0), f.restart(), P(17, 1),
		Num(25, f.entity()), Text(61, f.Origin), Text(62, f.Destination)))
	return c.selected(u, err)
}

func (c *Conn) selected(u Unit, err error) (Unit, error) {
	if err == nil {
		c.Entity = u.Num(25)
	}
	return u, err
}

// Open says ORF with a compression (0 none) and returns the one that was agreed.
func (c *Conn) Open(compression byte) (byte, error) {
	var proposal []byte
	if compression != 0 {
		proposal = P(21, 1, compression)
	}
	u, err := c.ask(ACKORF, Make(ORF, c.Y, 0, proposal))
	if p := u.Params[21]; len(p) == 2 && p[0] == 1 {
		return p[1], err
	}
	return 0, err
}

// Begin says WRITE and returns the point that the server chose.
func (c *Conn) Begin() (int, error) {
	u, err := c.ask(ACKWRITE, Make(WRITE, c.Y, 0))
	c.acked, c.said = u.Num(18), u.Num(18)
	return u.Num(18), err
}

// BeginAt says READ from a point.
func (c *Conn) BeginAt(point int) error {
	_, err := c.ask(ACKREAD, Make(READ, c.Y, 0, Num(18, point)))
	c.acked, c.said = point, point
	return err
}

// End says TRANS.END with the counts.
func (c *Conn) End(size, records int) (Unit, error) {
	return c.ask(ACKTRANSEND, c.TransEnd(size, records))
}

// TransEnd is that unit.
func (c *Conn) TransEnd(size, records int) []byte {
	return Make(TRANSEND, c.Y, 0, Num(27, size), Num(28, records))
}

// Leave closes and deselects the file.
func (c *Conn) Leave() error {
	if _, err := c.ask(ACKCRF, Make(CRF, c.Y, 0, P(2, 0, 0, 0))); err != nil {
		return err
	}
	return c.Deselect()
}

// Deselect says DESELECT.
func (c *Conn) Deselect() error {
	_, err := c.ask(ACKDESELECT, Make(DESELECT, c.Y, 0, P(2, 0, 0, 0)))
	return err
}

// Release ends the session and closes.
func (c *Conn) Release() error {
	if _, err := c.ask(RELCONF, Make(RELEASE, c.Y, c.X, P(2, 0, 0, 0))); err != nil {
		return err
	}
	return c.Close()
}
