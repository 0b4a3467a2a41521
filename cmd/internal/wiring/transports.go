package wiring

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/core/server"
	"github.com/postern/postern/plugins/transport/proxy"
	"github.com/postern/postern/plugins/transport/ssh"
	"github.com/postern/postern/plugins/transport/tls"
	"github.com/postern/postern/sdk"
)

// transports are those of listeners, by name. Nothing in it changes.
type transports struct {
	tls map[string]*tls.Transport
	ssh map[string]*ssh.Transport
}

func transportsOf(listeners []server.Listener) transports {
	out := transports{map[string]*tls.Transport{}, map[string]*ssh.Transport{}}
	for _, l := range listeners {
		switch t := l.Transport.(type) {
		case *tls.Transport:
			out.tls[l.Name] = t
		case *ssh.Transport:
			out.ssh[l.Name] = t
		}
	}
	return out
}

// changed lists the keys whose files have other content than those of the transports before.
func (t transports) changed(before transports) (keys []string) {
	for name, now := range t.tls {
		if was := before.tls[name]; was != nil {
			for _, k := range now.Changed(was) {
				keys = append(keys, "listeners."+name+".tls."+k)
			}
		}
	}
	for name, now := range t.ssh {
		if was := before.ssh[name]; was != nil {
			for _, k := range now.Changed(was) {
				keys = append(keys, "listeners."+name+".ssh."+k)
			}
		}
	}
	return keys
}

// newTransport makes what a listener wraps its connections in; nil: nothing.
func newTransport(l config.Listener) (sdk.Transport, error) {
	switch {
	case l.SSH != nil:
		return ssh.New(ssh.Settings{HostKeys: l.SSH.HostKeys, Banner: l.SSH.Banner, Tries: l.SSH.MaxTries})
	case l.TLS != nil:
		return newTLS(l.TLS)
	}
	return nil, nil
}

// CheckListeners makes what the listeners need of their files, as a start does, and lets go of it: what config.Load
// leaves to the transport to judge, a revocation list of the wrong kind say, is found before.
func CheckListeners(c *config.Loaded) error {
	var faults config.Faults
	for _, name := range slices.Sorted(maps.Keys(c.Listeners)) {
		if _, err := newTransport(c.Listeners[name]); err != nil {
			faults = append(faults, c.FaultAt(config.Path{}.Key("listeners").Key(name), "%v", err))
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

func newTLS(l *config.TLS) (*tls.Transport, error) {
	return tls.New(tls.Settings{Cert: l.Cert, Key: l.Key, ClientCA: l.ClientCA, ClientAuth: l.Auth(), CRL: l.CRL})
}

func newRelay(p *config.ProxyProtocol) *proxy.Relay {
	from := make([]netip.Prefix, 0, len(p.From))
	for _, text := range p.From {
		if prefix, err := config.ParseNetwork(text); err == nil { // it was checked
			from = append(from, prefix)
		}
	}
	return proxy.New(from)
}

// expiring tells of certificates and revocation lists that ran out or soon will; each once a day, and anew after a
// reload.
func (s *Server) expiring() {
	now := *s.transports.Load() // without s.mu: a shutdown holds it and waits for us
	at := time.Now()
	for _, name := range slices.Sorted(maps.Keys(now.tls)) {
		for _, e := range now.tls[name].Expiries() {
			fields := []any{"listener", name, "key", "tls." + e.Key, "file", e.File, "name", e.Name, "at", e.At.UTC().Format(time.RFC3339)}
			switch {
			case at.After(e.At) && e.Key == "crl":
				s.options.Log.Error("a revocation list ran out: certificates of its issuer are refused until there is a new one", fields...)
			case at.After(e.At):
				s.options.Log.Error("a certificate ran out", fields...)
			case at.After(e.From) && e.Key == "crl":
				s.options.Log.Warn("a revocation list soon runs out, and the next one has not come", fields...)
			case at.After(e.From):
				s.options.Log.Warn("a certificate soon runs out", fields...)
			}
		}
	}
}

// watchExpiry looks at once and every day after, and after each reload.
func (s *Server) watchExpiry() {
	const often = 24 * time.Hour
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-s.renewed:
		case <-s.life.Done():
			return
		}
		s.expiring()
		timer.Reset(often)
	}
}

// renew takes the transports of new listeners, and has their ends looked at.
func (s *Server) renew(t transports) {
	s.transports.Store(&t)
	select {
	case s.renewed <- struct{}{}:
	default:
	}
}
