package sqlite

import "context"

// do runs a call of the test's own on the writer's goroutine.
func (w *writer) do(ctx context.Context, run func(*tx) error) error {
	return w.submit(ctx, &job{run: run})
}

// Note makes durable what was answered early, as a call that must be durable would.
func (c *Catalog) Note(ctx context.Context) error {
	return c.w.do(ctx, func(*tx) error { return nil })
}

// Behind is how many entries the journal has and the database has not.
func (c *Catalog) Behind(ctx context.Context) (n int) {
	_ = c.look(ctx, func(t *tx) error { n = len(t.w.behind); return nil })
	return n
}
