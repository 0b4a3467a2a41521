package inspect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/sdk"
)

// entries looks at every entry's file.
func (r *round) entries(ctx context.Context) error {
	for e, err := range r.Catalog.List(ctx, catalog.Filter{}) {
		if err != nil {
			return err
		}
		r.sum.Entries++
		if err := r.entry(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (r *round) entry(ctx context.Context, e catalog.Entry) error {
	if e.Kind != catalog.File || e.Status() == catalog.Running || slices.Contains(r.Passing, e.Backend) {
		return nil // the next start of the server settles what was running
	}
	waits := e.Stage == catalog.StageTransfer && e.Step != catalog.StepDone
	if !waits && !finished(e) {
		return nil // what was sent may be gone
	}
	b, ok := r.Backends[e.Backend]
	switch {
	case !ok:
		return r.found(about(BackendUnknown, e, "the configuration has no backend %q", e.Backend))
	case finished(e):
		return r.received(ctx, b, e)
	case e.Direction == catalog.Receive:
		return r.unfinished(ctx, b, e)
	}
	return r.offered(b, e)
}

func about(kind string, e catalog.Entry, format string, args ...any) Finding {
	return Finding{Kind: kind, ID: e.ID, Backend: e.Backend, Path: e.Path, What: fmt.Sprintf(format, args...)}
}

// offered looks for the file of a send that was not fetched whole.
func (r *round) offered(b sdk.Backend, e catalog.Entry) error {
	f, err := b.Open(e.Path)
	if sdk.CodeOf(err) == sdk.FileMissing {
		return r.found(about(FileMissing, e, "the offered file is gone"))
	}
	if err != nil {
		return fmt.Errorf("entry %s: %w", e.ID, err)
	}
	return f.Close()
}

// unfinished looks for the part of an interrupted or kept receive. One that begins anew anyway needs none.
func (r *round) unfinished(ctx context.Context, b sdk.Backend, e catalog.Entry) error {
	if _, lists := sdk.As[sdk.Parts](b); !lists || e.Superseded != "" || e.Point.FileOffset == 0 {
		return nil
	}
	part, ok := r.parts[place{e.Backend, e.ID}]
	switch {
	case ok && part.Size >= e.Point.FileOffset:
		return nil
	case ok:
		return r.lost(ctx, e, about(PartShort, e, "what was received has %s, %d were durable at sync point %d", count.Of(part.Size, "byte"),
			e.Point.FileOffset, e.Point.Number))
	}
	return r.lost(ctx, e, about(PartMissing, e, "what was received is gone (%s at sync point %d)", count.Of(e.Point.FileOffset, "byte"), e.Point.Number))
}

// lost makes an entry whose data is gone begin at byte 0 when its peer restarts it.
func (r *round) lost(ctx context.Context, e catalog.Entry, f Finding) error {
	switch {
	case !r.Repair:
	case !e.Restartable():
		f.What += "; it is kept: release it first, or delete it"
	default:
		if err := r.beginAnew(ctx, e); err != nil {
			return fmt.Errorf("entry %s: %w", e.ID, err)
		}
		f.Repaired = "a restart begins at byte 0"
	}
	return r.found(f)
}

// beginAnew takes the entry as a session would, forgets its points and leaves it interrupted as it was.
func (r *round) beginAnew(ctx context.Context, e catalog.Entry) error {
	code, reason := e.Code, e.Reason
	at := r.Now()
	e, err := r.Catalog.Restart(ctx, e, catalog.Grant{Point: &catalog.Point{},
		Decisions: []catalog.Decision{{Time: catalog.Instant(at), Point: "operator", Exit: Actor, Verdict: "begin anew"}}})
	if err != nil {
		return err
	}
	if err := r.Catalog.Begin(ctx, e.Lease()); err != nil {
		return err
	}
	_, err = r.Catalog.Interrupt(ctx, e.Lease(), catalog.Interruption{Code: code, Reason: reason})
	return err
}

// received looks at a file that has its last name.
func (r *round) received(ctx context.Context, b sdk.Backend, e catalog.Entry) error {
	if r.last[place{e.Backend, e.Path}] != e.ID {
		return nil // replaced by a later one
	}
	f, err := b.Open(e.Path)
	switch {
	case sdk.CodeOf(err) == sdk.FileMissing && r.GoneOK:
		return nil
	case sdk.CodeOf(err) == sdk.FileMissing:
		return r.found(about(FileMissing, e, "the received file is gone"))
	case err != nil:
		return fmt.Errorf("entry %s: %w", e.ID, err)
	}
	return errors.Join(r.compare(ctx, f, e), f.Close())
}

func (r *round) compare(ctx context.Context, f sdk.Reader, e catalog.Entry) error {
	if size := f.Info().Size; size != e.Bytes {
		return r.found(about(FileSize, e, "the file has %s, %d were received", count.Of(size, "byte"), e.Bytes))
	}
	if !r.Digest || e.SHA256 == "" {
		return nil
	}
	sum, err := digest(ctx, f)
	if err != nil {
		return fmt.Errorf("entry %s: read %s: %w", e.ID, e.Path, err)
	}
	if sum != e.SHA256 {
		return r.found(about(FileDigest, e, "the file has the SHA-256 %s, %s was received", sum, e.SHA256))
	}
	return nil
}

func digest(ctx context.Context, f sdk.Reader) (string, error) {
	h := sha256.New()
	buf := make([]byte, 1<<20)
	for off := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := f.ReadAt(buf, off)
		h.Write(buf[:n])
		off += int64(n)
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
}
