package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Health answers the two questions of orchestrators; nil is yes.
type Health interface {
	Live(ctx context.Context) error
	Ready(ctx context.Context) error
}

// Routes are /metrics, /healthz and /readyz. The last two answer 200 and "ok", or 503 and what is wrong, a line each.
func Routes(m *Metrics, h Health) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m)
	mux.HandleFunc("GET /healthz", answer(h.Live))
	mux.HandleFunc("GET /readyz", answer(h.Ready))
	return mux
}

func answer(ask func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		text := "ok"
		if err := ask(r.Context()); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			text = err.Error()
		}
		_, _ = io.WriteString(w, strings.TrimSuffix(text, "\n")+"\n") // who does not listen any more needs no answer
	}
}

// Bounds of the endpoint: nobody who reaches it can hold more than this.
const (
	maxConnections = 64
	maxHeader      = 16 << 10
	headerTime     = 5 * time.Second
	requestTime    = 10 * time.Second
	answerTime     = 30 * time.Second
	idleTime       = time.Minute
)

// Endpoint serves HTTP until it is closed.
type Endpoint struct {
	socket net.Listener
	http   *http.Server
	served sync.WaitGroup
	log    *slog.Logger
}

// Listen binds an address, host:port with port 0 for any that is free. Nothing is served before [Endpoint.Serve].
func Listen(ctx context.Context, address string, h http.Handler, log *slog.Logger) (*Endpoint, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("telemetry.address: %w", err)
	}
	return &Endpoint{socket: bounded(l, maxConnections), log: log, http: &http.Server{Handler: h, ReadHeaderTimeout: headerTime,
		ReadTimeout: requestTime, WriteTimeout: answerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}}, nil
}

// Address is where it is bound.
func (e *Endpoint) Address() net.Addr { return e.socket.Addr() }

// Serve answers from now on.
func (e *Endpoint) Serve() {
	e.served.Go(func() {
		if err := e.http.Serve(e.socket); !errors.Is(err, http.ErrServerClosed) {
			e.log.Error("the telemetry endpoint has failed", "error", err)
		}
	})
}

// Close stops listening and waits for the answers under way until ctx ends: then it cuts them.
func (e *Endpoint) Close(ctx context.Context) error {
	err := e.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, e.http.Close())
	}
	if cerr := e.socket.Close(); cerr != nil && !errors.Is(cerr, net.ErrClosed) { // it was never served
		err = errors.Join(err, cerr)
	}
	e.served.Wait()
	return err
}

// bounded makes a listener accept only as many connections at once; the others wait in the system's queue.
func bounded(l net.Listener, most int) net.Listener {
	return &boundedListener{Listener: l, room: make(chan struct{}, most), closed: make(chan struct{})}
}

type boundedListener struct {
	net.Listener
	room   chan struct{}
	once   sync.Once
	closed chan struct{}
}

func (l *boundedListener) Accept() (net.Conn, error) {
	select {
	case l.room <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.room
		return nil, err
	}
	return &boundedConn{Conn: c, leave: sync.OnceFunc(func() { <-l.room })}, nil
}

func (l *boundedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type boundedConn struct {
	net.Conn
	leave func()
}

func (c *boundedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
