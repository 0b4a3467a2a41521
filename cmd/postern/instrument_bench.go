//go:build bench

package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"runtime/debug"
)

// instrument lets cmd/bench look into the process, over HTTP at the unix socket that BENCH_SOCKET names. It is in no
// build that is given away: whoever reaches the socket may read the memory.
func instrument() {
	path := os.Getenv("BENCH_SOCKET")
	if path == "" {
		return
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		fmt.Fprintln(os.Stderr, "postern: measurements:", err)
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /profile", pprof.Profile)
	mux.HandleFunc("GET /trace", pprof.Trace)
	mux.Handle("GET /heap", pprof.Handler("heap"))
	mux.Handle("GET /allocs", pprof.Handler("allocs"))
	mux.Handle("GET /goroutine", pprof.Handler("goroutine"))
	mux.HandleFunc("POST /collect", func(w http.ResponseWriter, _ *http.Request) {
		debug.FreeOSMemory() // collects first
		w.WriteHeader(http.StatusNoContent)
	})
	go func() { _ = http.Serve(l, mux) }()
}
