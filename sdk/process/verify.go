package process

import (
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
)

// verify answers a stream of the facts and the file's blocks. The answer may come before the end.
func (s *service) verify(g grpc.ServerStream) error {
	var in frame.In
	if err := g.RecvMsg(&in); err != nil {
		return err
	}
	text := in.Text()
	in.Free()
	file := newContent(blocksOf(g))
	defer file.close()
	shown, err := file.shown()
	if err != nil {
		return err
	}
	out, err := s.answer(g.Context(), sdk.PointVerify, text, func(q *sdk.Question) {
		if q.Facts.File != nil && (shown || q.Facts.File.Bytes == 0) {
			q.Facts.File.Content = file
		}
	})
	if err != nil {
		return err
	}
	return g.SendMsg(out)
}

// blocksOf gives the blocks of a stream one by one, each valid until the next; io.EOF is the end of the file.
func blocksOf(g grpc.ServerStream) func() ([]byte, error) {
	in := frame.In{Own: true}
	return func() ([]byte, error) {
		err := g.RecvMsg(&in)
		switch {
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		case err != nil:
			return nil, err
		}
		r, err := frame.ParseRequest(in.Bytes())
		if err != nil {
			return nil, status.Error(codes.InvalidArgument, err.Error())
		}
		return r.Block, nil
	}
}
