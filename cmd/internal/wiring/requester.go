package wiring

import (
	"io"

	"github.com/postern/postern/plugins/backend/local"
	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/sdk"
)

// RequesterProtocol is what the requester speaks where nothing else is asked for.
const RequesterProtocol = pesit.Name

// Folder is a folder of this machine as a backend.
type Folder interface {
	sdk.Backend
	sdk.PartRemover
	io.Closer
}

// OpenFolder opens the folder that the requester receives files into.
func OpenFolder(root string) (Folder, error) { return local.New(local.Settings{Root: root}) }
