package guest

import (
	"context"
	"fmt"
	"log/slog"
	"time"
	"unsafe"

	"github.com/postern/postern/sdk/wire"
)

//go:wasmimport postern_v1 log
//go:noescape
func hostLog(level uint32, message string)

//go:wasmimport postern_v1 config_get
//go:noescape
func hostConfig(key string, out unsafe.Pointer, capacity uint32) int32

//go:wasmimport postern_v1 fact_get
//go:noescape
func hostFact(key string, out unsafe.Pointer, capacity uint32) int32

//go:wasmimport postern_v1 now_ms
func hostNow() int64

//go:wasmimport postern_v1 verify_password
//go:noescape
func hostVerify(hash string, which uint32) int32

//go:wasmimport postern_v1 http_request
//go:noescape
func hostHTTP(request unsafe.Pointer, size uint32, out unsafe.Pointer, capacity uint32) int32

//go:wasmimport postern_v1 kv_get
//go:noescape
func hostGet(key string, out unsafe.Pointer, capacity uint32) int32

//go:wasmimport postern_v1 kv_put
//go:noescape
func hostPut(key string, value unsafe.Pointer, size uint32) int32

// firstAnswer is where answers of the server's go at first. What is larger is asked for again.
const firstAnswer = 4 << 10

var answer []byte

// ask calls the server with a buffer that is large enough, and gives a view of the answer that is valid until the next call.
func ask(call func(out unsafe.Pointer, capacity uint32) int32) ([]byte, error) {
	if answer == nil {
		answer = make([]byte, firstAnswer)
	}
	n := call(start(answer), uint32(len(answer)))
	if n > int32(len(answer)) {
		answer = make([]byte, n)
		n = min(call(start(answer), uint32(len(answer))), int32(len(answer)))
	}
	if n < 0 {
		return nil, errorOf(n)
	}
	return answer[:n], nil
}

func start(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

func errorOf(n int32) error {
	switch n {
	case -1:
		return ErrMissing
	case -2:
		return ErrNotGranted
	case -4:
		return ErrDeadline
	}
	return ErrArgument
}

// Log writes a message into the server's log; see [Logger] for one with attributes.
func Log(_ context.Context, level slog.Level, message string) { hostLog(levelNumber(level), message) }

func levelNumber(l slog.Level) uint32 {
	switch {
	case l < slog.LevelInfo:
		return 0
	case l < slog.LevelWarn:
		return 1
	case l < slog.LevelError:
		return 2
	}
	return 3
}

// Config gives a value of the exit's own settings by its dotted key: text as it is, anything else as JSON; all of them, one
// JSON object, for "". The error is [ErrMissing] where there is none.
func Config(_ context.Context, key string) (string, error) {
	b, err := ask(func(out unsafe.Pointer, capacity uint32) int32 { return hostConfig(key, out, capacity) })
	return string(b), err
}

// Fact gives one fact of the question by its dotted key, as text: "request.file", "partner.labels.tier".
func Fact(_ context.Context, key string) (string, error) {
	b, err := ask(func(out unsafe.Pointer, capacity uint32) int32 { return hostFact(key, out, capacity) })
	return string(b), err
}

// Now is the time of the question: the same however often it is asked, and whenever a decision is replayed.
func Now(context.Context) time.Time { return time.UnixMilli(hostNow()).UTC() }

// VerifyPassword has a secret of the caller's compared with an argon2id or bcrypt hash, without showing it. It needs the grant
// verify_password, and works twice in one decision.
func VerifyPassword(_ context.Context, hash string, which Which) (bool, error) {
	n := hostVerify(hash, uint32(which))
	if n < 0 {
		return false, errorOf(n)
	}
	return n == 1, nil
}

// HTTP sends a request to an origin that the grant lists and waits for the reply. An answer of the other side is no error,
// whatever its status; that there was none is.
func HTTP(_ context.Context, q *HTTPRequest) (HTTPReply, error) {
	request := wire.AppendHTTPRequest(nil, q)
	b, err := ask(func(out unsafe.Pointer, capacity uint32) int32 {
		return hostHTTP(start(request), uint32(len(request)), out, capacity)
	})
	if err != nil {
		return HTTPReply{}, err
	}
	a, err := wire.ParseHTTPReply(string(b))
	if err == nil && a.Status == 0 {
		err = fmt.Errorf("%s %s: %s", q.Method, q.URL, a.Body)
	}
	return a, err
}

// Get gives a value that [Put] has kept, in this instance or another. It needs the grant store.
func Get(_ context.Context, key string) ([]byte, error) {
	b, err := ask(func(out unsafe.Pointer, capacity uint32) int32 { return hostGet(key, out, capacity) })
	return append([]byte(nil), b...), err
}

// Put keeps a value; an empty one takes the key away. All together may have 1 MiB.
func Put(_ context.Context, key string, value []byte) error {
	if n := hostPut(key, start(value), uint32(len(value))); n < 0 {
		return errorOf(n)
	}
	return nil
}
