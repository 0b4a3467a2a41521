package main

import (
	"testing"

	"github.com/postern/postern/examples/internal/readme"
)

func TestTheReadmeRuns(t *testing.T) {
	s := &standIn{answer: scanner}
	readme.Open(t, map[string]string{"127.0.0.1:1731": s.start(t)}).Play(t)
}
