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

// verify answers about a file that was received. It is shown if a block came, or if there is none.
func (s *service) verify(g grpc.ServerStream) error {
	return s.withFile(g, sdk.PointVerify, func(f *sdk.Facts, file *content) error {
		shown, err := file.shown()
		if f.File != nil && (shown || f.File.Bytes == 0) {
			f.File.Content = file
		}
		return err
	})
}

// openFile answers about a file that is sent. It is asked only where the file is shown.
func (s *service) openFile(g grpc.ServerStream) error {
	return s.withFile(g, sdk.PointOpen, func(f *sdk.Facts, file *content) error {
		if f.Target != nil {
			f.Target.Content = file
		}
		return nil
	})
}

// withFile answers a stream of the facts and the file's blocks. The answer may come before the end.
func (s *service) withFile(g grpc.ServerStream, p sdk.Point, show func(*sdk.Facts, *content) error) error {
	var in frame.In
	if err := g.RecvMsg(&in); err != nil {
		return err
	}
	text := in.Text()
	in.Free()
	file := newContent(blocksOf(g))
	defer file.close()
	out, err := s.answer(g.Context(), p, text, func(q *sdk.Question) error { return show(q.Facts, file) })
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
