package config

import (
	"net"
	"net/netip"
)

// Telemetry is what is shown to those who watch the server.
type Telemetry struct {
	Address  string `koanf:"address" doc:"host:port of /metrics, /healthz and /readyz over plain HTTP; port 0 picks a free one. Left out: nothing is served."`
	Partners int    `koanf:"partners" min:"1" max:"10000" doc:"Partners that have metrics of their own, the first that call; the rest are counted as other."`
	MinFree  Size   `koanf:"min_free" doc:"Free bytes on the data folder's disk below which the server is not ready."`
}

// DefaultTelemetry returns the telemetry where none is given.
func DefaultTelemetry() Telemetry { return Telemetry{Partners: 200, MinFree: 64 << 20} }

func (l *Loaded) checkTelemetry(r *report) {
	at, address := Path{}.Key("telemetry").Key("address"), l.Telemetry.Address
	if address == "" || !checkAddress(r, at, address) {
		return
	}
	for _, name := range sorted(l.Listeners) {
		if _, port, err := net.SplitHostPort(address); err == nil && port != "0" && l.Listeners[name].Address == address {
			r.fault(at, "is the address of listener %s too", name)
		}
	}
}

// warn tells that others may read what is not meant for them.
func (t Telemetry) warn(r *report) {
	host, _, err := net.SplitHostPort(t.Address)
	if err != nil || host == "localhost" {
		return
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		r.fault(Path{}.Key("telemetry").Key("address"), "is not a loopback address: whoever reaches it reads the names of "+
			"partners, flows and exits and what passes, without a password")
	}
}
