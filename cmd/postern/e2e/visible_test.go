package e2e

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

// spells are what a peer may want to say to an operator's terminal, or to whoever reads a log.
var spells = []string{
	"\x1b[31mred", "\x1b]0;owned\x07", "\x9b31mc1", "\u009b31mutf8", "x\nFORGED line", "x\r\nFORGED", "\u202etxt.exe", "\x7f\x08\x00nul", "\xff\xfe",
}

// harmful finds what must never reach a terminal or a log.
func harmful(out string) string {
	for i, w := 0, 0; i < len(out); i += w {
		var r rune
		r, w = utf8.DecodeRuneInString(out[i:])
		if r == utf8.RuneError && w == 1 || r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return out[max(0, i-40):min(len(out), i+40)]
		}
	}
	return forged.FindString(out)
}

var forged = regexp.MustCompile(`(?m)^FORGED.*`)

// utter is the body of a unit in which every text is a spell.
func utter(kind uint16, y byte, spell string, n int) []byte {
	switch kind {
	case peer.CREATE:
		return peer.Make(kind, y, 0, peer.Group(9, peer.Text(3, spell), peer.Text(4, spell), peer.Num(11, 0), peer.Text(12, spell)), peer.Num(13, n), peer.P(16, 2),
			peer.P(17, 1), peer.Num(25, 65535), peer.Group(30, peer.P(31, 0x80), peer.Num(32, 0), peer.Text(37, spell)),
			peer.Group(40, peer.P(41, 0), peer.Num(42, 0)), peer.Text(61, spell), peer.Text(62, spell), peer.Text(99, spell))
	default:
		return peer.Make(kind, y, 0, peer.Group(9, peer.Num(11, freeMessage), peer.Text(12, spell)), peer.Num(13, n), peer.P(14, 1), peer.Text(91, spell))
	}
}

func TestNoPeerSpeaksToTheOperatorsTerminalOrForgesALine(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		config := strings.Replace(usual(""), "{format: text, level: info}", "{format: "+format+", level: debug}", 1)
		config = strings.Replace(config, `send: ["*"]`, `send: ["*"], messages: true, default_flow: IN`, 1)
		s := start(t, strings.Replace(config, "{{.File}}-{{.ID}}", "{{.ID}}", 1))
		for i, spell := range spells {
			p := s.dial()
			_, _ = p.Connect(peer.Hello{Name: spell, Password: spell})
			_, _ = p.Closed()
			s.speak(spell, 10*i)
		}
		s.idle()
		if format == "text" {
			s.tellsAll()
		}
		if bad := harmful(s.said.String()); bad != "" {
			t.Errorf("the %s log has %q", format, bad)
		}
	}
}

// tellsAll asks the verbs that tell what was said.
func (s *server) tellsAll() {
	s.Helper()
	arrived := s.entries()
	if len(arrived) < 2*len(spells) {
		s.Errorf("only %d entries of the spells are there: little was tried", len(arrived))
	}
	verbs := [][]string{{"catalog", "list"}, {"refusals", "list"}, {"refusals", "list", "-o", "json"}, {"status"}, {"partner", "list"}, {"catalog", "check"}, {"catalog", "list", "-o", "json"}}
	for i, e := range arrived {
		verbs = append(verbs, []string{"catalog", "show", e.ID})
		if i%2 == 0 {
			verbs = append(verbs, []string{"catalog", "explain", e.ID})
		}
	}
	for _, v := range verbs {
		out, errs, _ := s.try(v...)
		if bad := harmful(out + errs); bad != "" {
			s.Errorf("postern %s prints %q", strings.Join(v, " "), bad)
		}
	}
}

