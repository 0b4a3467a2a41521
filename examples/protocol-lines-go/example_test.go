package main

import (
	"os/exec"
	"testing"

	"github.com/postern/postern/examples/internal/readme"
)

func TestTheReadmeRuns(t *testing.T) {
	if _, err := exec.LookPath("nc"); err != nil {
		t.Skip("nc is missing")
	}
	readme.Open(t, nil).Play(t)
}
