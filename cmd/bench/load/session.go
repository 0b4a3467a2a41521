package load

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
)

// ours is our connection id. A connection has only one.
const ours = 1

// Session is an open session. It is used by one goroutine.
type Session struct {
	caller *Caller
	conn   net.Conn
	split  wire.Splitter
	in     []byte // received and not used
	used   int    // of in
	out    []byte
	params wire.Params
	peer   byte   // the server's connection id
	block  *block // framed for it
	window int64  // as agreed
	acked  int64  // the last sync point that was acknowledged
}

// begin starts a unit to the server.
func (s *Session) begin(t wire.Type) wire.Builder {
	b := wire.NewBuilder(s.out[:0], s.split.Link)
	sixth := byte(0)
	if t.IsConnection() {
		sixth = ours
	}
	b.Begin(t, s.peer, sixth)
	return b
}

// send writes what was built.
func (s *Session) send(b *wire.Builder) error {
	out, err := b.Done()
	if err != nil {
		return err
	}
	s.out = out
	return s.write(out)
}

// write sends everything, in one system call where the socket is plain.
func (s *Session) write(p ...[]byte) error {
	if err := s.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if len(p) == 1 {
		_, err := s.conn.Write(p[0])
		return err
	}
	all := net.Buffers(p)
	_, err := all.WriteTo(s.conn)
	return err
}

// next gives the next unit. It is valid until the following call.
func (s *Session) next() (wire.FPDU, error) {
	for {
		f, n, err := s.split.Next(s.in[s.used:])
		if err == nil {
			s.used += n
			return f, nil
		}
		if !errors.Is(err, wire.ErrMore) {
			return wire.FPDU{}, err
		}
		if err := s.more(); err != nil {
			return wire.FPDU{}, err
		}
	}
}

// more reads once, after what is not used.
func (s *Session) more() error {
	s.in = s.in[:copy(s.in, s.in[s.used:])]
	s.used = 0
	if len(s.in) == cap(s.in) {
		s.in = append(make([]byte, 0, 2*cap(s.in)), s.in...)
	}
	if err := s.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	n, err := s.conn.Read(s.in[len(s.in):cap(s.in)])
	s.in = s.in[:len(s.in)+n]
	if n > 0 {
		return nil
	}
	return err
}

// expect waits for an answer and checks it. Acknowledgements of sync points that come before are noted.
func (s *Session) expect(want wire.Type) error {
	for {
		f, err := s.next()
		if err != nil {
			return fmt.Errorf("wait for %s: %w", want, err)
		}
		if err := s.params.Decode(f); err != nil {
			return err
		}
		if f.Type == wire.AckSyn {
			s.acked = int64(s.params.Num(wire.PISyncPoint))
			if want == wire.AckSyn {
				return nil
			}
			continue
		}
		if f.Type != want {
			return fmt.Errorf("wait for %s: the server says %s", want, wire.Trace(f))
		}
		if d := s.params.Diagnostic(); !d.OK() {
			return fmt.Errorf("%s: %s %s: %s", want, d, d.Meaning(), s.params.Text(wire.PIDiagnosticText))
		}
		if f.Type.IsConnection() {
			s.peer = f.Sixth
		}
		return nil
	}
}

// ask sends a request and waits for its answer.
func (s *Session) ask(b *wire.Builder, want wire.Type) error {
	if err := s.send(b); err != nil {
		return err
	}
	return s.expect(want)
}

// connect says who we are.
func (s *Session) connect() error {
	c := s.caller
	b := s.begin(wire.Connect)
	b.Text(wire.PIRequester, c.Name)
	b.Text(wire.PIServer, c.Called)
	b.Access(c.Password, "")
	b.Num(wire.PIVersion, 2)
	if c.Interval > 0 {
		b.Sync(uint16(c.Interval), byte(c.Window))
	}
	b.Num(wire.PIAccessType, 2) // write and read
	if err := s.ask(&b, wire.AConnect); err != nil {
		return err
	}
	interval, window := s.params.Sync()
	if int(interval) != c.Interval || int(window) != c.Window {
		return fmt.Errorf("sync points each %d KiB with window %d were wanted, %d and %d were agreed", c.Interval, c.Window, interval, window)
	}
	s.window = int64(window)
	s.block = c.blockFor(s.peer, c.Interval)
	return nil
}

// Close releases the session.
func (s *Session) Close() error {
	b := s.begin(wire.Release)
	b.Diagnostic(wire.Success)
	err := s.ask(&b, wire.RelConf)
	return errors.Join(err, s.conn.Close())
}

// leave closes and deselects the file.
func (s *Session) leave() error {
	b := s.begin(wire.CRF)
	b.Diagnostic(wire.Success)
	if err := s.ask(&b, wire.AckCRF); err != nil {
		return err
	}
	b = s.begin(wire.Deselect)
	b.Diagnostic(wire.Success)
	return s.ask(&b, wire.AckDeselect)
}

// entityAgreed checks the size that the blocks were framed for.
func (s *Session) entityAgreed() error {
	if n := int(s.params.Num(wire.PIMaxEntity)); n != s.caller.entity() {
		return fmt.Errorf("entities of %d bytes were wanted, %d agreed", s.caller.entity(), n)
	}
	return nil
}

// end sends or asks for the end of a transfer and compares the counts.
func (s *Session) end(b *wire.Builder, bytes, articles int64) error {
	if err := s.ask(b, wire.AckTransEnd); err != nil {
		return err
	}
	if n := int64(s.params.Num(wire.PIBytes)); n != bytes {
		return fmt.Errorf("%d bytes were transferred, the server counts %d", bytes, n)
	}
	if n := int64(s.params.Num(wire.PIArticles)); n != articles {
		return fmt.Errorf("%d articles were transferred, the server counts %d", articles, n)
	}
	return nil
}
