package config

// Partner is who may call. Password and LocalPassword hold what the file says: a hash or a secret reference.
type Partner struct {
	Name           string            `koanf:"name" doc:"The name it calls with; default: the key."`
	Group          string            `koanf:"group" doc:"Free, for path variables and rules."`
	Template       bool              `koanf:"template" doc:"Never a caller itself, only a model for partners an exit makes up."`
	Disabled       bool              `koanf:"disabled" doc:"Refused until it is enabled."`
	Password       string            `koanf:"password" doc:"A hash from 'postern partner password', or a secret:// reference."`
	LocalName      string            `koanf:"local_name" doc:"Who we say we are to it."`
	LocalPassword  string            `koanf:"local_password" doc:"How we prove it: a secret:// reference."`
	AuthorizedKeys []string          `koanf:"authorized_keys" doc:"SSH public keys and authorities (cert-authority), as lines of an authorized_keys file."`
	KeysFile       string            `koanf:"authorized_keys_file" doc:"An authorized_keys file, whose lines count besides."`
	TLSNames       []string          `koanf:"tls_names" doc:"Names one of which its client certificate must bear."`
	Require        []string          `koanf:"require" enum:"key,password,certificate" doc:"All of these are needed."`
	Protocols      []string          `koanf:"protocols" doc:"What it may speak."`
	AllowFrom      []string          `koanf:"allow_from" doc:"Networks it may call from; none given: any."`
	Hours          []Hours           `koanf:"hours" doc:"When it may call; none given: always."`
	MaxSessions    Limit             `koanf:"max_sessions" doc:"Its sessions at once."`
	MaxTransfers   Limit             `koanf:"max_transfers" doc:"Its transfers at once, over all its sessions: over SFTP every open file is one."`
	Bandwidth      Size              `koanf:"bandwidth" doc:"Bytes a second of all files received from it, and as many of all files sent to it."`
	Receive        []string          `koanf:"receive" doc:"Flows we take from it; * and ? stand for any text and any character."`
	Send           []string          `koanf:"send" doc:"Flows it may fetch."`
	Manage         []string          `koanf:"manage" enum:"rename,remove,mkdir" doc:"What it may do with its files in these flows, beside putting and fetching them, over SFTP."`
	Messages       bool              `koanf:"messages" doc:"Whether its messages are accepted."`
	DefaultFlow    string            `koanf:"default_flow" doc:"The flow of a file whose name is no flow's."`
	Labels         map[string]string `koanf:"labels" doc:"Free; carried into its transfers."`
	Points         Points            `koanf:"points" doc:"Exits asked after the server's and the listener's own."`
}

// DefaultPartner returns what a partner has where it does not say otherwise.
func DefaultPartner() Partner {
	return Partner{MaxSessions: NoLimit, MaxTransfers: NoLimit, Bandwidth: NoSize, Messages: true}
}

// Hours is a weekly span of time.
type Hours struct {
	Days     []string `koanf:"days" enum:"mon,tue,wed,thu,fri,sat,sun" doc:"Days on which it begins; none given: every day."`
	From     string   `koanf:"from" need:"true" doc:"HH:MM, inside the span."`
	To       string   `koanf:"to" need:"true" doc:"HH:MM, outside the span; before from: on the next day; equal: the whole day."`
	Timezone string   `koanf:"timezone" doc:"Name of the IANA time zone; default UTC."`
}
