package session_test

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/core/session"
	"github.com/postern/postern/core/throttle"
	transport "github.com/postern/postern/plugins/transport/ssh"
	"github.com/postern/postern/sdk"
	"golang.org/x/crypto/ssh"
)

// sshHouse is a house whose listener speaks the line protocol on channels of SSH.
type sshHouse struct {
	*testHouse
	address string
	key     ssh.Signer
}

func newSSHHouse(t *testing.T, change func(*testHouse)) *sshHouse {
	t.Helper()
	h := newHouse(t)
	_, own, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h.house.Random = rand.Reader // whoever calls at the same time draws from it
	x := &sshHouse{testHouse: h}
	if x.key, err = ssh.NewSignerFromKey(own); err != nil {
		t.Fatal(err)
	}
	h.partner.Keys = []string{string(ssh.MarshalAuthorizedKey(x.key.PublicKey()))}
	h.listener.Transport = newTransport(t, own)
	if change != nil {
		change(h)
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x.address = socket.Addr().String()
	h.sessions.Go(func() {
		for {
			c, err := socket.Accept()
			if err != nil {
				return
			}
			h.sessions.Go(func() {
				defer c.Close()
				if s, err := session.New(h.house, h.listener, c); err == nil {
					s.Run(h.life)
				}
			})
		}
	})
	t.Cleanup(func() { socket.Close(); h.stop() })
	return x
}

func newTransport(t *testing.T, key ed25519.PrivateKey) sdk.Transport {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "host")
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	tr, err := transport.New(transport.Settings{HostKeys: []string{file}})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func (x *sshHouse) dial(user string, auth ...ssh.AuthMethod) (*ssh.Client, error) {
	return ssh.Dial("tcp", x.address, &ssh.ClientConfig{User: user, Auth: auth, HostKeyCallback: ssh.InsecureIgnoreHostKey(), Timeout: 10 * time.Second})
}

// talk opens a stream and greets on it with whatever name.
type talk struct {
	s   *ssh.Session
	in  io.Writer
	out *bufio.Reader
}

func newTalk(c *ssh.Client) (*talk, error) {
	s, err := c.NewSession()
	if err != nil {
		return nil, err
	}
	in, err1 := s.StdinPipe()
	out, err2 := s.StdoutPipe()
	if err := errors.Join(err1, err2, s.RequestSubsystem("sftp")); err != nil {
		return nil, err
	}
	return &talk{s, in, bufio.NewReader(out)}, nil
}

// say sends a line and gives the answer.
func (x *talk) say(line string) (string, error) {
	if _, err := io.WriteString(x.in, line+"\n"); err != nil {
		return "", err
	}
	return x.out.ReadString('\n')
}

// greets logs in and reports what was said.
func greets(c *ssh.Client) (*talk, error) {
	x, err := newTalk(c)
	if err != nil {
		return nil, err
	}
	got, err := x.say("HELLO SOMEBODY wrong interval=1024 window=2 resync=0")
	if err == nil && !strings.HasPrefix(got, "WELCOME") {
		err = fmt.Errorf("heard %q", got)
	}
	return x, err
}

func (x *sshHouse) codes() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.refusals)
}

// eventually waits for what another goroutine does.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 1000 {
		if holds() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal(what)
}

func TestWhoTheHandshakeIdentifiedIsNotAskedAgain(t *testing.T) {
	x := newSSHHouse(t, nil)
	c, err := x.dial("PARIS", ssh.PublicKeys(x.key))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := greets(c); err != nil {
		t.Fatalf("what the dialogue says of the caller counted: %v", err)
	}
	if n := x.house.Limits.Unauthenticated.Count(); n != 0 {
		t.Errorf("%d calls are not identified", n)
	}
	c.Close()
	eventually(t, "slots were kept", func() bool {
		return x.house.Limits.Sessions.Count()+x.house.Limits.Partners.Count("PARIS")+x.house.Limits.Listeners.Count("line") == 0
	})
}

func TestARefusalInTheHandshakeIsOneOfPhase2(t *testing.T) {
	for name, c := range map[string]struct {
		user, password string
		change         func(*testHouse)
		want           sdk.Code
	}{
		"a wrong password":    {"PARIS", "wrong", nil, sdk.PartnerPassword},
		"an unknown name":     {"NOBODY", "secret", nil, sdk.PartnerUnknown},
		"a disabled partner":  {"PARIS", "secret", func(h *testHouse) { h.partner.Disabled = true }, sdk.PartnerDisabled},
		"another protocol":    {"PARIS", "secret", func(h *testHouse) { h.partner.Protocols = []string{"pesit"} }, sdk.ProtocolForbidden},
		"half of the proof":   {"PARIS", "", func(h *testHouse) { h.partner.Require = []string{"key", "password"} }, sdk.PartnerProof},
		"nowhere to be taken": {"PARIS", "secret", func(h *testHouse) { h.house.Limits.Partners.Take("PARIS", 1); h.partner.MaxSessions = 1 }, sdk.LimitPartner},
	} {
		t.Run(name, func(t *testing.T) {
			x := newSSHHouse(t, c.change)
			auth := ssh.Password(c.password)
			if c.password == "" {
				auth = ssh.PublicKeys(x.key)
			}
			if client, err := x.dial(c.user, auth); err == nil {
				client.Close()
				t.Fatal("let in")
			}
			eventually(t, "not refused", func() bool { return len(x.codes()) > 0 })
			if got := x.codes(); len(got) != 1 || got[0] != string(c.want) {
				t.Errorf("refused were %v, want %s", got, c.want)
			}
		})
	}
}

