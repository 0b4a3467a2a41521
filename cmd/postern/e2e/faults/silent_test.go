package faults

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/invariant"
	"github.com/postern/postern/cmd/postern/e2e/peer"
)

const silentPeers = "partners that fall silent, or are slow, in every phase"

// brief timers end what does not go on.
const brief = "{first_byte: 500ms, connect: 700ms, message: 700ms, idle: 700ms, abort: 200ms}"

var article = peer.Plan{Article: 1000, Every: interval}

// phase is how far a partner goes before it falls silent.
type phase struct {
	name string
	to   func(c *peer.Conn, number int, data []byte) error
}

func hello() peer.Hello {
	return peer.Hello{Name: "PARIS", Password: "sesame", Access: 2, Interval: interval >> 10, Window: 2}
}

func file(number int) peer.File {
	return peer.File{Name: "IN", Number: number, Label: "silent" + strconv.Itoa(number), Format: 0x80, Length: 1000}
}

// steps makes a phase of steps that are done one after the other.
func steps(name string, all ...func(c *peer.Conn, number int, data []byte) error) phase {
	return phase{name, func(c *peer.Conn, number int, data []byte) error {
		for _, step := range all {
			if err := step(c, number, data); err != nil {
				return err
			}
		}
		return nil
	}}
}

func connect(c *peer.Conn, _ int, _ []byte) error { _, err := c.Connect(hello()); return err }
func create(c *peer.Conn, n int, _ []byte) error  { _, err := c.Create(file(n)); return err }
func open(c *peer.Conn, _ int, _ []byte) error    { _, err := c.Open(0); return err }
func write(c *peer.Conn, _ int, _ []byte) error   { _, err := c.Begin(); return err }
func some(c *peer.Conn, _ int, data []byte) error { return c.Send(data, article, 0, 2) }
func dataEnd(c *peer.Conn, _ int, _ []byte) error { return c.DataEnd() }
func choose(c *peer.Conn, n int, _ []byte) error {
	_, err := c.Select(peer.File{Name: "held" + strconv.Itoa(n)})
	return err
}
func read(c *peer.Conn, _ int, _ []byte) error { return c.BeginAt(0) }
func half(c *peer.Conn, _ int, _ []byte) error {
	return c.Bytes([]byte{0, 100, 0, 100, 0x40, 0x20, 1, 1, 3, 8})
}
func whole(c *peer.Conn, _ int, data []byte) error {
	if err := c.Send(data, article, 0, 0); err != nil {
		return err
	}
	_, err := c.Finish(len(data), article.Records(len(data)))
	return err
}

// phases are all there are: of the call, the negotiation, the file, the data in both directions, and the end.
func phases() []phase {
	return []phase{
		steps("nothing said"),
		steps("half a greeting", half),
		steps("greeted", connect),
		steps("half a request", connect, half),
		steps("a file created", connect, create),
		steps("opened", connect, create, open),
		steps("writing", connect, create, open, write),
		steps("behind a point", connect, create, open, write, some),
		steps("half an article", connect, create, open, write, some, half),
		steps("all data said", connect, create, open, write, some, dataEnd),
		steps("the end acknowledged", connect, create, open, write, whole),
		steps("a file selected", connect, choose),
		steps("reading, not acknowledging", connect, choose, open, read),
	}
}

func TestASilentPartnerIsLeftInEveryPhase(t *testing.T) {
	each(t, silentPeers, runs(1, 20), func(t *testing.T, r *rand.Rand) {
		h := newHouse(t, configuration(brief, ""))
		h.plainly(brief)
		h.mustRun()
		goroutines := h.goroutines()
		h.mustRun()
		all := phases()
		data := content(r, 3*interval+5000)
		var held []invariant.Acknowledged
		for n := range all {
			j := h.job("held"+strconv.Itoa(n), "OUT", false, content(r, 200_000))
			if err := j.offer(); err != nil {
				t.Fatal(err)
			}
			held = append(held, invariant.Acknowledged{Name: j.name, Stored: j.data})
		}
		calm := invariant.Descriptors(h.cmd.Process.Pid)
		faults := make(chan error)
		for n, p := range all {
			go func() { faults <- fall(h.address["plain"], p, n, data) }()
		}
		go func() { faults <- trickle(h.address["plain"]) }()
		go func() { faults <- trickle(h.address["secure"]) }()
		for range len(all) + 2 {
			if err := <-faults; err != nil {
				t.Error(err)
			}
		}
		book.add(silentPeers, "calls", len(all)+2)
		lazy, err := h.lazy(data, content(r, 16<<20)) // it hears nothing of what it asked for
		if err != nil {
			t.Error(err)
		}
		if err := h.Idle(20 * time.Second); err != nil {
			t.Error(err)
		}
		lazy.Close()
		h.calm(calm)
		h.resumed(data, len(all))
		if err := h.Idle(20 * time.Second); err != nil {
			t.Error(err)
		}
		if n := h.goroutines(); n > goroutines+6 {
			t.Errorf("%d goroutines afterwards, %d before the first call", n, goroutines)
		}
		h.mustRun()
		h.settled(held)
	})
}

