package admin

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// stream answers with one JSON array, an item as soon as it is read. An error before the first item is a proper answer;
// one after it cuts the connection, so that nobody takes a part for the whole.
func stream[T any](s *Server, ctx context.Context, doing string, items iter.Seq2[T, error]) (*huma.StreamResponse, error) {
	next, stop := iter.Pull2(items)
	first, err, any := next()
	if any && err != nil {
		stop()
		return nil, s.fault(ctx, doing, err)
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer stop()
		hc.SetHeader("Content-Type", "application/json")
		hc.SetStatus(http.StatusOK)
		w := &array{w: hc.BodyWriter()}
		for item, ok := first, any; ok; item, err, ok = next() {
			if err == nil {
				err = w.add(item)
			}
			if err != nil {
				s.options.Log.Warn("a listing was cut", "command", doing, "error", err)
				panic(http.ErrAbortHandler)
			}
		}
		if err := w.end(); err != nil {
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// array writes a JSON array, one item a line.
type array struct {
	w     io.Writer
	count int
}

func (a *array) add(item any) error {
	b, err := json.Marshal(item)
	if err != nil {
		return err
	}
	lead := ",\n"
	if a.count == 0 {
		lead = "[\n"
	}
	a.count++
	_, err = a.w.Write(append([]byte(lead), b...))
	return err
}

func (a *array) end() error {
	tail := "\n]\n"
	if a.count == 0 {
		tail = "[]\n"
	}
	_, err := io.WriteString(a.w, tail)
	return err
}
