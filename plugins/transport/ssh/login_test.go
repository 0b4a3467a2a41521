package ssh

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
	"golang.org/x/crypto/ssh"
)

func TestWhoGetsIn(t *testing.T) {
	key, other, authority := newSigner(t), newSigner(t), newSigner(t)
	x := newServer(t, Settings{}, house(key.PublicKey(), authority.PublicKey()))
	password, wrong := ssh.Password("sesame"), ssh.Password("wrong")
	keys := func(s ...ssh.Signer) ssh.AuthMethod { return ssh.PublicKeys(s...) }
	signed := func(change func(*ssh.Certificate)) ssh.Signer { return certificate(t, other, authority, change) }
	for _, c := range []struct {
		name, user string
		auth       []ssh.AuthMethod
		want       bool
	}{
		{"a password", "PARIS", []ssh.AuthMethod{password}, true},
		{"a wrong password", "PARIS", []ssh.AuthMethod{wrong}, false},
		{"a key", "PARIS", []ssh.AuthMethod{keys(key)}, true},
		{"another key", "PARIS", []ssh.AuthMethod{keys(other)}, false},
		{"another key, then the right one", "PARIS", []ssh.AuthMethod{keys(other, key)}, true},
		{"another key, then the password", "PARIS", []ssh.AuthMethod{keys(other), password}, true},
		{"key and password", "BOTH", []ssh.AuthMethod{keys(key), password}, true},
		{"the key without the password", "BOTH", []ssh.AuthMethod{keys(key)}, false},
		{"the key and a wrong password", "BOTH", []ssh.AuthMethod{keys(key), wrong}, false},
		{"the password without the key", "BOTH", []ssh.AuthMethod{password}, false},
		{"a certificate", "PARIS", []ssh.AuthMethod{keys(signed(nil))}, true},
		{"a certificate of another authority", "PARIS", []ssh.AuthMethod{keys(certificate(t, other, other, nil))}, false},
		{"a certificate that ran out", "PARIS", []ssh.AuthMethod{keys(signed(func(c *ssh.Certificate) { c.ValidBefore = 1 }))}, false},
		{"a certificate that is not valid yet", "PARIS", []ssh.AuthMethod{keys(signed(func(c *ssh.Certificate) { c.ValidAfter = 1 << 40 }))}, false},
		{"a host's certificate", "PARIS", []ssh.AuthMethod{keys(signed(func(c *ssh.Certificate) { c.CertType = ssh.HostCert }))}, false},
		{"a certificate for everybody", "PARIS", []ssh.AuthMethod{keys(signed(func(c *ssh.Certificate) { c.ValidPrincipals = nil }))}, false},
		{"a certificate for SFTP alone", "PARIS", []ssh.AuthMethod{keys(signed(option("force-command", "internal-sftp")))}, true},
		{"a certificate for another command", "PARIS", []ssh.AuthMethod{keys(signed(option("force-command", "/bin/sh")))}, false},
		{"a certificate with an unknown option", "PARIS", []ssh.AuthMethod{keys(signed(option("verify-required", "")))}, false},
		{"a certificate from here", "PARIS", []ssh.AuthMethod{keys(signed(option("source-address", "127.0.0.0/8")))}, true},
		{"a certificate from elsewhere", "PARIS", []ssh.AuthMethod{keys(signed(option("source-address", "192.0.2.0/24")))}, false},
		{"a name that nobody has", "NOBODY", []ssh.AuthMethod{password}, false},
		{"nothing", "PARIS", nil, false},
		{"whoever may not call now", "CLOSED", []ssh.AuthMethod{password}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, err := x.dial(c.user, c.auth...)
			if err == nil {
				err = echoes(client)
				client.Close()
			}
			if (err == nil) != c.want {
				t.Errorf("%v", err)
			}
		})
	}
}

func option(name, value string) func(*ssh.Certificate) {
	return func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{name: value} }
}

