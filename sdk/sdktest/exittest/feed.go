package exittest

import (
	"context"
	"errors"
	"slices"

	"github.com/postern/postern/sdk"
)

// maxMore bounds the answers to one block.
const maxMore = 1 << 20

// feeding is one file on its way through a filter.
type feeding struct {
	FilterCase
	ctx     context.Context
	opener  sdk.FilterOpener
	f       sdk.Filter
	out     []byte
	ended   bool
	closing error // the first failure to close
}

// run opens the filter, gives it every block and closes it.
func (w *feeding) run() error {
	if err := w.open(); err != nil {
		return err
	}
	defer func() { w.close() }()
	for i, b := range w.Blocks {
		if w.Restart > 0 && i == w.Restart {
			if err := w.restart(); err != nil {
				return err
			}
		}
		if err := w.block([]byte(b), i == len(w.Blocks)-1); err != nil || w.ended {
			return err
		}
	}
	return nil
}

func (w *feeding) open() (err error) {
	facts := Facts(sdk.PointFilter)
	facts.Session = w.Do
	w.f, err = w.opener.OpenFilter(w.ctx, sdk.Question{Point: sdk.PointFilter, Facts: facts})
	return err
}

// close closes the filter at work, if there is one.
func (w *feeding) close() {
	if w.f == nil {
		return
	}
	if err := w.f.Close(); w.closing == nil {
		w.closing = err
	}
	w.f = nil
}

// restart puts another filter with the same state in place of the one at work.
func (w *feeding) restart() error {
	before, ok := w.f.(sdk.StatefulFilter)
	if !ok {
		return errors.New("the filter keeps no state")
	}
	state, err := before.Snapshot()
	if err != nil {
		return err
	}
	state = slices.Clone(state)
	w.close()
	if err := w.open(); err != nil {
		return err
	}
	return w.f.(sdk.StatefulFilter).Restore(state)
}

// block gives a block, in pieces where the filter lends less memory than it has, and takes all that comes out of it.
func (w *feeding) block(b []byte, last bool) error {
	for {
		piece := b
		if l, ok := w.f.(sdk.BlockLender); ok {
			if room := l.Buffer(); len(room) > 0 {
				piece = room[:copy(room, b)]
			}
		}
		b = b[len(piece):]
		if err := w.answers(piece, last && len(b) == 0); err != nil || w.ended || len(b) == 0 {
			return err
		}
	}
}

func (w *feeding) answers(in []byte, last bool) error {
	for range maxMore {
		got, err := w.f.Block(in, last)
		if err != nil {
			return err
		}
		w.out = append(w.out, got.Bytes...)
		w.ended = w.ended || got.End
		if !got.More {
			return nil
		}
		in = nil
	}
	return errors.New("the filter has more without end")
}
