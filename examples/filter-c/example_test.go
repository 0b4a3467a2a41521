package filter_test

import (
	"testing"

	"github.com/postern/postern/examples/internal/readme"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

func TestTheReadmeRuns(t *testing.T) {
	toolchain.Need(t, "c")
	readme.Open(t, nil).Play(t)
}
