package ssh

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
	"golang.org/x/crypto/ssh"
)

func anybody(sdk.Claim) (sdk.Partner, error) { return sdk.Partner{ID: "PARIS"}, nil }

func TestNothingButSFTPIsOffered(t *testing.T) {
	x := newServer(t, Settings{}, anybody)
	c, err := x.dial("PARIS", ssh.Password("x"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, kind := range []string{"direct-tcpip", "x11", "direct-streamlocal@openssh.com"} {
		if _, _, err := c.OpenChannel(kind, nil); err == nil {
			t.Errorf("a channel for %s was opened", kind)
		}
	}
	if _, err := c.Listen("tcp", "127.0.0.1:0"); err == nil {
		t.Error("a port is forwarded")
	}
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for what, err := range map[string]error{"a shell": s.Shell(), "an environment": s.Setenv("A", "b"), "a terminal": s.RequestPty("vt100", 1, 1, nil),
		"another subsystem": s.RequestSubsystem("netconf")} {
		if err == nil {
			t.Errorf("%s is offered", what)
		}
	}
	if ok, _, err := c.SendRequest("keepalive@openssh.com", true, nil); ok || err != nil {
		t.Errorf("a keepalive was answered with %v, %v", ok, err)
	}
	if err := echoes(c); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

func TestMoreChannelsThanOneConnectionMayHaveAreRefused(t *testing.T) {
	x := newServer(t, Settings{}, anybody)
	c, err := x.dial("PARIS", ssh.Password("x"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i := range maxChannels + 1 {
		_, err := c.NewSession()
		if (err == nil) != (i < maxChannels) {
			t.Errorf("channel %d: %v", i, err)
		}
	}
}

func TestHostKeysAreProvenAndAnnounced(t *testing.T) {
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := newServer(t, Settings{HostKeys: []string{newKeyFile(t), newKeyFile(t), writeKey(t, long, 0o600), writeKey(t, curve, 0o600)}}, anybody)
	nc, err := net.Dial("tcp", x.address)
	if err != nil {
		t.Fatal(err)
	}
	var used ssh.PublicKey
	conn, _, requests, err := ssh.NewClientConn(nc, x.address, &ssh.ClientConfig{User: "PARIS", Auth: []ssh.AuthMethod{ssh.Password("x")},
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
		HostKeyCallback:   func(_ string, _ net.Addr, k ssh.PublicKey) error { used = k; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if ssh.FingerprintSHA256(used) != x.transport.Fingerprints()[0] {
		t.Error("of two keys of a kind the second was used")
	}
	for range 2 {
		if _, _, err := conn.OpenChannel("session", nil); err != nil {
			t.Fatal(err)
		}
	}
	r := <-requests
	if r.Type != announceKeys || r.WantReply {
		t.Fatalf("the server asked for %s", r.Type)
	}
	ok, reply, err := conn.SendRequest(proveKeys, true, r.Payload)
	if err != nil || !ok {
		t.Fatalf("not proven: %v", err)
	}
	type list struct {
		Item []byte
		Rest []byte `ssh:"rest"`
	}
	keys := 0
	for announced := r.Payload; len(announced) > 0; keys++ {
		var k, s list
		var signature ssh.Signature
		if errors.Join(ssh.Unmarshal(announced, &k), ssh.Unmarshal(reply, &s), ssh.Unmarshal(s.Item, &signature)) != nil {
			t.Fatal("an announcement that cannot be read")
		}
		announced, reply = k.Rest, s.Rest
		public, err := ssh.ParsePublicKey(k.Item)
		if err != nil {
			t.Fatal(err)
		}
		data := ssh.Marshal(struct {
			Request      string
			Session, Key []byte
		}{proveKeys, conn.SessionID(), k.Item})
		if err := public.Verify(data, &signature); err != nil || signature.Format == ssh.KeyAlgoRSA {
			t.Errorf("the key %s is not proven: %s %v", public.Type(), signature.Format, err)
		}
	}
	if keys != 4 {
		t.Errorf("%d keys were announced", keys)
	}
	strange := newSigner(t).PublicKey().Marshal()
	if ok, _, _ := conn.SendRequest(proveKeys, true, ssh.Marshal(struct{ Key []byte }{strange})); ok {
		t.Error("a key of nobody was proven")
	}
	if len(requests) > 0 { // what was said before that answer is here
		t.Error("the keys were announced again")
	}
}

func TestAHostKeyThatCannotBeTrustedIsRefused(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skipf("rsa: %v", err)
	}
	none := newKeyFile(t) + "none"
	open := newKeyFile(t)
	if err := os.Chmod(open, 0o640); err != nil {
		t.Fatal(err)
	}
	damaged := newKeyFile(t)
	if err := os.WriteFile(damaged, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = New(Settings{HostKeys: []string{none, open, damaged, writeKey(t, short, 0o600)}})
	for _, want := range []string{"no such file", "can be read by others", "no private key", "fewer than 2048 bits"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s in %v", want, err)
		}
	}
	if _, err := New(Settings{}); err == nil {
		t.Error("a server without a key")
	}
}

func TestOtherKeysAreAChange(t *testing.T) {
	a, b := newKeyFile(t), newKeyFile(t)
	first, err1 := New(Settings{HostKeys: []string{a}})
	same, err2 := New(Settings{HostKeys: []string{a}})
	second, err3 := New(Settings{HostKeys: []string{a, b}})
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if len(same.Changed(first)) != 0 || len(second.Changed(first)) != 1 {
		t.Errorf("changed: %v, %v", same.Changed(first), second.Changed(first))
	}
}

// opened gives the server's side of a stream, and the client's.
func opened(t *testing.T) (sdk.Link, net.Conn, *ssh.Session, *ssh.Client) {
	t.Helper()
	x, err := New(Settings{HostKeys: []string{newKeyFile(t)}})
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	links := make(chan sdk.Link, 1)
	go func() {
		defer close(links)
		if c, err := socket.Accept(); err == nil {
			if l, err := x.Open(context.Background(), c, anybody); err == nil {
				links <- l
			}
		}
	}()
	c, err := ssh.Dial("tcp", socket.Addr().String(), &ssh.ClientConfig{User: "PARIS", Auth: []ssh.AuthMethod{ssh.Password("x")},
		HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	if err != nil {
		t.Fatal(err)
	}
	l := <-links
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.RequestSubsystem("sftp") }()
	stream, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); c.Close() })
	return l, stream.(net.Conn), s, c
}

func TestADeadlineEndsAReadAndAWrite(t *testing.T) {
	_, stream, _, _ := opened(t)
	if err := stream.SetReadDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read: %v", err)
	}
	_, stream, _, _ = opened(t) // whose client reads nothing, until its window is closed
	if err := stream.SetWriteDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Write(make([]byte, 64<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("write: %v", err)
	}
}

func TestADeadlineThatIsTakenBackDoesNothing(t *testing.T) {
	_, stream, s, _ := opened(t)
	if err := errors.Join(stream.SetDeadline(time.Now().Add(time.Hour)), stream.SetDeadline(time.Time{})); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if _, err := stream.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("%v", err)
	}
}

func TestADeadlineThatPassesWhileNobodyWaitsDoesNothing(t *testing.T) {
	_, stream, _, c := opened(t)
	if _, err := stream.Write([]byte("an answer")); err != nil {
		t.Fatal(err)
	}
	if err := stream.SetWriteDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, _, err := c.SendRequest("keepalive@openssh.com", true, nil); err != nil {
			t.Fatalf("a client that thinks was cut off: %v", err)
		}
	}
	if err := stream.SetWriteDeadline(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Write([]byte("another one")); err != nil {
		t.Error(err)
	}
}

func TestAClosedStreamEndsItsReaderAndNotTheConnection(t *testing.T) {
	_, stream, _, c := opened(t)
	read := make(chan error)
	go func() {
		_, err := stream.Read(make([]byte, 1))
		read <- err
	}()
	if err := errors.Join(stream.Close(), stream.Close()); err != nil {
		t.Fatal(err)
	}
	if err := <-read; err != io.EOF {
		t.Errorf("%v", err)
	}
	if _, _, err := c.SendRequest("keepalive@openssh.com", true, nil); err != nil {
		t.Errorf("the connection is gone too: %v", err)
	}
}

func TestKeysAreExchangedAnewWhileDataFlows(t *testing.T) {
	x := newServer(t, Settings{}, anybody)
	c, err := x.dialWith(&ssh.ClientConfig{User: "PARIS", Auth: []ssh.AuthMethod{ssh.Password("x")}, Config: ssh.Config{RekeyThreshold: 256 << 10}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	in, err1 := s.StdinPipe()
	out, err2 := s.StdoutPipe()
	if err := errors.Join(err1, err2, s.RequestSubsystem("sftp")); err != nil {
		t.Fatal(err)
	}
	data := bytes.Repeat([]byte("0123456789abcdef"), 128<<10) // 2 MiB
	go func() { _, _ = in.Write(data) }()
	got := make([]byte, len(data))
	if _, err := io.ReadFull(out, got); err != nil || !bytes.Equal(got, data) {
		t.Errorf("what came back is not what was sent: %v", err)
	}
}
