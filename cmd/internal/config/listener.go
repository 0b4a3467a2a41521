package config

// Listener is an address that the server listens at.
type Listener struct {
	Protocol       Protocol       `koanf:"protocol" need:"true" doc:"The protocol spoken there."`
	Address        string         `koanf:"address" need:"true" doc:"host:port; port 0 picks a free one."`
	MaxConnections Limit          `koanf:"max_connections" doc:"Connections at once."`
	Bandwidth      Size           `koanf:"bandwidth" doc:"Bytes a second of all files received there, and as many of all files sent."`
	Refuse         string         `koanf:"refuse" enum:"close,say" doc:"What a call over a limit gets: the connection closed, or a refusal in the protocol's words."`
	Terms          map[string]any `koanf:"terms" doc:"The widest terms of the protocol that are accepted, and its settings."`
	Timeouts       Timeouts       `koanf:"timeouts" doc:"Timers of this listener; the server's where a key is left out."`
	ProxyProtocol  *ProxyProtocol `koanf:"proxy_protocol" doc:"Proxies in front say whom they call for (PROXY protocol 1 and 2)."`
	TLS            *TLS           `koanf:"tls" doc:"TLS on every connection."`
	SSH            *SSH           `koanf:"ssh" doc:"SSH on every connection."`
	Points         Points         `koanf:"points" doc:"Exits asked after the server's own."`
}

// DefaultListener returns what a listener has where it does not say otherwise.
func DefaultListener() Listener {
	return Listener{MaxConnections: 384, Bandwidth: NoSize, Refuse: "close"}
}

// TLS settings of a listener. Paths are absolute once the configuration is loaded.
type TLS struct {
	Cert       string   `koanf:"cert" need:"true" doc:"PEM file with the server's certificate and its chain."`
	Key        string   `koanf:"key" need:"true" doc:"PEM file with the certificate's private key."`
	ClientCA   string   `koanf:"client_ca" doc:"PEM file with the authorities of client certificates."`
	CRL        []string `koanf:"crl" doc:"Files with revocation lists, PEM or DER; each certificate of a client's chain then needs a valid one."`
	ClientAuth string   `koanf:"client_auth" enum:"none,request,require" doc:"Whether a client shows a certificate; require where client_ca is given, none otherwise."`
}

// ProxyProtocol says whose word about the caller counts. Nobody else may call.
type ProxyProtocol struct {
	From []string `koanf:"from" need:"true" doc:"Networks of the proxies; each call must come from one of them, and begin with its header."`
}

// Auth returns client_auth with its default filled in: none, request or require.
func (t *TLS) Auth() string {
	switch {
	case t.ClientAuth != "":
		return t.ClientAuth
	case t.ClientCA != "":
		return "require"
	}
	return "none"
}

// SSH settings of a listener. Paths are absolute once the configuration is loaded.
type SSH struct {
	HostKeys []string `koanf:"host_keys" need:"true" doc:"Files with the server's private keys, of each type the one that is used first."`
	Banner   string   `koanf:"banner" doc:"A text that everybody sees before the login."`
	MaxTries int      `koanf:"max_tries" min:"0" max:"100" doc:"Failed attempts to log in before the connection is closed; 0: 6."`
}
