package config

// Exit is a plugin that decides: a WASM module, or a program that runs as a process of its own. A zero value in Limits
// leaves the plugin's own default.
type Exit struct {
	Wasm        string            `koanf:"wasm" doc:"A WASM module."`
	Process     []string          `koanf:"process" doc:"A program and its arguments."`
	SHA256      string            `koanf:"sha256" doc:"Digest of the module or program, 64 hexadecimal digits: it is pinned, and no other is loaded."`
	Reload      bool              `koanf:"reload" doc:"A changed file that decides at identify or authorize, and has neither pin nor signature, may be loaded while the server runs."`
	Kind        string            `koanf:"kind" enum:"auto,reactor,command" doc:"How a module is asked; auto goes by what it exports."`
	Grants      Grants            `koanf:"grants" doc:"What it may see and reach."`
	Limits      ExitLimits        `koanf:"limits" doc:"What it may use."`
	Environment map[string]string `koanf:"environment" doc:"The whole environment of a process; a value may be a secret:// reference."`
	Sandbox     *Sandbox          `koanf:"sandbox" doc:"What a process may reach, where the system can hold it to that."`
	OnError     string            `koanf:"on_error" enum:"refuse,pass" doc:"What follows when it fails."`
	Config      map[string]any    `koanf:"config" doc:"Its own settings; text may be a secret:// reference, which it is shown."`
}

// Grants is what an exit may see and reach beyond its facts. All but Secrets, Partners and File are for modules: a
// process has its Sandbox.
type Grants struct {
	Secrets        []string                     `koanf:"secrets" enum:"password,stored" doc:"Secrets it is shown: the caller's password (and new one), the stored ones of its partner."`
	VerifyPassword bool                         `koanf:"verify_password" doc:"Whether it may have the caller's password compared with a hash of its own."`
	Partners       []string                     `koanf:"partners" doc:"Configured partners it may allow by itself."`
	HTTP           []string                     `koanf:"http" doc:"Origins it may call, scheme://host:port; https, or http to this machine."`
	Headers        map[string]map[string]string `koanf:"headers" doc:"By origin, headers that are sent with each of its requests and never shown to it; a value may be a secret:// reference."`
	Folders        map[string]string            `koanf:"folders" doc:"Folders it may read, each seen as /NAME."`
	File           bool                         `koanf:"file" doc:"Whether it may read the file of the transfer, at open (send) and verify."`
	Clock          bool                         `koanf:"clock" doc:"Whether it may read the clock."`
	Store          bool                         `koanf:"store" doc:"Whether it may keep values of its own, 1 MiB in all."`
	Backend        string                       `koanf:"backend" doc:"The backend below, of a backend over another one."`
}

// ExitLimits is what an exit may use: Fuel, Instances, Transfers and Block are a module's, Files, Processes and InFlight a process's.
type ExitLimits struct {
	Memory    Size     `koanf:"memory" doc:"Memory of one instance of a module, 1MiB to 1GiB, default 32MiB; or of a process, default none."`
	Deadline  Duration `koanf:"deadline" doc:"Time for one answer; default: the exit point's own."`
	Fuel      Count    `koanf:"fuel" doc:"Work for one answer, about the number of instructions; default 20M."`
	Instances Limit    `koanf:"instances" doc:"Instances of a module that answer at once; default: one for each processor."`
	Transfers Limit    `koanf:"transfers" doc:"Transfers that a module filters at once, each with an instance of its own; default 64."`
	Block     Size     `koanf:"block" doc:"Bytes of a file that a module filters at once, 4KiB to 4MiB; default 256KiB."`
	Files     Limit    `koanf:"files" doc:"Files a process may have open, default 1024."`
	Processes Limit    `koanf:"processes" doc:"Processes and threads that its user may have in all, the server's own included; default none."`
	InFlight  Limit    `koanf:"in_flight" doc:"Questions and transfers of a process at once, default 128."`
}

// Sandbox is what a process may reach.
type Sandbox struct {
	Read    []string `koanf:"read" doc:"Files and folders it may read, besides its program and the system's libraries."`
	Write   []string `koanf:"write" doc:"Files and folders it may change."`
	Network bool     `koanf:"network" doc:"Whether it may use the network."`
}

// Plugins is what holds for all plugin files.
type Plugins struct {
	Trust   []string `koanf:"trust" doc:"Public minisign keys, or files that hold one: each exit needs a signature of one of them, or a pin."`
	Require string   `koanf:"require" enum:"none,pin,signature" doc:"What every exit must bear, whatever else it has."`
	Memory  Size     `koanf:"memory" doc:"Memory that all WASM modules have together; an instance that would need more is not made, and a module's memory does not grow beyond it."`
}

// The defaults of modules. What is not here is the loader's own.
const (
	moduleMemory = 32 << 20
	moduleFuel   = 20_000_000
	backendFuel  = 200_000_000 // of one call: a block is worked on with the whole file's settings, and a folder listed at once
	sharedMemory = 4 << 30     // of all together
)

// DefaultModule returns what a WASM exit has where it does not say otherwise.
func DefaultModule() Exit {
	return Exit{Kind: "auto", OnError: "refuse", Limits: ExitLimits{Memory: moduleMemory, Fuel: moduleFuel}}
}

// DefaultProcess returns what a process exit has where it does not say otherwise.
func DefaultProcess() Exit {
	return Exit{OnError: "refuse"}
}

// DefaultPlugins returns what holds for plugin files where nothing is said.
func DefaultPlugins() Plugins { return Plugins{Require: "none", Memory: sharedMemory} }
