package guest

import (
	"context"
	"encoding/json"
	"strings"
)

// Settings answers [Config] from a JSON object as a server would: for a [Host].
func Settings(object string) func(ctx context.Context, key string) (string, error) {
	return func(_ context.Context, key string) (string, error) {
		if key == "" {
			return object, nil
		}
		var tree map[string]json.RawMessage
		if err := json.Unmarshal([]byte(object), &tree); err != nil {
			return "", err
		}
		return setting(tree, key)
	}
}

// setting looks a dotted key up. A name that has dots itself is found whole.
func setting(tree map[string]json.RawMessage, key string) (string, error) {
	if v, ok := tree[key]; ok {
		var text string
		if v[0] == '"' && json.Unmarshal(v, &text) == nil {
			return text, nil
		}
		return string(v), nil
	}
	first, rest, dotted := strings.Cut(key, ".")
	var below map[string]json.RawMessage
	if !dotted || json.Unmarshal(tree[first], &below) != nil {
		return "", ErrMissing
	}
	return setting(below, rest)
}
