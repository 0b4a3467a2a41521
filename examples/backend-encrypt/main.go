// Command backend-encrypt is a backend as a WASM module: it encrypts what it is given and keeps it in the backend below.
package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/guest"
)

func init() {
	guest.ServeBackend(sdk.Storage{Name: "backend-encrypt", Version: "1", Grants: []string{sdk.GrantBackend}, Open: open,
		Abilities: []sdk.Ability{sdk.AbilityStat, sdk.AbilityList, sdk.AbilityRename, sdk.AbilityRemove, sdk.AbilityProbe,
			sdk.AbilityRemovePart, sdk.AbilityReadPart, sdk.AbilityState, sdk.AbilityQuarantine, sdk.AbilityCreateIfAbsent}})
}

func main() {} // a module is called, it does not run

// open makes the vault of the settings: {"key": "32 bytes in base64"}.
func open(settings json.RawMessage, below sdk.Backend) (sdk.Backend, error) {
	if below == nil {
		return nil, errors.New("grants.backend names no backend to keep the files in")
	}
	var own struct {
		Key string `json:"key"`
	}
	if err := json.Unmarshal(settings, &own); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(own.Key)
	if err != nil || len(key) != keySize {
		return nil, fmt.Errorf("config.key: it is not %d bytes in base64", keySize)
	}
	return &vault{below: below, key: key}, nil
}
