package author

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/postern/postern/sdk"
)

// Speed is how fast a plugin answers one question.
type Speed struct {
	Event    string    `json:"event"`
	Point    sdk.Point `json:"point"`
	Calls    int       `json:"calls"`
	Parallel int       `json:"parallel"`
	PerS     float64   `json:"calls_per_s"`
	MedianNS int64     `json:"p50_ns"`
	P99NS    int64     `json:"p99_ns"`
	MaxNS    int64     `json:"max_ns"`
	Fuel     int64     `json:"fuel,omitempty"`   // of the dearest call
	Memory   int64     `json:"memory,omitempty"` // bytes
}

const (
	warmUp   = 50        // calls before anything is measured
	maxCalls = 5_000_000 // that are measured: their times are kept
)

// Bench asks one question over and over for some time, in parallel where that is more than 1. A call that gets no answer
// ends it with its error.
func Bench(ctx context.Context, p Plugin, e Event, long time.Duration, parallel int) (Speed, error) {
	s := Speed{Event: e.File, Point: e.Question.Point, Parallel: max(parallel, 1)}
	for range warmUp {
		t, err := p.Trial(ctx, e.Question)
		if err != nil {
			return s, err
		}
		s.Fuel, s.Memory = max(s.Fuel, t.Fuel), max(s.Memory, t.Memory)
	}
	times := make([][]time.Duration, s.Parallel)
	errs := make([]error, s.Parallel)
	var all sync.WaitGroup
	began := time.Now()
	for i := range s.Parallel {
		all.Go(func() { times[i], errs[i] = clock(ctx, p, e.Question, began.Add(long), maxCalls/s.Parallel) })
	}
	all.Wait()
	took := time.Since(began)
	for _, err := range errs {
		if err != nil {
			return s, err
		}
	}
	s.fill(slices.Concat(times...), took)
	return s, nil
}

// clock measures calls until a moment, at least one.
func clock(ctx context.Context, p Plugin, q sdk.Question, until time.Time, most int) (out []time.Duration, err error) {
	for last := time.Now(); len(out) == 0 || last.Before(until) && len(out) < most; {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		if _, err := p.Decide(ctx, q); err != nil {
			return out, err
		}
		now := time.Now()
		out = append(out, now.Sub(last))
		last = now
	}
	return out, nil
}

func (s *Speed) fill(times []time.Duration, took time.Duration) {
	slices.Sort(times)
	at := func(share float64) int64 { return times[int(share*float64(len(times)-1))].Nanoseconds() }
	s.Calls, s.PerS = len(times), float64(len(times))/took.Seconds()
	s.MedianNS, s.P99NS, s.MaxNS = at(0.5), at(0.99), at(1)
}

// Data is so many bytes that neither repeat soon nor compress: what a filter is measured with.
func Data(size int64) io.Reader {
	block := make([]byte, 1<<20)
	x := uint32(2463534242)
	for i := range block {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		block[i] = byte(x)
	}
	return Repeat(block, size)
}

// Repeat is a content over and over, so many bytes of it.
func Repeat(content []byte, size int64) io.Reader {
	return io.LimitReader(&endless{block: content}, size)
}

type endless struct {
	block []byte
	at    int
}

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, e.block[e.at:])
	e.at = (e.at + n) % len(e.block)
	return n, nil
}
