package config

// Config is the whole configuration as it holds: every layer merged, every default filled in, relative paths made
// absolute. Maps are keyed by the names the configuration gives. Treat it as read-only once it is loaded.
//
// A koanf tag is the key, a doc tag its sentence in the schema, an enum tag the words it may have, and need marks a key
// without a default that must be given.
type Config struct {
	DataDir       string              `koanf:"data_dir" doc:"Folder of the catalog and the admin socket."`
	Limits        Limits              `koanf:"limits" doc:"Limits of the whole server."`
	Timeouts      Timeouts            `koanf:"timeouts" doc:"Timers of every call."`
	Throttle      Throttle            `koanf:"throttle" doc:"Bans addresses whose authentications fail too often."`
	ShutdownGrace Duration            `koanf:"shutdown_grace" doc:"How long running transfers may go on when the server stops."`
	Log           Log                 `koanf:"log" doc:"The server's log on stderr."`
	Sandbox       string              `koanf:"sandbox" enum:"none,landlock" doc:"Whether the server closes what this configuration does not name to itself (Linux 6.7); landlock: it does not start where that cannot be."`
	Telemetry     Telemetry           `koanf:"telemetry" doc:"Metrics and health checks."`
	Audit         Audit               `koanf:"audit" doc:"The log of decisions and of operators' actions."`
	Retention     Retention           `koanf:"retention" doc:"How long catalog entries stay after their last change, by state."`
	Listeners     map[string]Listener `koanf:"listeners" doc:"Addresses the server listens at, by name."`
	Partners      map[string]Partner  `koanf:"partners" doc:"Who may call, by name."`
	Flows         map[string]Flow     `koanf:"flows" doc:"Kinds of files that partners exchange, by name."`
	Backends      map[string]Backend  `koanf:"backends" doc:"Where files are stored, by name."`
	Exits         map[string]Exit     `koanf:"exits" doc:"Plugins that decide, by name."`
	Plugins       Plugins             `koanf:"plugins" doc:"What the files of plugins must bear, and what modules have together."`
	Points        Points              `koanf:"points" doc:"Which exits are asked at an exit point, in which order."`
}

// Points lists exits by exit point. Order matters.
type Points map[string][]string

// Defaults returns the configuration that holds where no layer says otherwise. Its maps are empty: defaults of named
// things are those of [DefaultListener], [DefaultPartner], [DefaultFlow], [DefaultBackend], [DefaultModule] and [DefaultProcess].
func Defaults() Config {
	return Config{
		DataDir:       "./postern-data",
		Limits:        DefaultLimits(),
		Timeouts:      DefaultTimeouts(),
		Throttle:      DefaultThrottle(),
		ShutdownGrace: Seconds(30),
		Log:           DefaultLog(),
		Sandbox:       SandboxNone,
		Telemetry:     DefaultTelemetry(),
		Audit:         DefaultAudit(),
		Retention:     DefaultRetention(),
		Plugins:       DefaultPlugins(),
	}
}

// ListenerTimeouts returns the timers of a listener: its own, the server's where it has none, and its
// protocol's where that has none either.
func (c *Config) ListenerTimeouts(name string) Timeouts {
	l := c.Listeners[name]
	return l.Timeouts.or(c.Timeouts).or(l.idle())
}
