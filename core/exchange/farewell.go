package exchange

import (
	"context"
	"errors"
	"io"
	"time"
)

// Farewell writes what is waiting, then reads and drops until the peer closes, d has passed (0: however long it takes) or
// ctx ends. The connection is closed when it returns.
func (x *Exchange) Farewell(ctx context.Context, d time.Duration) {
	x.deaf, x.behind = true, 0
	x.PaceIn(nil)
	x.PaceOut(nil)
	x.timer.arm("farewell", d)
	defer x.Close()
	for x.gone == nil {
		x.writer.flush()
		x.reader.drop()
		switch o, ok := x.wait(ctx); {
		case o.What == Expired, o.What == Cancelled:
			return
		case o.What == Noticed && ok:
			x.unheard = append(x.unheard, o.Notice)
		}
	}
	if errors.Is(x.gone, io.EOF) && !x.writer.idle() {
		x.finishWrite(ctx)
	}
}

// finishWrite gives the last answer a chance when the peer stopped talking first.
func (x *Exchange) finishWrite(ctx context.Context) {
	x.writer.flush()
	for x.writer.busy {
		x.writer.hand()
		select {
		case <-x.writer.done:
			x.writer.finished()
		case <-ctx.Done():
			return
		case <-x.timer.rang:
			if _, end := x.timer.expired(); end == ranOut {
				return
			}
		}
	}
}

// Close closes the connection and waits for the goroutines. It may be called twice.
func (x *Exchange) Close() error {
	err := x.conn.Close()
	x.timer.stop()
	x.rest.end()
	x.in.free()
	x.out.free()
	x.reader.stop()
	x.writer.stop()
	if d := x.d; d != nil {
		x.d = nil
		d.Close()
	}
	return err
}
