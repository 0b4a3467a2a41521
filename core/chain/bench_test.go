package chain

import (
	"context"
	"fmt"
	"testing"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

// BenchmarkAsk asks five exits that work in their caller's goroutine and have no opinion: what is left is the way there.
func BenchmarkAsk(b *testing.B) {
	c := Config{Points: Lists{sdk.PointIdentify: nil, sdk.PointAuthorize: nil, sdk.PointMessage: nil}}
	for i := range 5 {
		name := fmt.Sprintf("e%d", i)
		c.Exits = append(c.Exits, Link{Name: name, Prompt: true, Exit: answers(func(context.Context, sdk.Question) (sdk.Verdict, error) { return sdk.PassVerdict(), nil })})
		c.Points[sdk.PointOpen] = append(c.Points[sdk.PointOpen], name)
	}
	s, err := New(c)
	if err != nil {
		b.Fatal(err)
	}
	facts := exittest.Facts(sdk.PointOpen)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Ask(b.Context(), sdk.PointOpen, facts, Scope{}); err != nil {
			b.Fatal(err)
		}
	}
}
