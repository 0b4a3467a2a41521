//go:build linux

package process

import (
	"testing"

	"github.com/postern/postern/sdk/sdktest/exittest"
)

func TestAProcessIsAWayOfLoading(t *testing.T) {
	e := load(t, "as-exit")
	exittest.Run(t, e, exittest.NoContentAtOpen)
	exittest.RunFilter(t, e)
}
