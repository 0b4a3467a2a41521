//go:build linux

package process

import (
	"testing"
	"time"

	"github.com/postern/postern/sdk/sdktest/exittest"
)

func TestAProcessIsAWayOfLoading(t *testing.T) {
	e := load(t, "as-exit", func(s *Settings) { s.Limits.Deadline = 20 * time.Second })
	exittest.Run(t, e, exittest.NoContentAtOpen)
	exittest.RunFilter(t, e)
}
