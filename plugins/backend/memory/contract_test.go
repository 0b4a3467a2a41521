package memory_test

import (
	"errors"
	"testing"

	"github.com/postern/postern/plugins/backend/memory"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/backendtest"
)

func TestMemoryKeepsTheDutiesOfABackend(t *testing.T) {
	for name, crash := range map[string]func(*memory.Backend) *memory.Backend{
		"restart": (*memory.Backend).Restart, "power cut": (*memory.Backend).PowerCut,
	} {
		t.Run(name, func(t *testing.T) {
			backendtest.Run(t, func(*testing.T) backendtest.Harness {
				b := memory.New(memory.Settings{})
				return backendtest.Harness{
					Backend:  b,
					Restart:  func() sdk.Backend { b = crash(b); return b },
					Paths:    func() []string { return b.Paths() },
					FailSync: func() { b.Faults.Sync(1, errors.New("the disk failed")) },
				}
			})
		})
	}
}
