package authorize_test

import (
	"testing"

	"github.com/postern/postern/examples/internal/readme"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

func TestTheReadmeRuns(t *testing.T) {
	toolchain.Need(t, "rust")
	readme.Open(t, nil).Play(t)
}
