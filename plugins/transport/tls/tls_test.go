package tls_test

import (
	"context"
	"crypto"
	gotls "crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/plugins/transport/tls"
)

// outcome is how the server saw a handshake: the client learns of a refusal after its own end of it, with TLS 1.3.
type outcome struct {
	err   error
	state gotls.ConnectionState
	names []string
}

// shake lets a real client call the transport over loopback.
func shake(t *testing.T, s *tls.Transport, c *gotls.Config) outcome {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	served := make(chan outcome, 1)
	go func() {
		var o outcome
		conn, err := l.Accept()
		if err != nil {
			served <- outcome{err: err}
			return
		}
		defer conn.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		link, err := s.Open(ctx, conn, nil)
		if err != nil {
			served <- outcome{err: err}
			return
		}
		o.names = link.Claim().CertNames
		stream, err := link.Accept()
		if err == nil {
			_, err = io.WriteString(stream, "hello")
		}
		o.err = err
		link.Close()
		served <- o
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	client := gotls.Client(conn, c)
	_, _ = io.ReadAll(client) // the handshake, the tickets, hello and the end
	o := <-served
	o.state = client.ConnectionState()
	if o.err == nil && err != nil {
		t.Errorf("the client says %v", err)
	}
	return o
}

// client is one that trusts a and shows a certificate with its chain.
func client(a *authority, key crypto.Signer, chain ...*x509.Certificate) *gotls.Config {
	c := &gotls.Config{RootCAs: x509.NewCertPool(), ServerName: "server.example.org"}
	c.RootCAs.AddCert(a.cert)
	if key != nil {
		pair := gotls.Certificate{PrivateKey: key}
		for _, x := range chain {
			pair.Certificate = append(pair.Certificate, x.Raw)
		}
		c.GetClientCertificate = func(*gotls.CertificateRequestInfo) (*gotls.Certificate, error) { return &pair, nil }
	}
	return c
}

func settings(a *authority, auth string) tls.Settings {
	s := tls.Settings{ClientAuth: auth, ClientCA: a.file("ca.pem", inPEM("CERTIFICATE", a.cert.Raw))}
	s.Cert, s.Key = a.pair("server.example.org")
	return s
}

func serve(t *testing.T, s tls.Settings) *tls.Transport {
	t.Helper()
	out, err := tls.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOnlyModernVersionsAndSuitesAreAnswered(t *testing.T) {
	a := newAuthority(t)
	s := serve(t, settings(a, "none"))
	for name, c := range map[string]struct {
		change func(*gotls.Config)
		ok     bool
	}{
		"TLS 1.3": {func(c *gotls.Config) { c.MinVersion = gotls.VersionTLS13 }, true},
		"TLS 1.2": {func(c *gotls.Config) { c.MaxVersion = gotls.VersionTLS12 }, true},
		"TLS 1.1": {func(c *gotls.Config) { c.MinVersion, c.MaxVersion = gotls.VersionTLS10, gotls.VersionTLS11 }, false},
		"without AEAD": {func(c *gotls.Config) {
			c.MaxVersion, c.CipherSuites = gotls.VersionTLS12, []uint16{gotls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
		}, false},
		"without ECDHE": {func(c *gotls.Config) {
			c.MaxVersion, c.CipherSuites = gotls.VersionTLS12, []uint16{gotls.TLS_RSA_WITH_AES_128_GCM_SHA256}
		}, false},
	} {
		conf := client(a, nil)
		c.change(conf)
		if o := shake(t, s, conf); (o.err == nil) != c.ok {
			t.Errorf("%s: %v", name, o.err)
		}
	}
}

func TestClientsAreVerifiedAgainstTheAuthoritiesAndTheLists(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	mid := a.below("mid.example.org")
	good, goodKey := a.sign("paris.example.org")
	bad, badKey := a.sign("lyon.example.org")
	old, oldKey := a.sign("old.example.org", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	unknown, unknownKey := stranger.sign("unknown.example.org")
	deep, deepKey := mid.sign("deep.example.org")
	deepBad, deepBadKey := mid.sign("deepbad.example.org")
	lost := a.below("lost.example.org")
	below, belowKey := lost.sign("below.example.org")

	s := settings(a, "require")
	s.CRL = []string{a.file("root.crl", a.list(nil, bad, lost.cert)), // DER
		a.file("mid.crl", inPEM("X509 CRL", mid.list(nil, deepBad), lost.list(nil)))}
	server := serve(t, s)
	for _, version := range []uint16{gotls.VersionTLS12, gotls.VersionTLS13} {
		for name, c := range map[string]struct {
			key   crypto.Signer
			chain []*x509.Certificate
			want  error
			text  string
		}{
			"good":                      {goodKey, []*x509.Certificate{good}, nil, ""},
			"revoked":                   {badKey, []*x509.Certificate{bad}, tls.ErrRevoked, "lyon.example.org"},
			"expired":                   {oldKey, []*x509.Certificate{old}, errors.ErrUnsupported, "expired"},
			"unknown":                   {unknownKey, []*x509.Certificate{unknown}, errors.ErrUnsupported, "unknown authority"},
			"none":                      {nil, nil, errors.ErrUnsupported, "certificate"},
			"good, by an intermediate":  {deepKey, []*x509.Certificate{deep, mid.cert}, nil, ""},
			"revoked, by it":            {deepBadKey, []*x509.Certificate{deepBad, mid.cert}, tls.ErrRevoked, "deepbad"},
			"the intermediate, revoked": {belowKey, []*x509.Certificate{below, lost.cert}, tls.ErrRevoked, "lost.example.org"},
		} {
			conf := client(a, c.key, c.chain...)
			conf.MinVersion, conf.MaxVersion = version, version
			switch o := shake(t, server, conf); {
			case c.want == nil && (o.err != nil || !slices.Contains(o.names, c.chain[0].Subject.CommonName)):
				t.Errorf("%s: %v, names %v", name, o.err, o.names)
			case c.want == nil:
			case o.err == nil || c.want != errors.ErrUnsupported && !errors.Is(o.err, c.want) || !strings.Contains(o.err.Error(), c.text):
				t.Errorf("%s: %v", name, o.err)
			}
		}
	}
}

func TestAListMayEndAsALineDoesAndHaveALineEndBehindIt(t *testing.T) {
	a := newAuthority(t)
	good, key := a.sign("paris.example.org")
	list := a.list(nil)
	for list[len(list)-1] != '\n' { // a byte of the signature: one list of 256 ends so
		list = a.list(nil)
	}
	for name, content := range map[string][]byte{"alone": list, "with a line's end": append(slices.Clone(list), "\r\n"...)} {
		s := settings(a, "require")
		s.CRL = []string{a.file("line.crl", content)}
		if o := shake(t, serve(t, s), client(a, key, good)); o.err != nil {
			t.Errorf("%s: %v", name, o.err)
		}
	}
}

func TestWithoutAValidListNobodyIsLetIn(t *testing.T) {
	a := newAuthority(t)
	twin := &authority{T: t, dir: t.TempDir(), serial: new(int64)} // the same name, another key
	twin.cert, twin.key = twin.sign("root.example.org", authorityOf)
	other := newAuthority(t).below("other.example.org")
	good, key := a.sign("paris.example.org")
	past := func(l *x509.RevocationList) { l.NextUpdate = time.Now().Add(-time.Second) }
	for name, c := range map[string]struct {
		lists [][]byte
		want  string
	}{
		"valid":                 {[][]byte{a.list(nil)}, ""},
		"ran out":               {[][]byte{a.list(past)}, "ran out"},
		"one of two ran out":    {[][]byte{a.list(past), a.list(nil)}, ""},
		"an old one revoked it": {[][]byte{a.list(past, good), a.list(nil)}, "revoked"},
		"of another issuer":     {[][]byte{other.list(nil)}, "none of crl"},
		"of another key":        {[][]byte{twin.list(nil)}, "signature"},
		"not valid yet": {[][]byte{a.list(func(l *x509.RevocationList) {
			l.ThisUpdate, l.NextUpdate = time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
		})}, "begins to hold"},
		"of authorities only":    {[][]byte{a.list(scoped(t, distribution{Authorities: true}))}, "none of crl"},
		"of users only":          {[][]byte{a.list(scoped(t, distribution{Users: true}))}, ""},
		"of users only, revoked": {[][]byte{a.list(scoped(t, distribution{Users: true}), good)}, "revoked"},
		"of another point":       {[][]byte{a.list(scoped(t, distribution{Point: point("http://example.org/2.crl")}))}, "none of crl"},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings(a, "require")
			s.CRL = []string{a.file("list.crl", inPEM("X509 CRL", c.lists...))}
			switch o := shake(t, serve(t, s), client(a, key, good)); {
			case (o.err == nil) != (c.want == ""):
				t.Error(o.err)
			case o.err != nil && !strings.Contains(o.err.Error(), c.want):
				t.Errorf("%v does not say %q", o.err, c.want)
			}
		})
	}
}

// distribution is an issuing distribution point to be written.
type distribution struct {
	Point       asn1.RawValue `asn1:"optional"`
	Users       bool          `asn1:"optional,tag:1"`
	Authorities bool          `asn1:"optional,tag:2"`
	Indirect    bool          `asn1:"optional,tag:4"`
}

func point(uri string) asn1.RawValue {
	context := func(tag int, compound bool, b []byte) []byte {
		der, _ := asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tag, IsCompound: compound, Bytes: b})
		return der
	}
	return asn1.RawValue{FullBytes: context(0, true, context(0, true, context(6, false, []byte(uri))))}
}