func TestGuessesAtOtherNamesAreTold(t *testing.T) {
	x := newSSHHouse(t, nil)
	if _, err := x.dial("LYON", ssh.Password("guess")); err == nil {
		t.Fatal("let in")
	}
	if c, err := x.dial("PARIS", ssh.RetryableAuthMethod(ssh.PasswordCallback(passwords("mistyped", "secret")), 2)); err != nil {
		t.Fatal(err)
	} else {
		c.Close()
	}
	eventually(t, "not refused", func() bool { return slices.Contains(x.codes(), string(sdk.PartnerUnknown)) })
	for _, got := range x.codes() { // in any order: the second one leaves without a stream
		if got != string(sdk.PartnerUnknown) && got != string(sdk.ProtocolViolation) {
			t.Errorf("refused were %v", x.codes())
		}
	}
}

func passwords(list ...string) func() (string, error) {
	return func() (string, error) {
		p := list[0]
		list = list[1:]
		return p, nil
	}
}

func TestGuessesInTheHandshakeBanTheAddress(t *testing.T) {
	x := newSSHHouse(t, func(h *testHouse) {
		h.house.Throttle = throttle.New(throttle.Settings{Failures: 4, Within: time.Hour, Ban: time.Hour}, time.Now)
	})
	var last error
	for range 3 {
		_, last = x.dial("PARIS", ssh.RetryableAuthMethod(ssh.Password("guess"), 2))
	}
	if n, _ := x.house.Throttle.Count(); n != 1 || last == nil {
		t.Fatalf("%d addresses are banned, %v", n, last)
	}
	if c, err := x.dial("PARIS", ssh.Password("secret")); err == nil {
		c.Close()
		t.Error("a banned address was let in")
	}
	eventually(t, "the ban is not among the refusals", func() bool { return slices.Contains(x.codes(), string(sdk.LimitFailures)) })
}

func TestEveryStreamOfAConnectionIsASession(t *testing.T) {
	x := newSSHHouse(t, nil) // max_sessions is 4
	c, err := x.dial("PARIS", ssh.Password("secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var open []*talk
	for i := range 4 {
		o, err := greets(c)
		if err != nil {
			t.Fatalf("stream %d: %v", i, err)
		}
		open = append(open, o)
	}
	if n := x.house.Limits.Partners.Count("PARIS"); n != 4 {
		t.Errorf("%d sessions are counted", n)
	}
	if _, err := greets(c); err == nil {
		t.Error("a fifth stream was served")
	}
	open[0].s.Close() // the first session: its slots are the connection's
	eventually(t, "the first session did not end", func() bool { return x.registry.Sessions() == 3 })
	if _, err := greets(c); err != nil {
		t.Errorf("no stream took the place of the first: %v", err)
	}
	c.Close()
	eventually(t, "slots were kept", func() bool {
		return x.house.Limits.Sessions.Count()+x.house.Limits.Partners.Count("PARIS")+x.house.Limits.Listeners.Count("line") == 0
	})
}

func TestAConnectionWithoutAStreamEndsWithTheServer(t *testing.T) {
	x := newSSHHouse(t, nil)
	c, err := x.dial("PARIS", ssh.Password("secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	o, err := greets(c)
	if err != nil {
		t.Fatal(err)
	}
	o.s.Close()
	eventually(t, "the session did not end", func() bool { return x.registry.Sessions() == 0 })
	x.registry.Drain(false)
	if err := c.Wait(); err == nil {
		t.Error("the connection ended in good order without its caller")
	}
	eventually(t, "slots were kept", func() bool { return x.house.Limits.Sessions.Count() == 0 })
}

func TestWhoeverIsLetInAndAsksForNothingIsSentAway(t *testing.T) {
	x := newSSHHouse(t, func(h *testHouse) { h.listener.Timeouts.Connect = 300 * time.Millisecond })
	c, err := x.dial("PARIS", ssh.Password("secret"))
	if err != nil {
		t.Skipf("too slow for the connect time: %v", err)
	}
	if err := c.Wait(); err == nil {
		t.Error("the connection ended in good order without its caller")
	}
	eventually(t, "slots were kept", func() bool { return x.house.Limits.Unauthenticated.Count()+x.house.Limits.Sessions.Count() == 0 })
}

func TestAPartnerSwitchedOffAfterTheHandshakeHasNoSession(t *testing.T) {
	x := newSSHHouse(t, nil)
	c, err := x.dial("PARIS", ssh.Password("secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	o, err := newTalk(c)
	if err != nil {
		t.Fatal(err)
	}
	x.off.Store(true)
	x.registry.Expel("PARIS", "root") // finds no session yet
	if got, _ := o.say("HELLO SOMEBODY wrong interval=1024 window=2 resync=0"); strings.HasPrefix(got, "WELCOME") {
		t.Errorf("a partner that is switched off heard %q", got)
	}
	eventually(t, "not refused", func() bool { return slices.Contains(x.codes(), string(sdk.PartnerDisabled)) })
}
