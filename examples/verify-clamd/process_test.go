package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/plugins/process"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// TestTheProgramAnswersAServer loads it as a server does.
func TestTheProgramAnswersAServer(t *testing.T) {
	s := &standIn{answer: scanner}
	exit, err := process.Load(t.Context(), process.Settings{Name: "scan", Command: []string{filepath.Join(toolchain.Make(t, "."), "verify-clamd")},
		Config: []byte(`{"address":"tcp:` + s.start(t) + `","quarantine":"bad"}`), Grants: process.Grants{File: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := exit.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	for content, want := range map[string]sdk.VerdictKind{"harmless": sdk.Pass, eicar: sdk.Deny} {
		q := sdk.Question{Point: sdk.PointVerify, Facts: exittest.Facts(sdk.PointVerify)}
		q.Facts.File.Content, q.Facts.File.Bytes = strings.NewReader(content), int64(len(content))
		v, err := exit.Decide(t.Context(), q)
		if err != nil || v.Kind != want {
			t.Errorf("%q: %v %v, %v", content, v.Kind, v.Refusal, err)
		}
		if want == sdk.Deny && err == nil && (v.Refusal.Code != sdk.DataRejected || v.Refusal.Detail != "clamd found Eicar-Test" || *v.Set.Quarantine != "bad/t-1") {
			t.Errorf("refused with %+v, %+v", v.Refusal, v.Set)
		}
		q.Facts.File.Bytes++ // a file that is shorter than its record
		if v, err := exit.Decide(t.Context(), q); err == nil {
			t.Errorf("a file that is cut: %v", v.Kind)
		}
	}
}
