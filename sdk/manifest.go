package sdk

// ContractVersion is the version of the plugin contract that this server speaks: major<<16 | minor.
const ContractVersion uint32 = 1 << 16

// What a plugin may need beyond its facts. Each is off unless the configuration grants it.
const (
	GrantPassword       = "password"        // to see the password that the caller gave, and the new one
	GrantStored         = "stored"          // to see the stored secrets of the partner
	GrantVerifyPassword = "verify_password" // to have the caller's password checked without seeing it
	GrantFile           = "file"            // to read the transfer's file at open (send) and verify
	GrantHTTP           = "http"            // to call listed origins
	GrantFolder         = "folder"          // to read in listed folders
	GrantClock          = "clock"           // to read the clock
	GrantStore          = "store"           // to keep keys and values
	GrantBackend        = "backend"         // to use a backend of the configuration: a backend over another one
)

// The kinds of plugin.
const (
	PluginExit     = "exit"
	PluginProtocol = "protocol"
	PluginBackend  = "backend"
)

// Manifest is what a plugin says of itself when it is loaded. It is checked against the configuration there.
type Manifest struct {
	Name, Version string
	Contract      uint32     // of the plugin: see [ContractVersion]
	Kinds         []string   // "exit", "protocol", "backend"
	Points        []Point    // the exit points it serves
	Grants        []string   // the grants it cannot do without
	ChangesLength bool       // a filter: a block may come out longer or shorter
	State         bool       // a filter: what comes out depends on the blocks before
	Terms         []TermSpec // a protocol: what it negotiates
	Settings      []TermSpec // a protocol: what a listener may set
	Abilities     []Ability  // a backend: what it can do besides create, resume and open
}
