package s3

import (
	"testing"

	"github.com/postern/postern/plugins/backend/s3/s3test"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/backendtest"
)

func TestS3KeepsTheDutiesOfABackend(t *testing.T) {
	store := s3test.Start(t)
	for name, change := range map[string]func(*Settings){
		"direct":   func(*Settings) {},
		"readable": func(s *Settings) { s.Readable, s.Prefix = true, "some/prefix" },
	} {
		t.Run(name, func(t *testing.T) {
			backendtest.Run(t, func(t *testing.T) backendtest.Harness {
				settings, faults := settingsFor(store)
				change(&settings)
				b := open(t, settings)
				return backendtest.Harness{
					Backend:  b,
					Restart:  func() sdk.Backend { return open(t, settings) },
					Paths:    func() []string { return pathsOf(b, store.Keys(settings.Bucket)) },
					FailSync: func() { faults.next("PUT", 1) },
				}
			})
		})
	}
}
