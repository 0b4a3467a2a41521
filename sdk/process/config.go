package process

import (
	"context"
	"encoding/json"
)

type configKey struct{}

func withConfig(ctx context.Context, config string) context.Context {
	if config == "" {
		return ctx
	}
	return context.WithValue(ctx, configKey{}, config)
}

// Config gives the exit's own settings, one JSON object, to the function that was called with this context; nil: the
// configuration has none. They do not change while the process lives, so a result of parsing may be kept.
func Config(ctx context.Context) json.RawMessage {
	if config, ok := ctx.Value(configKey{}).(string); ok {
		return json.RawMessage(config)
	}
	return nil
}
