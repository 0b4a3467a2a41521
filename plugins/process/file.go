package process

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
)

var (
	verifying = grpc.StreamDesc{StreamName: "Verify", ClientStreams: true}
	opening   = grpc.StreamDesc{StreamName: frame.MethodOpenFile, ClientStreams: true}
)

// ask sends the question, with the file where the point has one that the exit may read, and takes the answer.
func (e *Exit) ask(ctx context.Context, c *child, q *sdk.Question, in *frame.In) error {
	f := q.Facts
	switch {
	case q.Point == sdk.PointVerify && f.File != nil:
		return e.askWithFile(ctx, c, &verifying, frame.Method(q.Point), q, f.File.Content, in)
	case q.Point == sdk.PointVerify:
		return e.askWithFile(ctx, c, &verifying, frame.Method(q.Point), q, nil, in)
	case q.Point == sdk.PointOpen && e.set.Grants.File && f.Target != nil && f.Target.Content != nil && !c.blind.Load():
		err := e.askWithFile(ctx, c, &opening, frame.OpenFile, q, f.Target.Content, in)
		if status.Code(err) != codes.Unimplemented {
			return err
		}
		if !c.blind.Swap(true) { // it was built before there was OpenFile
			e.set.Log.Warn("the exit does not see files that are sent: it does not serve OpenFile")
		}
	}
	return c.conn.Invoke(ctx, frame.Method(q.Point), frame.Question(q, e.shown()), in, grpc.StaticMethod())
}

// askWithFile sends the facts and, if granted, the file's blocks, until the answer comes. gRPC's window keeps as many
// blocks on their way as the contract says.
func (e *Exit) askWithFile(ctx context.Context, c *child, as *grpc.StreamDesc, method string, q *sdk.Question, file io.ReaderAt,
	in *frame.In) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // a file that cannot be read is not a shorter file
	s, err := c.conn.NewStream(ctx, as, method, grpc.StaticMethod())
	if err != nil {
		return err
	}
	err = s.SendMsg(frame.Question(q, e.shown()))
	if err == nil && e.set.Grants.File && file != nil {
		err = e.sendFile(s, q.Point, file)
	}
	if err != nil && !errors.Is(err, io.EOF) { // io.EOF: the answer is there already
		return err
	}
	if err == nil {
		_ = s.CloseSend() // what it could say, RecvMsg says
	}
	return s.RecvMsg(in)
}

// sendFile sends a file block by block. io.EOF says that the other side wants no more.
func (e *Exit) sendFile(s grpc.ClientStream, p sdk.Point, file io.ReaderAt) error {
	for at := int64(0); ; {
		b := e.pool.Get(frame.Block)
		n, err := file.ReadAt(*b, at)
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			e.pool.Put(b)
			return &Failure{Exit: e.set.Name, Point: p, Kind: ErrFile, What: "its file cannot be read: " + err.Error(), Cause: err}
		}
		*b = (*b)[:n]
		at += int64(n)
		if n == 0 {
			e.pool.Put(b)
			return nil
		}
		if err := s.SendMsg(frame.FileBlock(mem.NewBuffer(b, &e.pool), false)); err != nil {
			return err
		}
		if ended {
			return nil
		}
	}
}
