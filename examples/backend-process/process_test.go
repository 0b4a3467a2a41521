//go:build linux

package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/plugins/process"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/backendtest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// TestTheProgramKeepsTheDutiesOfABackend loads it as a server does, and kills it for each crash.
func TestTheProgramKeepsTheDutiesOfABackend(t *testing.T) {
	s := folders(t)
	config, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	b, err := process.LoadBackend(t.Context(), process.Settings{Name: "shelf", Config: config,
		Command: []string{filepath.Join(toolchain.Make(t, "."), "backend-process")}, Limits: process.Limits{Backoff: 5 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	backendtest.Run(t, func(t *testing.T) backendtest.Harness {
		empty(t, s)
		return backendtest.Harness{Backend: b, Restart: func() sdk.Backend { kill(t, b); return b }, Paths: func() []string { return stored(t, s) }}
	})
}

// empty removes what is stored, under the feet of the program.
func empty(t *testing.T, s settings) {
	t.Helper()
	for _, dir := range []string{s.First, s.Second, filepath.Join(s.First, parts), filepath.Join(s.Second, parts)} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Name() == parts {
				continue
			}
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// kill kills the process and waits until another one runs.
func kill(t *testing.T, b *process.Backend) {
	t.Helper()
	pid := b.Running()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(time.Minute); b.Running() == pid || b.Running() == 0; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("no process runs again")
		}
	}
}
