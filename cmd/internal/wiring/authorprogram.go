package wiring

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/postern/postern/cmd/internal/author"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/plugins/process"
	"github.com/postern/postern/sdk"
)

// loadProgram starts a program to be tried.
func (b *Bench) loadProgram(ctx context.Context, own json.RawMessage, points []sdk.Point) (author.Plugin, error) {
	settings, err := b.programSettings(own)
	if err != nil {
		return nil, err
	}
	said := newHeard()
	settings.Said = slog.New(said)
	exit, err := process.Load(ctx, settings)
	if err != nil {
		return nil, err
	}
	return triedProgram{exit, said}, nil
}

// programSettings are those with which the file is started.
func (b *Bench) programSettings(own json.RawMessage) (process.Settings, error) {
	section := b.Section
	if len(section.Process) == 0 {
		path, err := filepath.Abs(b.Path)
		if err != nil {
			return process.Settings{}, err
		}
		section.Process = []string{path}
	}
	settings, err := programSettings(plugin{name: b.name(), settings: section})
	settings.Config, settings.Log = own, b.Log
	return settings, err
}

// triedProgram is a process as its author looks at it.
type triedProgram struct {
	*process.Exit
	said *heard
}

// Heard gives what the process has logged since it was asked the last time.
func (p triedProgram) Heard() []string { return p.said.take() }

// Trial decides and tells how long that took.
func (p triedProgram) Trial(ctx context.Context, q sdk.Question) (author.Trial, error) {
	began := time.Now()
	v, err := p.Decide(ctx, q)
	return author.Trial{Verdict: v, Time: time.Since(began)}, err
}

// inspectProgram starts a program, has it describe itself and ends it.
func inspectProgram(ctx context.Context, r *author.Report) error {
	r.Kind = "process"
	if err := measure(r); err != nil {
		return err
	}
	b := &Bench{Path: r.File, Section: config.DefaultProcess(), Log: slog.New(slog.DiscardHandler)}
	settings, err := b.programSettings(nil)
	if err != nil {
		return err
	}
	m, err := process.Inspect(ctx, settings)
	if err != nil {
		return err
	}
	describe(r, m)
	return nil
}

// measure notes a file's size and digest.
func measure(r *author.Report) error {
	f, err := os.Open(r.File)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if r.Size, err = io.Copy(sum, f); err != nil {
		return err
	}
	r.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return nil
}
