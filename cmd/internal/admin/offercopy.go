package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/sdk"
)

// copyBuffer is how much of an offered file is written at once, in bytes.
const copyBuffer = 1 << 20

// copy stores the content under the flow's path, durably. Before it has its name the catalog notes the offer, so that a
// crash leaves no file that nothing knows of. Nothing stays of a copy that failed.
func (p *plan) copy(ctx context.Context, c catalog.Preparer, content io.Reader, size int64) error {
	if limit := p.flow.MaxSize; limit > 0 && size > limit {
		return sdk.Refuse(sdk.FileSize, "%s, flow %s takes %d", count.Of(size, "byte"), p.flow.ID, limit)
	}
	w, err := p.backend.Create(sdk.Target{ID: p.entry.ID, Path: p.entry.Path, OnExists: p.flow.OnExists,
		Durability: sdk.DurabilitySync, Size: size})
	if err != nil {
		return fmt.Errorf("copy to %s: %w", p.entry.Path, err)
	}
	if err := p.fillWriter(ctx, c, w, content, size); err != nil {
		return errors.Join(err, w.Discard())
	}
	name, err := w.Commit(p.flow.OnExists) // it syncs
	if name != "" {                        // it has its name, also with an error
		p.entry.Path, p.copied = name, true
	}
	if err != nil {
		if !p.copied {
			err = errors.Join(err, w.Discard())
		}
		return errors.Join(err, p.undo(ctx, c))
	}
	return nil
}

// fillWriter writes the content and has the catalog note that it is about to get its name.
func (p *plan) fillWriter(ctx context.Context, c catalog.Preparer, w sdk.Writer, content io.Reader, size int64) error {
	n, err := p.write(w, content)
	if err != nil {
		return err
	}
	if size >= 0 && n != size {
		return refused(strconv.FormatInt(size, 10) + " bytes were announced, " + strconv.FormatInt(n, 10) + " came")
	}
	p.entry.Size = n
	if p.entry.Point.Backend, err = state(w); err != nil {
		return err
	}
	if err := c.Prepare(ctx, p.entry); err != nil {
		return err
	}
	p.noted = true
	return nil
}

func (p *plan) write(w sdk.Writer, content io.Reader) (n int64, err error) {
	buf := make([]byte, copyBuffer)
	for {
		k, rerr := fill(buf, content)
		if limit := p.flow.MaxSize; limit > 0 && n+int64(k) > limit {
			return n, sdk.Refuse(sdk.FileSize, "flow %s takes %s", p.flow.ID, count.Of(limit, "byte"))
		}
		if k > 0 {
			if err := w.WriteAt([][]byte{buf[:k]}, n); err != nil {
				return n, err
			}
			n += int64(k)
		}
		switch {
		case rerr == nil:
		case errors.Is(rerr, io.EOF):
			return n, nil
		default:
			return n, fmt.Errorf("read the content: %w", rerr)
		}
	}
}

// fill reads until the buffer is full. io.ReadFull would not do: it says of an end what HTTP says of a cut.
func fill(buf []byte, r io.Reader) (n int, err error) {
	for n < len(buf) && err == nil {
		var k int
		k, err = r.Read(buf[n:])
		n += k
	}
	return n, err
}

// state is what the backend needs to tell after a crash what became of the copy.
func state(w sdk.Writer) ([]byte, error) {
	if s, ok := sdk.As[sdk.Stateful](w); ok {
		return s.State()
	}
	_, kept, err := w.Sync()
	return kept, err
}

// undo removes the copy of an offer that did not come into the catalog, and what the catalog has noted of it. A copy that
// cannot be removed keeps its note: the next start of the server makes an offer of it.
func (p *plan) undo(ctx context.Context, c catalog.Preparer) error {
	if p.copied {
		r, ok := sdk.As[sdk.Remover](p.backend)
		if !ok {
			return fmt.Errorf("the copy %s stays in backend %s and is offered at the next start of the server", p.entry.Path, p.flow.Backend)
		}
		if err := r.Remove(p.entry.Path); err != nil {
			return err
		}
		p.copied = false
	}
	if !p.noted {
		return nil
	}
	p.noted = false
	return c.Withdraw(context.WithoutCancel(ctx), p.entry.ID)
}
