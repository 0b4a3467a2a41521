//go:build linux

package process

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

// go test -bench . -benchmem ./plugins/process

func BenchmarkDecision(b *testing.B) {
	e := load(b, "as-exit")
	q := question(sdk.PointAuthorize, exittest.DoPass)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Decide(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecisionsAtOnce(b *testing.B) {
	e := load(b, "as-exit")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		q := question(sdk.PointAuthorize, exittest.DoPass)
		for pb.Next() {
			if _, err := e.Decide(b.Context(), q); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		e, err := Load(b.Context(), settings(b, "as-exit"))
		if err != nil {
			b.Fatal(err)
		}
		if err := e.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// The time until the end of a process is noticed, and until another one answers.
func BenchmarkCrash(b *testing.B) {
	e := load(b, "as-exit", func(s *Settings) { s.Limits.Backoff = time.Millisecond })
	var noticed time.Duration
	for b.Loop() {
		pid := e.Running()
		began := time.Now()
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			b.Fatal(err)
		}
		for e.Running() == pid {
			time.Sleep(50 * time.Microsecond)
		}
		noticed += time.Since(began)
		eventually(b, e)
	}
	b.ReportMetric(float64(noticed.Microseconds())/float64(b.N), "µs-until-noticed")
}

func BenchmarkFilter(b *testing.B) {
	for _, size := range []int{64 << 10, frame.Block} {
		b.Run(fmt.Sprint(size>>10, "KiB"), func(b *testing.B) {
			e := load(b, "as-exit")
			f, err := e.OpenFilter(b.Context(), question(sdk.PointFilter, exittest.DoCopy))
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Block(f.(sdk.BlockLender).Buffer()[:size], false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	const size = 64 << 20
	e := load(b, "as-exit")
	file := large(size)
	b.SetBytes(size)
	for b.Loop() {
		if got := verify(b, e, "count", file); got != fmt.Sprint(size, " <nil>") {
			b.Fatal(got)
		}
	}
}
