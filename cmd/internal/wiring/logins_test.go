package wiring

import (
	"bytes"
	"crypto/rand"
	"sync"
	"testing"

	"github.com/postern/postern/cmd/internal/secret"
	"github.com/postern/postern/cmd/postern/e2e/peer"
	"github.com/postern/postern/sdk"
)

// doors is a server that PARIS may call with this hash.
func doors(hash string) string {
	return settings + "partners: {PARIS: {protocols: [pesit], receive: [IN], password: '" + hash + "'}}\nthrottle: {failures: none}\n"
}

func hashOf(t *testing.T, password string) string {
	t.Helper()
	h, err := secret.Hash(sdk.NewSecret(password), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// login calls and greets: the answer, and how many hashes it cost.
func (p *place) login(name, password string) (answer []byte, hashes uint64) {
	p.Helper()
	before := p.s.checker.Hashed()
	c, err := peer.Dial(p.s.Addresses()["a"], peer.Options{})
	if err != nil {
		p.Fatal(err)
	}
	defer c.Close()
	u, _ := c.Connect(peer.Hello{Name: name, Password: password})
	return u.Bytes, p.s.checker.Hashed() - before
}

// change reloads another configuration.
func (p *place) change(text string) {
	p.Helper()
	p.write(text)
	if _, err := p.s.Reload(p.Context()); err != nil {
		p.Fatal(err)
	}
}

func (p *place) logins(name, password string, welcome bool, want uint64) []byte {
	p.Helper()
	answer, n := p.login(name, password)
	if is := len(answer) > 4 && answer[3] == byte(peer.ACONNECT&0xff); is != welcome || n != want {
		p.Errorf("%s with %q: welcome %v after %d hashes, want %v after %d", name, password, is, n, welcome, want)
	}
	return answer
}

func TestAPartnerThatCallsOftenPaysOnceAndAnewWhenItsHashChanges(t *testing.T) {
	first := hashOf(t, "sesame")
	p := beginWith(t, doors(first), nil)
	p.logins("PARIS", "sesame", true, 1)
	for range 10 {
		p.logins("PARIS", "sesame", true, 0)
	}
	p.change(doors(first) + "shutdown_grace: 7s\n")
	p.logins("PARIS", "sesame", true, 0) // a reload that leaves the hash alone forgets nothing
	p.change(doors(hashOf(t, "open")))
	p.logins("PARIS", "sesame", false, 1)
	p.logins("PARIS", "open", true, 1)
	p.change(doors(hashOf(t, "open")))
	p.logins("PARIS", "open", true, 1) // another hash of the same password is another one
}

func TestAnUnknownNameAndAWrongPasswordCostTheSameAndSoundTheSame(t *testing.T) {
	p := beginWith(t, doors(hashOf(t, "sesame")), nil)
	p.logins("PARIS", "sesame", true, 1) // that the right one is remembered helps no wrong one
	wrong := p.logins("PARIS", "wrong", false, 1)
	for _, x := range []struct{ name, password string }{{"NOBODY", "wrong"}, {"NOBODY", "sesame"}, {"NOBODY", ""}, {"PARIS", ""}, {"paris", "sesame"}} {
		if got := p.logins(x.name, x.password, false, 1); !bytes.Equal(got, wrong) {
			t.Errorf("%s with %q hears % X instead of % X", x.name, x.password, got, wrong)
		}
	}
}

func TestAFloodOfTheSameWrongLoginCostsAHashEachAndTheRightOneIsStillFree(t *testing.T) {
	p := beginWith(t, doors(hashOf(t, "sesame")), nil)
	p.logins("PARIS", "sesame", true, 1)
	before := p.s.checker.Hashed()
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() { p.login("PARIS", "wrong") })
	}
	all.Wait()
	if n := p.s.checker.Hashed() - before; n != 12 {
		t.Errorf("12 wrong logins cost %d hashes", n)
	}
	p.logins("PARIS", "sesame", true, 0)
}
