package process

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
	"github.com/postern/postern/sdk/wire"
)

// filter answers the stream of one transfer: the facts, then its blocks.
func (s *service) filter(g grpc.ServerStream) error {
	in := frame.In{Own: true}
	if err := g.RecvMsg(&in); err != nil {
		return err
	}
	f, err := s.openFilter(g.Context(), in.Bytes())
	if err != nil {
		return judge(g, err)
	}
	t := transfer{g: g, filter: f, pool: &s.pool}
	defer func() { _ = f.Close() }() // what it could still say, nobody would hear
	if err := g.SendMsg(frame.Verdict(sdk.PointFilter, &sdk.Verdict{Kind: sdk.Pass})); err != nil {
		return err
	}
	for {
		err := g.RecvMsg(&in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := t.message(in.Bytes()); err != nil {
			return judge(g, err)
		}
	}
}

// judge ends a stream with an error: with a verdict if it is a refusal.
func judge(g grpc.ServerStream, err error) error {
	if r, ok := sdk.AsRefusal(err); ok {
		return g.SendMsg(frame.Verdict(sdk.PointFilter, &sdk.Verdict{Kind: sdk.Deny, Refusal: r}))
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	return failed(err)
}

func (s *service) openFilter(ctx context.Context, message []byte) (sdk.Filter, error) {
	opener, ok := s.exit.(sdk.FilterOpener)
	if !ok {
		return nil, status.Error(codes.Unimplemented, "it does not filter")
	}
	q, config, err := wire.ParseQuestion(sdk.PointFilter, string(message))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	q.Config = config
	r, err := frame.ParseRequest(message)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	row, _ := sdk.PointFilter.Row()
	ctx, cancel := context.WithTimeout(ctx, row.Deadline)
	defer cancel()
	f, err := opener.OpenFilter(ctx, q)
	if err != nil || r.State == nil {
		return f, err
	}
	if stateful, ok := f.(sdk.StatefulFilter); !ok {
		err = errors.New("it keeps no state")
	} else {
		err = stateful.Restore(r.State)
	}
	if err != nil {
		_ = f.Close() // it has failed already
		return nil, failed(err)
	}
	return f, nil
}

// transfer is a filter at work.
type transfer struct {
	g      grpc.ServerStream
	filter sdk.Filter
	pool   *frame.Pool
}

func (t *transfer) message(b []byte) error {
	r, err := frame.ParseRequest(b)
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	if r.Snapshot {
		return t.snapshot()
	}
	return t.block(r.Block, r.Last)
}

// snapshot says the filter's state, or that it has none: that is no failure.
func (t *transfer) snapshot() error {
	var state []byte
	if stateful, ok := t.filter.(sdk.StatefulFilter); ok {
		if got, err := stateful.Snapshot(); err == nil {
			if state = got; state == nil {
				state = []byte{}
			}
		}
	}
	return t.g.SendMsg(frame.State(state))
}

// block gives a block to the filter, in pieces where it lends less memory, and sends what comes out. The last message
// says that there is no more.
func (t *transfer) block(b []byte, last bool) error {
	for {
		piece := b
		if l, ok := t.filter.(sdk.BlockLender); ok {
			if room := l.Buffer(); len(room) > 0 {
				piece = room[:copy(room, b)]
			}
		}
		b = b[len(piece):]
		end, err := t.piece(piece, last && len(b) == 0, len(b) > 0)
		if err != nil || end || len(b) == 0 {
			return err
		}
	}
}

// piece sends all that comes out of one piece; follows says that another piece of the same block will.
func (t *transfer) piece(in []byte, last, follows bool) (end bool, err error) {
	for {
		got, err := t.filter.Block(in, last)
		if err != nil {
			return false, err
		}
		end = end || got.End
		if err := t.send(got.Bytes, got.More || (follows && !end), end); err != nil {
			return false, err
		}
		if !got.More {
			return end, nil
		}
		in = nil
	}
}

// send splits what came out into messages of at most a block.
func (t *transfer) send(b []byte, more, end bool) error {
	for len(b) > frame.Block {
		if err := t.g.SendMsg(frame.Filtered(t.pool.Copy(b[:frame.Block]), true, end)); err != nil {
			return err
		}
		b = b[frame.Block:]
	}
	if len(b) == 0 && more {
		return nil // the next message says it all
	}
	return t.g.SendMsg(frame.Filtered(t.pool.Copy(b), more, end))
}