func scoped(t *testing.T, d distribution) func(*x509.RevocationList) {
	der, err := asn1.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: der})
	}
}

func TestAListOfOnePointIsForTheCertificatesThatNameIt(t *testing.T) {
	a := newAuthority(t)
	const uri = "http://example.org/1.crl"
	c, key := a.sign("paris.example.org", func(c *x509.Certificate) { c.CRLDistributionPoints = []string{uri} })
	s := settings(a, "require")
	s.CRL = []string{a.file("list.crl", a.list(scoped(t, distribution{Point: point(uri)})))}
	if o := shake(t, serve(t, s), client(a, key, c)); o.err != nil {
		t.Error(o.err)
	}
	s.CRL = []string{a.file("list.crl", a.list(scoped(t, distribution{Point: point(uri)}), c))}
	if o := shake(t, serve(t, s), client(a, key, c)); !errors.Is(o.err, tls.ErrRevoked) {
		t.Error(o.err)
	}
}

func TestListsThatCannotBeJudgedAreRefusedWhenTheyAreLoaded(t *testing.T) {
	a := newAuthority(t)
	extension := func(id ...int) func(*x509.RevocationList) {
		return func(l *x509.RevocationList) {
			l.ExtraExtensions = append(l.ExtraExtensions, pkix.Extension{Id: id, Critical: true, Value: []byte{2, 1, 1}})
		}
	}
	revoked, _ := a.sign("lyon.example.org")
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"delta":    {a.list(extension(2, 5, 29, 27)), "delta"},
		"indirect": {a.list(scoped(t, distribution{Indirect: true})), "indirect"},
		"indirect by an entry": {a.list(func(l *x509.RevocationList) {
			l.RevokedCertificateEntries[0].ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: []byte{0x30, 0}}}
		}, revoked), "indirect"},
		"unknown":  {a.list(extension(1, 2, 3)), "critical extension 1.2.3"},
		"garbage":  {[]byte("garbage"), "read a revocation list"},
		"empty":    {nil, "read a revocation list"},
		"only PEM": {inPEM("CERTIFICATE", a.cert.Raw), "holds no revocation list"},
	} {
		s := settings(a, "require")
		s.CRL = []string{a.file("list.crl", c.content)}
		if _, err := tls.New(s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := settings(a, "require")
	s.CRL = []string{a.dir + "/none.crl"}
	if _, err := tls.New(s); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a list that is missing: %v", err)
	}
}

