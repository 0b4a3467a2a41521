package wiring

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/cmd/internal/author"
	"github.com/postern/postern/plugins/process"
	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/transcript"
)

// LoadProtocol loads the file as a protocol. Close it.
func (b *Bench) LoadProtocol(ctx context.Context, own json.RawMessage) (loadedProtocol, error) {
	kind, err := author.KindOf(b.Path)
	if err != nil {
		return nil, err
	}
	if kind == artifact.Program {
		settings, err := b.programSettings(own)
		if err != nil {
			return nil, err
		}
		x, err := process.LoadProtocol(ctx, settings)
		if err != nil {
			return nil, err
		}
		return x, nil
	}
	settings, err := moduleSettings(plugin{name: b.name(), settings: b.Section})
	if err != nil {
		return nil, err
	}
	if settings.Module, err = os.ReadFile(b.Path); err != nil {
		return nil, err
	}
	settings.Config, settings.Log, settings.CacheDir = own, b.Log, authorCache()
	m, err := wasm.LoadProtocol(ctx, settings)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// PlayTranscripts plays written conversations with the plugin, each section in every manner, and returns how many sections
// there were. The error is everything that went otherwise than written. What a section does not say is as it is in an
// answering dialogue with the protocol's defaults.
func (b *Bench) PlayTranscripts(ctx context.Context, own json.RawMessage, files []string) (sections int, err error) {
	p, err := b.LoadProtocol(ctx, own)
	if err != nil {
		return 0, err
	}
	var failures []error
	o := sdk.Opening{Role: sdk.Answering, Terms: p.Describe().Defaults()}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		f, err := transcript.Parse(name, text)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		sections += len(f.Sections)
		failures = append(failures, transcript.Play(p, o, f))
	}
	return sections, errors.Join(append(failures, p.Close(ctx))...)
}
