package config

// Flow is a kind of file that partners exchange.
type Flow struct {
	Path         string   `koanf:"path" need:"true" doc:"Template of the file's path in the backend."`
	Backend      string   `koanf:"backend" doc:"Where it is stored; default: the only backend."`
	OnExists     string   `koanf:"on_exists" enum:"fail,replace,unique" doc:"What happens when the file is there already."`
	Durability   string   `koanf:"durability" enum:"sync,close,none" doc:"What an acknowledged sync point has survived."`
	Publish      bool     `koanf:"publish" doc:"May be fetched without an offer."`
	Records      string   `koanf:"records" enum:"stream,lines,prefixed" doc:"How records stand in the stored file."`
	Delimiter    string   `koanf:"delimiter" doc:"Ends each of the lines, 1 to 8 bytes."`
	RecordLength int      `koanf:"record_length" min:"1" max:"65535" doc:"Longest record sent, in bytes; exact with fixed."`
	Fixed        bool     `koanf:"fixed" doc:"Records sent all have record_length bytes."`
	Digest       bool     `koanf:"digest" doc:"Compute the SHA-256 of each file."`
	MaxSize      Size     `koanf:"max_size" doc:"Largest file that is taken."`
	MaxRestarts  Limit    `koanf:"max_restarts" doc:"Restarts of one transfer."`
	Retention    Duration `koanf:"retention" doc:"How long finished entries stay; default: the server's."`
	AfterSend    string   `koanf:"after_send" enum:"keep,delete" doc:"What becomes of a file that was fetched."`
	Compression  []string `koanf:"compression" doc:"What may be used of the compression that was negotiated; not given: all of it."`
	Points       Points   `koanf:"points" doc:"Exits asked after all others."`
}

// DefaultFlow returns what a flow has where it does not say otherwise.
func DefaultFlow() Flow {
	return Flow{OnExists: "fail", Durability: "sync", Records: "stream", Delimiter: "\n", Digest: true,
		MaxSize: NoSize, MaxRestarts: NoLimit, AfterSend: "keep"}
}