func TestACertificateThatWasRevokedMeanwhileDoesNotResume(t *testing.T) {
	a := newAuthority(t)
	c, key := a.sign("paris.example.org")
	s := settings(a, "require")
	s.CRL = []string{a.file("list.crl", a.list(nil))}
	conf := client(a, key, c)
	conf.ClientSessionCache = gotls.NewLRUClientSessionCache(4)
	for range 2 {
		if o := shake(t, serve(t, s), conf); o.err != nil || o.state.DidResume {
			t.Fatalf("resumed %t: %v", o.state.DidResume, o.err)
		}
	}
	a.file("list.crl", a.list(nil, c))
	if o := shake(t, serve(t, s), conf); !errors.Is(o.err, tls.ErrRevoked) {
		t.Error(o.err)
	}
}

func TestWhatChangedIsToldAndWhenItRunsOut(t *testing.T) {
	a := newAuthority(t)
	s := settings(a, "request")
	s.CRL = []string{a.file("list.crl", a.list(nil))}
	first := serve(t, s)
	a.pair("server.example.org")
	a.file("list.crl", a.list(nil))
	second := serve(t, s)
	if got := second.Changed(first); !slices.Equal(got, []string{"cert", "crl", "key"}) {
		t.Errorf("changed: %v", got)
	}
	if got := second.Changed(second); got != nil {
		t.Errorf("nothing changed: %v", got)
	}
	var keys []string
	for _, e := range second.Expiries() {
		keys = append(keys, e.Key)
		if !e.From.Before(e.At) || e.Name == "" || e.File == "" {
			t.Errorf("%+v", e)
		}
	}
	if !slices.Equal(keys, []string{"cert", "client_ca", "crl"}) {
		t.Errorf("runs out: %v", keys)
	}
	other, _ := a.pair("other.example.org")
	s.Cert = other
	if _, err := tls.New(s); err == nil || !strings.Contains(err.Error(), "load the certificate") {
		t.Errorf("a certificate without its key: %v", err)
	}
}
