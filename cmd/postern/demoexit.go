package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/postern/postern/cmd/postern/columns"
)

// demoExit is added to the configuration of the demonstration: a WASM module that looks into each invoice.
const demoExit = `exits:
  columns: {wasm: exits/columns.wasm, sha256: %s, grants: {file: true}}
`

// writeExit puts the module into the demonstration's folder and returns its part of the configuration.
func (d *demonstration) writeExit() (string, error) {
	module, name := columns.Module(), d.path("exits/columns.wasm")
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return "", fmt.Errorf("make a folder: %w", err)
	}
	if err := os.WriteFile(name, module, 0o600); err != nil {
		return "", fmt.Errorf("write the exit: %w", err)
	}
	sum := sha256.Sum256(module)
	return fmt.Sprintf(demoExit, hex.EncodeToString(sum[:])), nil
}

// exit sends a file that the WASM exit refuses, and asks the catalog why.
func (d *demonstration) exit(ctx context.Context) error {
	d.say("An exit of your own: a WASM module reads each invoice and refuses one whose first line is not number,amount")
	for _, run := range []struct {
		status int
		args   []string
	}{
		{statusDone, []string{"plugin", "inspect", d.path("exits/columns.wasm")}},
		{statusRefused, d.caller("send", d.path("report.txt"), "--flow", "INVOICES")},
		{statusDone, []string{"catalog", "explain", "--partner", "PARIS", "--flow", "INVOICES"}},
	} {
		if _, err := d.run(ctx, run.status, run.args...); err != nil {
			return err
		}
	}
	return nil
}
