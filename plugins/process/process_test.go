//go:build linux

package process

import (
	"testing"
	"time"

	"github.com/postern/postern/sdk/sdktest/exittest"
)

func TestAProcessIsAWayOfLoading(t *testing.T) {
	e := load(t, "as-exit", func(s *Settings) {
		s.Limits.Deadline, s.Limits.Wait, s.Limits.InFlight = 20*time.Second, 20*time.Second, 1024 // the suite asks hundreds at once
	})
	exittest.Run(t, e)
	exittest.RunFilter(t, e)
}
