package e2e

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

func TestAWrongPasswordAndAnUnknownPartnerGetTheSameBytes(t *testing.T) {
	s := prepare(t, usual(""))
	hash := exec.Command(postern, "partner", "password")
	hash.Stdin = strings.NewReader("sesame\n")
	out, err := hash.Output()
	if err != nil {
		t.Fatal(err)
	}
	s.write("paris.pw", strings.TrimSpace(string(out)))
	s.run()
	var said [][]byte
	for _, h := range []peer.Hello{{Name: "PARIS", Password: "wrong"}, {Name: "PARIS"}, {Name: "NOBODY", Password: "sesame"}, {Name: "NOBODY"}, {Name: "paris", Password: "sesame"}} {
		p := s.dial()
		u, err := p.Connect(h)
		for range 20 {
			if u.Diagnostic() != "3-300" { // a busy machine has no answer in time: the partner calls again
				break
			}
			p = s.dial()
			u, err = p.Connect(h)
		}
		p.refused(err, peer.RCONNECT, "3-301")
		rest, err := p.Closed()
		if err != nil || len(rest) > 0 {
			t.Errorf("after RCONNECT: % X, %v", rest, err)
		}
		said = append(said, u.Bytes)
	}
	for _, b := range said {
		if !bytes.Equal(b, said[0]) {
			t.Errorf("% X is told apart from % X", b, said[0])
		}
	}
	s.call(hello(0, 0)) // the right one is welcome
	if got := s.refusals(); got["partner.password"] != 2 || got["partner.unknown"] != 3 {
		t.Errorf("refusals %v", got)
	}
	if e := s.entries(); len(e) > 0 {
		t.Errorf("refused calls left %+v", e)
	}
}
