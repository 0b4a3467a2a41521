package sqlite

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/postern/postern/core/catalog"
)

// Sessions outlive a panic: the catalog must not go on with half a call, and nobody may wait for an answer for ever.
func TestAPanicInACallStopsTheWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := context.Background()
	other, bad := make(chan error), make(chan error)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is gone")
			}
		}()
		_ = c.w.do(ctx, func(t *tx) error { // it leads
			go func() { other <- c.w.do(ctx, func(*tx) error { return nil }) }()
			t.w.call(t.w.left())
			go func() {
				bad <- c.w.do(ctx, func(t *tx) error {
					if err := t.insert(catalog.Entry{ID: "half", Kind: catalog.File, Partner: "P"}, false); err != nil {
						return err
					}
					panic("a bug")
				})
			}()
			t.w.call(t.w.left())
			return nil
		})
	}()
	for _, answer := range []chan error{other, bad} {
		if err := <-answer; err == nil {
			t.Error("a call was acknowledged")
		}
	}
	if err := c.Alive(ctx); err == nil {
		t.Error("it says that it lives")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if c, err = Open(path, Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(ctx, "half"); err == nil {
		t.Error("half a call was committed")
	}
}
