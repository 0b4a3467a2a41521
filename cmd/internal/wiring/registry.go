package wiring

import (
	"fmt"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/plugins/backend/local"
	"github.com/postern/postern/plugins/backend/memory"
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

// newBackend opens a backend of the configuration.
func newBackend(b config.Backend) (sdk.Backend, error) {
	switch b.Type {
	case "local":
		return local.New(local.Settings{Root: b.Root, Quota: b.Quota.Bytes(), Reserve: b.Reserve.Bytes()})
	case "memory":
		return memory.New(memory.Settings{Limit: b.Quota.Bytes()}), nil
	}
	return nil, fmt.Errorf("there is no backend of type %q", b.Type)
}