// plainly takes the filter away: these tests have no exit.
func (h *house) plainly(timeouts string) {
	h.Helper()
	h.write("postern.yaml", []byte(withoutFilter(configuration(timeouts, ""))))
}

// fall goes as far as a phase and then waits, silent, until the server hangs up.
func fall(address string, p phase, number int, data []byte) error {
	c, err := peer.Dial(address, peer.Options{Patience: 30 * time.Second})
	if err != nil {
		return err
	}
	defer c.Close()
	if err := p.to(c, number, data); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	if _, err := c.Closed(); err != nil {
		return fmt.Errorf("%s, then silence: the server does not hang up: %w", p.name, err)
	}
	return nil
}

// trickle says a greeting one byte at a time, for ever: no byte is late, the greeting is.
func trickle(address string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 600 {
		if _, err := c.Write([]byte{0x16}); err != nil {
			return nil
		}
		if err := c.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
			return err
		}
		if _, err := c.Read(make([]byte, 100)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil // io.EOF, or a reset
		} else if err == nil {
			continue
		}
		<-tick.C
	}
	return fmt.Errorf("a greeting that comes one byte at a time is listened to for ever: %w", io.ErrNoProgress)
}

// resumed goes on with what was interrupted: each from a point that was acknowledged.
func (h *house) resumed(data []byte, n int) {
	h.Helper()
	entries, err := h.Entries()
	if err != nil {
		h.Error(err)
		return
	}
	interrupted := 0
	for _, e := range entries {
		if e.Direction != "receive" || e.Status != "interrupted" {
			continue
		}
		interrupted++
		number, err := strconv.Atoi(e.Label[len("silent"):])
		if err != nil || number >= n {
			h.Errorf("entry %+v", e)
			continue
		}
		if err := h.goOn(number, e.Point, data); err != nil {
			h.Errorf("%s: %v", e.Label, err)
		}
	}
	if interrupted < 3 {
		h.Errorf("only %d transfers were interrupted: %+v", interrupted, entries)
	}
}

func (h *house) goOn(number int, point int64, data []byte) error {
	c, err := peer.Dial(h.address["plain"], peer.Options{})
	if err != nil {
		return err
	}
	defer c.Close()
	f := file(number)
	f.Restart = true
	if err := steps("", connect).to(c, number, data); err != nil {
		return err
	}
	if _, err := c.Create(f); err != nil {
		return err
	}
	if _, err := c.Open(0); err != nil {
		return err
	}
	from, err := c.Begin()
	if err != nil {
		return err
	}
	if int64(from) != point {
		return fmt.Errorf("it goes on from point %d, %d is durable", from, point)
	}
	if err := c.Send(data, article, from, 0); err != nil {
		return err
	}
	if _, err := c.Finish(len(data), article.Records(len(data))); err != nil {
		return err
	}
	return c.Leave()
}

// lazy asks for a long file and never reads.
func (h *house) lazy(data, long []byte) (*peer.Conn, error) {
	j := h.job("long", "OUT", false, long)
	if err := j.offer(); err != nil {
		return nil, err
	}
	c, err := peer.Dial(h.address["plain"], peer.Options{})
	if err != nil {
		return nil, err
	}
	if err := connect(c, 0, data); err != nil {
		return c, err
	}
	if _, err := c.Select(peer.File{Name: "long"}); err != nil {
		return c, err
	}
	if err := open(c, 0, data); err != nil {
		return c, err
	}
	return c, c.Say(peer.Make(peer.READ, c.Y, 0, peer.Num(18, 0)))
}
