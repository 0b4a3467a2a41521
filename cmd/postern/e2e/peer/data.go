package peer

import (
	"encoding/binary"
	"fmt"
)

// Plan says how a file is cut: into articles of a length, with a sync point after each stretch of bytes. Point n lies at
// n times Every, or at the end.
type Plan struct {
	Article int
	Every   int // 0: no sync points
}

// Records is how many articles a file of that size has.
func (p Plan) Records(size int) int {
	if p.Every == 0 {
		return (size + p.Article - 1) / p.Article
	}
	whole := size / p.Every
	rest := size % p.Every
	return whole*((p.Every+p.Article-1)/p.Article) + (rest+p.Article-1)/p.Article
}

// Acked is the last sync point that was acknowledged.
func (c *Conn) Acked() int { return c.acked }

// Send sends data from a sync point on, up to and including sync point until (0: the whole file, but not DTF.END). It waits
// for acknowledgements where the window wants it, and for that of until.
func (c *Conn) Send(data []byte, p Plan, from, until int) error {
	at := from * p.Every
	for at < len(data) {
		end := len(data)
		if p.Every > 0 {
			end = min(at+p.Every, end)
		}
		for at < end {
			n := min(p.Article, end-at)
			if err := c.Article(data[at : at+n]); err != nil {
				return err
			}
			at += n
		}
		if p.Every > 0 && at%p.Every == 0 {
			if err := c.Point(); err != nil {
				return err
			}
			if c.said == until {
				return c.Await(until)
			}
		}
	}
	return nil
}

// Article sends one article in a DTF of its own, or in pieces when it is longer than an entity.
func (c *Conn) Article(b []byte) error {
	most := c.Entity - 6
	if c.CRC {
		most -= 2
	}
	if len(b) <= most {
		return c.Say(Make(DTF, c.Y, 0, b))
	}
	for kind := uint16(DTFDA); ; kind = DTFMA {
		if len(b) <= most {
			return c.Say(Make(DTFFA, c.Y, 0, b))
		}
		if err := c.Say(Make(kind, c.Y, 0, b[:most])); err != nil {
			return err
		}
		b = b[most:]
	}
}

// Point says the next SYN, once the window allows it.
func (c *Conn) Point() error {
	for c.Window > 0 && c.said-c.acked >= c.Window {
		if err := c.hearAck(); err != nil {
			return err
		}
	}
	c.said++
	return c.Say(Make(SYN, c.Y, 0, Num(20, c.said)))
}

// Await waits until a point was acknowledged.
func (c *Conn) Await(point int) error {
	for c.Window > 0 && c.acked < point {
		if err := c.hearAck(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Conn) hearAck() error {
	u, err := c.Expect(ACKSYN)
	if err != nil {
		return err
	}
	n := u.Num(20)
	if n <= c.acked || n > c.said {
		return fmt.Errorf("ACK(SYN %d) with %d acknowledged and %d said", n, c.acked, c.said)
	}
	c.acked = n
	return nil
}

// DataEnd says DTF.END.
func (c *Conn) DataEnd() error { return c.Say(Make(DTFEND, c.Y, 0, P(2, 0, 0, 0))) }

// Finish ends a file that was sent: DTF.END, TRANS.END with the counts of the whole file, and its acknowledgement. Sync points
// may be acknowledged meanwhile.
func (c *Conn) Finish(size, records int) (Unit, error) {
	if err := c.DataEnd(); err != nil {
		return Unit{}, err
	}
	if err := c.Say(c.TransEnd(size, records)); err != nil {
		return Unit{}, err
	}
	return c.Finished()
}

// Finished waits for the acknowledgement of the end.
func (c *Conn) Finished() (Unit, error) {
	for {
		u, err := c.Hear()
		switch {
		case err != nil:
			return u, fmt.Errorf("wait for the end's acknowledgement: %w", err)
		case u.Type == ACKSYN:
			c.acked = u.Num(20)
		case u.Type == ACKTRANSEND && u.Diagnostic() == "0-000":
			return u, nil
		case u.Type == ACKTRANSEND || u.Type == ABORT || u.Type == IDT:
			return u, &Refused{u}
		default:
			return u, fmt.Errorf("% X where the end's acknowledgement was due", u.Bytes)
		}
	}
}

// Got is what was received of a file.
type Got struct {
	Articles [][]byte // as they came, compressed or not
	Points   []int    // bytes before each sync point
	Bytes    int
	Ended    bool // DTF.END came
	Multi    bool // some unit held several articles
	Segments bool // some article came in pieces
	Shared   bool // some entity held several units
	open     []byte
}

// Data is the articles one after the other.
func (g *Got) Data() []byte {
	out := make([]byte, 0, g.Bytes)
	for _, a := range g.Articles {
		out = append(out, a...)
	}
	return out
}

// Receive takes data until DTF.END, or until sync point until was acknowledged.
func (c *Conn) Receive(g *Got, until int) error {
	for {
		u, err := c.Hear()
		if err != nil {
			return fmt.Errorf("receive after %d bytes: %w", g.Bytes, err)
		}
		g.Shared = g.Shared || len(c.entity) > 0
		switch u.Type {
		case DTF, DTFDA, DTFMA, DTFFA:
			err = g.take(u)
		case SYN:
			c.said++
			if u.Num(20) != c.said {
				return fmt.Errorf("SYN %d where %d was due", u.Num(20), c.said)
			}
			g.Points = append(g.Points, g.Bytes)
			if c.Window > 0 {
				err = c.Say(Make(ACKSYN, c.Y, 0, P(20, u.Params[20]...)))
				c.acked = c.said
			}
			if err == nil && c.said == until {
				return c.flush()
			}
		case DTFEND:
			g.Ended = true
			if d := u.Diagnostic(); d != "0-000" {
				return &Refused{u}
			}
			return nil
		case IDT, ABORT:
			return &Refused{u}
		default:
			return fmt.Errorf("% X among the data", u.Bytes)
		}
		if err != nil {
			return err
		}
	}
}

func (g *Got) take(u Unit) error {
	body := u.Bytes[6:]
	if len(body) == 0 {
		return fmt.Errorf("data unit without data")
	}
	switch {
	case u.Type == DTF && u.Sixth == 0:
		g.add(body)
	case u.Type == DTF && u.Sixth == 1:
		return fmt.Errorf("data unit that claims one article")
	case u.Type == DTF:
		g.Multi = true
		for range u.Sixth {
			if len(body) < 2 || len(body) < 2+int(binary.BigEndian.Uint16(body)) {
				return fmt.Errorf("articles that do not fit their unit: % X", u.Bytes)
			}
			n := int(binary.BigEndian.Uint16(body))
			g.add(body[2 : 2+n])
			body = body[2+n:]
		}
		if len(body) > 0 {
			return fmt.Errorf("%d bytes behind the last article", len(body))
		}
	default:
		g.Segments = true
		if (u.Type == DTFDA) != (g.open == nil) {
			return fmt.Errorf("pieces of an article out of order")
		}
		g.open = append(g.open, body...)
		g.Bytes += len(body)
		if u.Type == DTFFA {
			g.Articles, g.open = append(g.Articles, g.open), nil
		}
	}
	return nil
}

func (g *Got) add(article []byte) {
	g.Articles = append(g.Articles, article)
	g.Bytes += len(article)
}
