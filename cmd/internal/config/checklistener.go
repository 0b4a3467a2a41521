package config

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/postern/postern/sdk"
)

func (l *Loaded) checkListeners(r *report, protocols map[string]sdk.Description) {
	if len(l.Listeners) == 0 {
		r.fault(Path{}.Key("listeners"), "there is none: the server would listen nowhere")
	}
	bound := map[string]string{}
	for _, name := range sorted(l.Listeners) {
		x, at := l.Listeners[name], Path{}.Key("listeners").Key(name)
		checkProtocol(r, at.Key("protocol"), x.Protocol, protocols)
		if checkAddress(r, at.Key("address"), x.Address) && !strings.HasSuffix(x.Address, ":0") {
			if other, ok := bound[x.Address]; ok {
				r.fault(at.Key("address"), "is the address of listener %s too", other)
			}
			bound[x.Address] = name
		}
		if d, ok := protocols[x.Protocol.Name]; ok && !x.Protocol.Plugin() {
			checkTerms(r, at.Key("terms"), x, d)
		}
		if x.TLS != nil {
			x.TLS.check(r, at.Key("tls"))
		}
		if x.ProxyProtocol != nil {
			x.ProxyProtocol.check(r, at.Key("proxy_protocol").Key("from"))
		}
		x.checkSSH(r, at)
	}
}

func checkProtocol(r *report, at Path, p Protocol, protocols map[string]sdk.Description) {
	_, known := protocols[p.Name]
	switch {
	case p.Plugin():
		checkProtocolPlugin(r, at, p, protocols)
	case !reflect.DeepEqual(p, Protocol{Name: p.Name}):
		r.keyFault(at, "needs wasm or process")
	case p.Name == "":
		r.fault(at, "names no protocol")
	case !known:
		r.fault(at, "%q is no protocol of this server: it speaks %s%s", p.Name, strings.Join(sorted(protocols), ", "), didYouMean(p.Name, sorted(protocols)))
	}
}

func checkAddress(r *report, at Path, address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		r.fault(at, "%q is no address: write host:port, like 127.0.0.1:1761", address)
		return false
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		r.fault(at, "%q is no port: it must be a number from 0 to 65535", port)
		return false
	}
	if strings.ContainsAny(host, " /\\@") {
		r.fault(at, "%q is no host", host)
		return false
	}
	return true
}

// checkTerms checks a listener's terms against what its protocol lists.
func checkTerms(r *report, at Path, x Listener, d sdk.Description) {
	for _, name := range sorted(x.Terms) {
		spec, ok := specOf(d, name)
		if !ok {
			var known []string
			for _, s := range slices.Concat(d.Terms, d.Settings) {
				known = append(known, s.Name)
			}
			r.keyFault(at.Key(name), "%s has no such term%s", x.Protocol.Called(), didYouMean(name, known))
			continue
		}
		_, what := readTerm(spec, x.Terms[name])
		if what != "" && secretKey(name) {
			what = "is not text"
		}
		if what != "" {
			r.fault(at.Key(name), "%s", what)
		}
	}
}

func (t *TLS) check(r *report, at Path) {
	if _, err := tls.LoadX509KeyPair(t.Cert, t.Key); err != nil {
		where := at.Key("cert")
		if data, err := os.ReadFile(t.Cert); err == nil && strings.Contains(string(data), "BEGIN CERTIFICATE") {
			where = at.Key("key")
		}
		r.fault(where, "%v", err)
	}
	if t.ClientCA != "" {
		data, err := os.ReadFile(t.ClientCA)
		if err != nil {
			r.fault(at.Key("client_ca"), "%v", err)
		} else if !x509.NewCertPool().AppendCertsFromPEM(data) {
			r.fault(at.Key("client_ca"), "%s holds no certificate", t.ClientCA)
		}
	}
	if len(t.CRL) > 0 && t.Auth() == "none" {
		r.fault(at.Key("crl"), "no client is asked for a certificate: give client_ca, and client_auth: require or request")
	}
	for i, file := range t.CRL {
		if err := checkLists(file); err != nil {
			r.fault(at.Key("crl").Item(i), "%v", err)
		}
	}
	if t.Auth() != "none" && t.ClientCA == "" {
		r.fault(at.Key("client_auth"), "%s needs client_ca, the authorities of client certificates", t.ClientAuth)
	}
}

// checkLists looks whether a file holds revocation lists at all. What is in them is the transport's to judge.
func checkLists(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if block, _ := pem.Decode(data); block != nil {
		data = block.Bytes
	}
	if _, err := x509.ParseRevocationList(data); err != nil {
		return fmt.Errorf("%s holds no revocation list: %w", file, err)
	}
	return nil
}

func (p *ProxyProtocol) check(r *report, at Path) {
	if len(p.From) == 0 {
		r.fault(at, "is empty: nobody could call")
	}
	for i, text := range p.From {
		if _, err := ParseNetwork(text); err != nil {
			r.fault(at.Item(i), "%q is no network: write 192.0.2.0/24 or 2001:db8::/32, or one address", text)
		}
	}
}