// speak says a spell in everything that a partner who is let in may say.
func (s *server) speak(spell string, n int) {
	s.Helper()
	for i, unit := range []uint16{peer.CREATE, peer.MSG} {
		p := s.call(hello(0, 0))
		p.ok(p.Say(utter(unit, p.Y, spell, n+i)))
		_, _ = p.Hear()
		p.Close()
	}
	p := s.call(hello(0, 0))
	_, err := p.Create(peer.File{Name: "IN", Number: n + 3, Format: 0x80, Label: spell, Origin: "A", Text: spell})
	if err != nil {
		p.Close()
		return
	}
	p.opened()
	_, _ = p.Begin()
	_ = p.Say(peer.Make(peer.ABORT, p.Y, p.X, peer.P(2, 3, 1, 0x37), peer.Text(29, spell), peer.Text(99, spell)))
	p.Close()
}

// liar is a server that says spells to whoever calls it: refuse says them at the greeting, otherwise at the file.
func liar(t *testing.T, spell string, refuse bool) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			go lie(peer.Answer(nc), spell, refuse)
		}
	}()
	return l.Addr().String()
}

func lie(c *peer.Conn, spell string, refuse bool) {
	defer c.Close()
	diagnostic, words := peer.P(2, 2, 0, 226), [][]byte{peer.Text(29, spell), peer.Text(99, spell)}
	var x byte // the caller's number of the connection
	for {
		u, err := c.Hear()
		if err != nil {
			return
		}
		switch u.Type {
		case peer.CONNECT:
			x = u.Sixth
			if refuse {
				_ = c.Say(peer.Make(peer.RCONNECT, x, 0, append([][]byte{peer.P(2, 3, 1, 0x2d)}, words...)...))
				continue
			}
			err = c.Say(peer.Make(peer.ACONNECT, x, 1, peer.P(6, 2), peer.Text(99, spell)))
		case peer.CREATE:
			err = c.Say(peer.Make(peer.ACKCREATE, x, 0, append([][]byte{diagnostic}, words...)...))
		case peer.SELECT:
			err = c.Say(peer.Make(peer.ACKSELECT, x, 0, peer.P(2, 0, 0, 0), peer.Group(9, peer.Num(11, 0), peer.Text(12, spell)), peer.Num(13, 1), peer.P(16, 2), peer.P(17, 1),
				peer.Num(25, 4096), peer.Group(30, peer.P(31, 0x80), peer.Num(32, 0), peer.Text(37, spell)), peer.Text(61, spell), peer.Text(99, spell)))
		case peer.MSG:
			err = c.Say(peer.Make(peer.ACKMSG, x, 0, peer.P(2, 0, 0, 0), peer.Num(13, 1), peer.Text(91, spell), peer.Text(99, spell)))
		default:
			err = c.Say(peer.Make(peer.ABORT, x, 0, append([][]byte{peer.P(2, 3, 1, 0x37)}, words...)...))
		}
		if err != nil {
			return
		}
	}
}

func TestNoServerSpeaksToTheTerminalOfItsCaller(t *testing.T) {
	s := prepare(t, usual(""))
	s.write("hello.txt", "hello")
	t.Setenv("PW", "sesame")
	for _, spell := range spells {
		for _, refuse := range []bool{true, false} {
			to := []string{"--to", liar(t, spell, refuse), "--as", "PARIS", "--password-env", "PW", "--state", filepath.Join(s.dir, "state")}
			for _, v := range [][]string{
				{"send", "--flow", "IN", "hello.txt"}, {"send", "--flow", "IN", "--trace", "hello.txt"}, {"send", "--flow", "IN", "-o", "json", "hello.txt"},
				{"send", "--flow", "IN", "--message", "hi"}, {"recv", "--flow", "OUT"}, {"recv", "--flow", "OUT", "--trace"}, {"recv", "--flow", "OUT", "-o", "json"},
			} {
				out, errs, status := s.try(append(v, to...)...)
				if bad := harmful(out + errs); bad != "" {
					t.Errorf("postern %s, told %q: %q", strings.Join(v, " "), spell, bad)
				}
				if status == 2 {
					t.Fatalf("postern %s is not how it is called: %s", strings.Join(v, " "), errs)
				}
			}
		}
	}
	names, err := os.ReadDir(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if bad := harmful(n.Name()); bad != "" {
			t.Errorf("a file is called %q", n.Name())
		}
	}
}
