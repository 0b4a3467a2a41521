package main

import (
	"testing"

	"github.com/postern/postern/examples/internal/readme"
)

func TestTheReadmeRuns(t *testing.T) { readme.Open(t, nil).Play(t) }
