package config

// Exit is a plugin that decides.
type Exit struct {
	Wasm    string         `koanf:"wasm" doc:"A WASM module."`
	Process []string       `koanf:"process" doc:"A command and its arguments."`
	SHA256  string         `koanf:"sha256" doc:"Digest of the module or program, hexadecimal."`
	Grants  Grants         `koanf:"grants" doc:"What it may see and reach."`
	Limits  ExitLimits     `koanf:"limits" doc:"What it may use."`
	OnError string         `koanf:"on_error" enum:"refuse,pass" doc:"What follows when it fails."`
	Config  map[string]any `koanf:"config" doc:"Its own settings."`
}

// Grants is what an exit may see and reach beyond its facts.
type Grants struct {
	Secrets  []string `koanf:"secrets" doc:"Secrets it is shown."`
	Partners []string `koanf:"partners" doc:"Configured partners it may allow by itself."`
	HTTP     []string `koanf:"http" doc:"Origins it may call."`
	File     bool     `koanf:"file" doc:"Whether it may read the file of the transfer."`
	Backend  string   `koanf:"backend" doc:"A backend it may read."`
}

// ExitLimits is what an exit may use.
type ExitLimits struct {
	Memory    Size     `koanf:"memory" doc:"Memory of one instance."`
	Deadline  Duration `koanf:"deadline" doc:"Time for one answer."`
	Fuel      Size     `koanf:"fuel" doc:"Instructions for one answer."`
	Instances Limit    `koanf:"instances" doc:"Instances at once."`
}
