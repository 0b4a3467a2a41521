package author

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/postern/postern/sdk"
)

// loaded are the plugins that events ask: the file loaded once for each different settings.
type loaded struct {
	load   Loader
	points []sdk.Point
	config json.RawMessage // in the place of the events' own; nil: those
	all    map[string]Plugin
}

func newLoaded(load Loader, events []Event, config json.RawMessage) *loaded {
	return &loaded{load, Points(events), config, map[string]Plugin{}}
}

// of gives the plugin that an event asks.
func (l *loaded) of(ctx context.Context, e *Event) (Plugin, error) {
	config := e.Config
	if l.config != nil {
		config = l.config
	}
	if string(config) == "{}" {
		config = nil
	}
	if p := l.all[string(config)]; p != nil {
		return p, nil
	}
	p, err := l.load(ctx, config, l.points)
	if err != nil {
		return nil, err
	}
	l.all[string(config)] = p
	return p, nil
}

func (l *loaded) close() error {
	var errs []error
	for _, p := range l.all {
		errs = append(errs, p.Close(context.Background()))
	}
	return errors.Join(errs...)
}
