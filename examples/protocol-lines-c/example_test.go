package lines_test

import (
	"os/exec"
	"testing"

	"github.com/postern/postern/examples/internal/readme"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

func TestTheReadmeRuns(t *testing.T) {
	toolchain.Need(t, "c")
	if _, err := exec.LookPath("nc"); err != nil {
		t.Skip("nc is missing")
	}
	readme.Open(t, nil).Play(t)
}
