package template_test

import (
	"testing"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// That the module speaks is tried where modules are compiled without the race detector: modules/protocol.txt of cmd/postern.
func TestANewProtocolIsBuiltWithoutTheNetworkAndItsConversationsPlay(t *testing.T) {
	toolchain.Need(t, "make")
	build(t, write(t, sdk.PluginProtocol))
}