// certificate signs a user's key for PARIS.
func certificate(t *testing.T, key, authority ssh.Signer, change func(*ssh.Certificate)) ssh.Signer {
	t.Helper()
	c := &ssh.Certificate{Key: key.PublicKey(), CertType: ssh.UserCert, KeyId: "test", ValidPrincipals: []string{"PARIS"},
		ValidBefore: ssh.CertTimeInfinity}
	if change != nil {
		change(c)
	}
	if err := c.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewCertSigner(c, key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAKeyIsAskedAboutOnceItsHolderHasSigned(t *testing.T) {
	key := newSigner(t)
	x := newServer(t, Settings{}, house(key.PublicKey(), nil))
	c, err := x.dial("PARIS", ssh.PublicKeys(key))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := echoes(c); err != nil {
		t.Fatal(err)
	}
	claims, opened, _ := x.seen()
	want := sdk.Claim{Name: "PARIS", Method: "key", Key: ssh.FingerprintSHA256(key.PublicKey())}
	if fmt.Sprint(claims) != fmt.Sprint([]sdk.Claim{want}) || fmt.Sprint(opened) != fmt.Sprint(claims) {
		t.Errorf("asked %+v, opened %+v", claims, opened)
	}
}

func TestAKeyThatIsOnlyOfferedIsNobodysBusiness(t *testing.T) {
	x := newServer(t, Settings{}, house(nil, nil))
	if _, err := x.dial("PARIS", ssh.PublicKeys(&mute{newSigner(t)})); err == nil {
		t.Fatal("let in without a signature")
	}
	if claims, _, _ := x.seen(); len(claims) > 0 {
		t.Errorf("asked about %+v", claims)
	}
}

// mute has a key that it cannot sign with.
type mute struct{ ssh.Signer }

func (mute) Sign(io.Reader, []byte) (*ssh.Signature, error) { return nil, errors.New("no") }

func TestTheRefusalIsToldToWhoOpened(t *testing.T) {
	x := newServer(t, Settings{}, house(nil, nil))
	var banner string
	_, err := x.dialWith(&ssh.ClientConfig{User: "CLOSED", Auth: []ssh.AuthMethod{ssh.Password("sesame")},
		BannerCallback: func(m string) error { banner += m; return nil }})
	if err == nil {
		t.Fatal("let in")
	}
	for range 200 {
		if _, _, errs := x.seen(); len(errs) > 0 {
			if r, ok := sdk.AsRefusal(errs[0]); !ok || r.Code != sdk.PartnerHours {
				t.Errorf("%v", errs[0])
			}
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if row, _ := sdk.PartnerHours.Row(); strings.TrimSpace(banner) != row.Public {
		t.Errorf("the caller was told %q", banner)
	}
}

// TestAnUnknownNameLooksLikeAKnownOne compares the lengths of all that the server writes: what is in it is encrypted.
func TestAnUnknownNameLooksLikeAKnownOne(t *testing.T) {
	key := newSigner(t)
	x := newServer(t, Settings{}, house(key.PublicKey(), nil))
	heard := func(user string, auth ...ssh.AuthMethod) string {
		c, err := net.Dial("tcp", x.address)
		if err != nil {
			t.Fatal(err)
		}
		r := &recorder{Conn: c}
		_, _, _, err = ssh.NewClientConn(r, x.address, &ssh.ClientConfig{User: user, Auth: auth, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
			Config: ssh.Config{Ciphers: []string{ssh.CipherAES128GCM}, KeyExchanges: []string{ssh.KeyExchangeECDHP256}}})
		return fmt.Sprint(r.n.Load(), err)
	}
	other := newSigner(t)
	for _, auth := range [][]ssh.AuthMethod{{ssh.Password("wrong")}, {ssh.PublicKeys(other)}, {ssh.PublicKeys(other), ssh.Password("wrong")}, nil} {
		if known, unknown := heard("PARIS", auth...), heard("NOBOD", auth...); known != strings.ReplaceAll(unknown, "NOBOD", "PARIS") {
			t.Errorf("%d methods: a known name hears %s, an unknown one %s", len(auth), known, unknown)
		}
	}
}

type recorder struct {
	net.Conn
	n atomic.Int64
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.n.Add(int64(n))
	return n, err
}

func TestWhoeverFailsTooOftenIsSentAway(t *testing.T) {
	x := newServer(t, Settings{Tries: 3}, house(nil, nil))
	tries := 0
	_, err := x.dial("PARIS", ssh.RetryableAuthMethod(ssh.PasswordCallback(func() (string, error) { tries++; return "wrong", nil }), 10))
	if claims, _, _ := x.seen(); err == nil || len(claims) != 3 {
		t.Errorf("%d were asked about, %v", len(claims), err)
	}
}

func TestASlowHandshakeEndsWithItsTime(t *testing.T) {
	x := newServer(t, Settings{}, house(nil, nil))
	x.time.Store(int64(50 * time.Millisecond))
	for _, said := range []string{"", "SSH-2.0-slow", "SSH-2.0-slow\r\n", strings.Repeat("nonsense\r\n", 5)} {
		c, err := net.Dial("tcp", x.address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, said); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		var got bytes.Buffer
		if _, err := io.Copy(&got, c); errors.Is(err, net.ErrClosed) || err != nil && strings.Contains(err.Error(), "timeout") {
			t.Errorf("%q: not closed: %v", said, err)
		}
		if !strings.HasPrefix(got.String(), version+"\r\n") {
			t.Errorf("the server calls itself %q", got.String())
		}
		c.Close()
	}
}

func TestOldAlgorithmsAreRefused(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skipf("rsa: %v", err)
	}
	weak, err := ssh.NewSignerFromKey(short)
	if err != nil {
		t.Fatal(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	strongKey, err := ssh.NewSignerFromKey(long)
	if err != nil {
		t.Fatal(err)
	}
	sha1, err := ssh.NewSignerWithAlgorithms(strongKey.(ssh.AlgorithmSigner), []string{ssh.KeyAlgoRSA})
	if err != nil {
		t.Fatal(err)
	}
	x := newServer(t, Settings{}, func(c sdk.Claim) (sdk.Partner, error) { return sdk.Partner{}, nil })
	for name, c := range map[string]ssh.ClientConfig{
		"key exchange with SHA-1":  {Config: ssh.Config{KeyExchanges: []string{ssh.InsecureKeyExchangeDH14SHA1}}},
		"key exchange of group 14": {Config: ssh.Config{KeyExchanges: []string{ssh.KeyExchangeDH14SHA256}}},
		"CBC":                      {Config: ssh.Config{Ciphers: []string{ssh.InsecureCipherAES128CBC}}},
		"a MAC with SHA-1":         {Config: ssh.Config{Ciphers: []string{ssh.CipherAES128CTR}, MACs: []string{ssh.HMACSHA1}}},
		"host key of RSA, SHA-1":   {HostKeyAlgorithms: []string{ssh.KeyAlgoRSA}},
		"a short key of RSA":       {Auth: []ssh.AuthMethod{ssh.PublicKeys(weak)}},
		"a signature with SHA-1":   {Auth: []ssh.AuthMethod{ssh.PublicKeys(sha1)}},
	} {
		c.User = "PARIS"
		if c.Auth == nil {
			c.Auth = []ssh.AuthMethod{ssh.Password("x")}
		}
		if client, err := x.dialWith(&c); err == nil {
			client.Close()
			t.Errorf("%s is spoken", name)
		}
	}
	for _, cipher := range []string{ssh.CipherAES128GCM, ssh.CipherAES256GCM, ssh.CipherChaCha20Poly1305, ssh.CipherAES128CTR, ssh.CipherAES256CTR} {
		client, err := x.dialWith(&ssh.ClientConfig{User: "PARIS", Auth: []ssh.AuthMethod{ssh.PublicKeys(strongKey)}, Config: ssh.Config{Ciphers: []string{cipher}}})
		if err == nil {
			err = echoes(client)
			client.Close()
		}
		if err != nil {
			t.Errorf("%s: %v", cipher, err)
		}
	}
}
