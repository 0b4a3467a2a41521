package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

// partner is a peer whose failures end the test. It belongs to the test's goroutine.
type partner struct {
	*peer.Conn
	t *testing.T
}

// hello is how PARIS greets, with sync points of so many KiB.
func hello(interval, window int) peer.Hello {
	return peer.Hello{Name: "PARIS", Password: "sesame", Access: 2, Interval: interval, Window: window}
}

// dial connects to the listener called p.
func (s *server) dial() *partner {
	s.Helper()
	return s.dialAs(peer.Options{})
}

func (s *server) dialAs(o peer.Options) *partner {
	s.Helper()
	c, err := peer.Dial(s.address["p"], o)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { c.Close() })
	return &partner{c, s.T}
}

// call connects and greets.
func (s *server) call(h peer.Hello) *partner {
	s.Helper()
	p := s.dial()
	p.must(p.Connect(h))
	return p
}

// must ends the test when a step failed.
func (p *partner) must(u peer.Unit, err error) peer.Unit {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	return u
}

func (p *partner) ok(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// writing asks for a file to write and begins at the point that the server chooses.
func (p *partner) writing(f peer.File) (point int) {
	p.t.Helper()
	p.must(p.Create(f))
	p.opened()
	point, err := p.Begin()
	p.ok(err)
	return point
}

// reading asks for a file to read and begins at a point.
func (p *partner) reading(f peer.File, point int) peer.Unit {
	p.t.Helper()
	u := p.must(p.Select(f))
	p.opened()
	p.ok(p.BeginAt(point))
	return u
}

func (p *partner) opened() {
	p.t.Helper()
	_, err := p.Open(0)
	p.ok(err)
}

// put sends a whole file and leaves it.
func (p *partner) put(f peer.File, data []byte, plan peer.Plan) {
	p.t.Helper()
	p.writing(f)
	p.ok(p.Send(data, plan, 0, 0))
	p.must(p.Finish(len(data), plan.Records(len(data))))
	p.ok(p.Leave())
}

// get fetches a whole file and leaves it.
func (p *partner) get(f peer.File) ([]byte, peer.Unit) {
	p.t.Helper()
	u := p.reading(f, 0)
	var got peer.Got
	p.ok(p.Receive(&got, 0))
	p.must(p.End(got.Bytes, len(got.Articles)))
	p.ok(p.Leave())
	return got.Data(), u
}

// refused checks that a step was refused in some words.
func (p *partner) refused(err error, kind uint16, diagnostic string) {
	p.t.Helper()
	var r *peer.Refused
	if !errors.As(err, &r) || r.Type != kind || r.Diagnostic() != diagnostic {
		p.t.Fatalf("%v; unit %04X with %s is right", err, kind, diagnostic)
	}
}

// ending is a step whose unit does not matter.
func ending(_ peer.Unit, err error) error { return err }

// offer puts content at the disposal of PARIS.
func (s *server) offer(flow, name string, content []byte) entry {
	s.Helper()
	file := filepath.Join(s.dir, "offered-"+name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		s.Fatal(err)
	}
	var e entry
	s.read(&e, "offer", "--partner", "PARIS", "--flow", flow, "--name", name, file)
	return e
}
