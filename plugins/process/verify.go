package process

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
)

var verifying = grpc.StreamDesc{StreamName: "Verify", ClientStreams: true}

// verify sends the facts and, if granted, the file's blocks, until the answer comes. gRPC's window keeps as many blocks
// on their way as the contract says.
func (e *Exit) verify(ctx context.Context, c *child, q *sdk.Question, in *frame.In) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // a file that cannot be read is not a shorter file
	s, err := c.conn.NewStream(ctx, &verifying, frame.Method(q.Point), grpc.StaticMethod())
	if err != nil {
		return err
	}
	err = s.SendMsg(frame.Question(q, e.shown()))
	if file := q.Facts.File; err == nil && e.set.Grants.File && file != nil && file.Content != nil {
		err = e.sendFile(s, q.Point, file.Content)
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
