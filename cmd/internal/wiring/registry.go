package wiring

import (
	"cmp"
	"fmt"
	"os"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/plugins/backend/local"
	"github.com/postern/postern/plugins/backend/memory"
	"github.com/postern/postern/plugins/backend/s3"
	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/plugins/protocol/sftp"
	"github.com/postern/postern/sdk"
)

// Protocols are the protocols that ship with the server, by the name the configuration uses.
func Protocols() map[string]sdk.Protocol {
	return map[string]sdk.Protocol{pesit.Name: pesit.Protocol{}, sftp.Name: sftp.Protocol{}}
}

// Descriptions are what the protocols say of themselves, for the check of the configuration.
func Descriptions() map[string]sdk.Description {
	out := map[string]sdk.Description{}
	for name, p := range Protocols() {
		if d, ok := p.(sdk.Described); ok {
			out[name] = d.Describe()
		}
	}
	return out
}

// backendSettings are a backend of the configuration with what its references lead to.
type backendSettings struct {
	config.Backend
	access, secret sdk.Secret
	ca             string // content of the file
}

// backendOf finds what a backend is opened with.
func backendOf(c *config.Loaded, name string) (backendSettings, error) {
	s := backendSettings{Backend: c.Backend(name)}
	if s.Type != "s3" {
		return s, nil
	}
	s.access, s.secret = c.Keys(s.Backend)
	if s.CA == "" {
		return s, nil
	}
	ca, err := os.ReadFile(s.CA)
	s.ca = string(ca)
	return s, err
}

// newBackend opens a backend.
func newBackend(b backendSettings) (sdk.Backend, error) {
	switch b.Type {
	case "local":
		return local.New(local.Settings{Root: b.Root, Quota: b.Quota.Bytes(), Reserve: b.Reserve.Bytes()})
	case "memory":
		return memory.New(memory.Settings{Limit: b.Quota.Bytes()}), nil
	case "s3":
		return s3.New(b.store())
	}
	return nil, fmt.Errorf("there is no backend of type %q", b.Type)
}

// store are the settings of an object store.
func (b backendSettings) store() s3.Settings {
	s := s3.DefaultSettings()
	s.Endpoint, s.Insecure, s.Region, s.Bucket, s.Prefix, s.PathStyle = b.Endpoint, b.Insecure, b.Region, b.Bucket, b.Prefix, b.PathStyle
	s.AccessKey, s.SecretKey = b.access.Reveal(), b.secret
	s.Encryption, s.KMSKey, s.StorageClass, s.Readable = b.Encryption, b.KMSKey, b.StorageClass, b.Readable
	if b.ca != "" {
		s.CA = []byte(b.ca)
	}
	s.PartSize = cmp.Or(b.PartSize.Bytes(), s.PartSize)
	s.Parallel = cmp.Or(int(b.Parallel), s.Parallel)
	s.Memory = cmp.Or(b.Memory.Bytes(), s.Memory)
	s.Timeout = cmp.Or(b.Timeout.Std(), s.Timeout)
	return s
}
