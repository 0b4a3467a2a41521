package line

import (
	"fmt"
	"time"

	"github.com/postern/postern/sdk"
)

// readGrant reads "GRANT [number=N] [file=NAME] [size=N] [type=N] [origin=..] [destination=..] [label=..] [modified=TIME]".
func readGrant(d *dialogue, f *fields, e *sdk.Event) (err error) {
	g := &sdk.Grant{}
	known := []string{"modified"}
	for _, o := range grantTexts {
		v, _ := f.option(o.key)
		*o.at(g) = string(v)
		known = append(known, o.key)
	}
	for _, o := range grantNumbers {
		if *o.at(g), err = f.optionNumber(o.key, o.absent); err != nil {
			return err
		}
		known = append(known, o.key)
	}
	if v, ok := f.option("modified"); ok {
		if g.Modified, err = time.Parse(time.RFC3339Nano, string(v)); err != nil {
			return fmt.Errorf("read the time: %w", err)
		}
	}
	terms, names, err := readTerms(f)
	if err != nil {
		return err
	}
	known = append(known, names...)
	g.Terms = terms
	g.Attributes, names = readAttributes(f)
	e.Grant = g
	return f.end(append(known, names...)...)
}

var (
	grantTexts = [...]struct {
		key string
		at  func(*sdk.Grant) *string
	}{
		{"file", func(g *sdk.Grant) *string { return &g.File }},
		{"origin", func(g *sdk.Grant) *string { return &g.Origin }},
		{"destination", func(g *sdk.Grant) *string { return &g.Destination }},
		{"label", func(g *sdk.Grant) *string { return &g.Label }},
	}
	grantNumbers = [...]struct {
		key    string
		absent int64
		at     func(*sdk.Grant) *int64
	}{
		{"number", 0, func(g *sdk.Grant) *int64 { return &g.Number }},
		{"type", 0, func(g *sdk.Grant) *int64 { return &g.Type }},
		{"size", -1, func(g *sdk.Grant) *int64 { return &g.Size }},
	}
)

func writeGrant(_ *dialogue, m *sdk.Message, out []byte) ([]byte, error) {
	g := m.Grant
	if g == nil {
		return out, errNoBody
	}
	for _, o := range grantNumbers {
		if n := *o.at(g); n != o.absent {
			out = appendNumber(out, o.key, n)
		}
	}
	for _, o := range grantTexts {
		out = appendOption(out, o.key, *o.at(g))
	}
	if !g.Modified.IsZero() {
		out = appendOption(out, "modified", g.Modified.Format(time.RFC3339Nano))
	}
	for _, t := range g.Terms {
		out = appendTerm(out, t)
	}
	return appendAttributes(out, g.Attributes)
}
