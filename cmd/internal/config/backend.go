package config

// Backend is where files are stored.
type Backend struct {
	Type    string `koanf:"type" need:"true" enum:"local,memory" doc:"A folder of this machine, or memory that is lost when the server ends."`
	Root    string `koanf:"root" doc:"The folder of a local backend."`
	Quota   Size   `koanf:"quota" doc:"Bytes the backend may hold."`
	Reserve Size   `koanf:"reserve" doc:"Free bytes of the disk that are left alone."`
}

// DefaultBackend returns what a backend has where it does not say otherwise.
func DefaultBackend() Backend { return Backend{Quota: NoSize, Reserve: NoSize} }
