package ssh

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
	"golang.org/x/crypto/ssh"
)

// newSigner makes a key.
func newSigner(t testing.TB) ssh.Signer {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// writeKey writes a private key as OpenSSH does.
func writeKey(t testing.TB, key any, mode os.FileMode) string {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, pem.EncodeToMemory(block), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
	return file
}

func newKeyFile(t testing.TB) string {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return writeKey(t, k, 0o600)
}

// server opens links for whoever calls and echoes what comes on their streams.
type server struct {
	t         *testing.T
	transport *Transport
	address   string
	identify  func(sdk.Claim) (sdk.Partner, error)
	time      atomic.Int64 // of a whole call, in nanoseconds
	ended     sync.WaitGroup

	mu     sync.Mutex
	claims []sdk.Claim // that were asked about
	opened []sdk.Claim // that links claim
	last   sdk.Link
	errs   []error
}

func newServer(t *testing.T, s Settings, identify func(sdk.Claim) (sdk.Partner, error)) *server {
	t.Helper()
	if s.HostKeys == nil {
		s.HostKeys = []string{newKeyFile(t)}
	}
	transport, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x := &server{t: t, transport: transport, address: socket.Addr().String(), identify: identify}
	x.time.Store(int64(20 * time.Second))
	var calls sync.WaitGroup
	calls.Go(func() {
		for {
			c, err := socket.Accept()
			if err != nil {
				return
			}
			x.ended.Go(func() { x.serve(c) })
		}
	})
	t.Cleanup(func() { socket.Close(); calls.Wait(); x.ended.Wait() })
	return x
}

func (x *server) ask(c sdk.Claim) (sdk.Partner, error) {
	x.mu.Lock()
	x.claims = append(x.claims, c)
	x.mu.Unlock()
	return x.identify(c)
}

func (x *server) serve(c net.Conn) {
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(x.time.Load()))
	defer cancel()
	l, err := x.transport.Open(ctx, c, x.ask)
	if err != nil {
		x.mu.Lock()
		x.errs = append(x.errs, err)
		x.mu.Unlock()
		return
	}
	x.mu.Lock()
	x.opened, x.last = append(x.opened, l.Claim()), l
	x.mu.Unlock()
	var streams sync.WaitGroup
	for {
		s, err := l.Accept()
		if err != nil {
			x.mu.Lock()
			if err != io.EOF {
				x.errs = append(x.errs, err)
			}
			x.mu.Unlock()
			break
		}
		streams.Go(func() { _, _ = io.Copy(s, s); s.Close() })
	}
	l.Close()
	streams.Wait()
}

func (x *server) seen() (claims, opened []sdk.Claim, errs []error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return append(claims, x.claims...), append(opened, x.opened...), append(errs, x.errs...)
}

// dial calls with these proofs.
func (x *server) dial(user string, auth ...ssh.AuthMethod) (*ssh.Client, error) {
	return x.dialWith(&ssh.ClientConfig{User: user, Auth: auth})
}

func (x *server) dialWith(c *ssh.ClientConfig) (*ssh.Client, error) {
	if c.HostKeyCallback == nil {
		c.HostKeyCallback = ssh.InsecureIgnoreHostKey()
	}
	c.Timeout = 10 * time.Second
	return ssh.Dial("tcp", x.address, c)
}

// echoes opens a stream and has some bytes come back.
func echoes(c *ssh.Client) error {
	s, err := c.NewSession()
	if err != nil {
		return err
	}
	defer s.Close()
	in, err := s.StdinPipe()
	if err != nil {
		return err
	}
	out, err := s.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.RequestSubsystem("sftp"); err != nil {
		return err
	}
	const text = "hello"
	if _, err := io.WriteString(in, text); err != nil {
		return err
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(out, got); err != nil {
		return err
	}
	if string(got) != text {
		return errors.New("something else came back: " + string(got))
	}
	return nil
}

// house knows PARIS, who has a password and a key, BOTH, who needs both, and CLOSED, who may not call now.
func house(key, authority ssh.PublicKey) func(sdk.Claim) (sdk.Partner, error) {
	return func(c sdk.Claim) (sdk.Partner, error) {
		known := c.Key != "" && key != nil && c.Key == ssh.FingerprintSHA256(key)
		if c.Authority != "" {
			known = authority != nil && c.Authority == ssh.FingerprintSHA256(authority)
		}
		right := c.Secret.Equal(sdk.NewSecret("sesame"))
		switch {
		case c.Name == "CLOSED" && right:
			return sdk.Partner{}, sdk.Refuse(sdk.PartnerHours, "not now")
		case c.Name == "PARIS" && (known || right), c.Name == "BOTH" && known && right:
			return sdk.Partner{ID: c.Name}, nil
		case c.Name == "BOTH" && known && c.Secret.Empty():
			return sdk.Partner{}, sdk.Refuse(sdk.PartnerProof, "and the password")
		case c.Name != "PARIS" && c.Name != "BOTH":
			return sdk.Partner{}, sdk.Refuse(sdk.PartnerUnknown, "nobody calls itself %q", c.Name)
		}
		return sdk.Partner{}, sdk.Refuse(sdk.PartnerPassword, "wrong proof of %s", c.Name)
	}
}
