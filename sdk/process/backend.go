package process

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
	"github.com/postern/postern/sdk/wire"
	"github.com/postern/postern/sdk/wire/store"
)

// ServeBackend answers the server's calls with a backend, as [Serve] does with functions. The storage's Open gets the
// settings of the configuration; there is no backend below a process.
func ServeBackend(s sdk.Storage) {
	serve(&service{storage: &storage{Storage: s}, manifest: s.Describe()}, sdk.PluginBackend)
}

// storage is the backend of this process, once it was configured.
type storage struct {
	sdk.Storage

	mu     sync.Mutex
	server *store.Server
}

// configure opens the backend. It is asked once.
func (s *storage) configure(settings string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil {
		return errors.New("it is configured already")
	}
	b, err := s.Open(json.RawMessage(settings), nil)
	if err == nil {
		s.server = store.NewServer(b)
	}
	return err
}

func (s *storage) opened() (*store.Server, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		return nil, status.Error(codes.FailedPrecondition, "it was not configured")
	}
	return s.server, nil
}

// unaryBackendMethods are those with one message either way.
var unaryBackendMethods = []wire.BackendMethod{wire.BackendCreate, wire.BackendResume, wire.BackendOpen, wire.BackendProbe, wire.BackendStat,
	wire.BackendList, wire.BackendRename, wire.BackendRemove, wire.BackendRemovePart, wire.BackendParts, wire.BackendMkdir, wire.BackendRmdir, wire.BackendSync,
	wire.BackendTruncate, wire.BackendCommit, wire.BackendQuarantine, wire.BackendClose, wire.BackendDiscard}

func (s *service) keep() *grpc.ServiceDesc {
	d := &grpc.ServiceDesc{ServiceName: frame.BackendService, HandlerType: (*any)(nil), Metadata: "backend_service.proto"}
	method := func(m wire.BackendMethod, answer func(c *wire.BackendCall) (wire.BackendReply, error)) {
		d.Methods = append(d.Methods, grpc.MethodDesc{MethodName: m.String(), Handler: unary(func(_ context.Context, text string) (*frame.Out, error) {
			c, err := wire.ParseBackendCall(text)
			if err != nil {
				return nil, status.Error(codes.InvalidArgument, err.Error())
			}
			a, err := answer(&c)
			if err != nil {
				return nil, err
			}
			return frame.BackendReply(&a, nil), nil
		})})
	}
	method(wire.BackendConfigure, func(c *wire.BackendCall) (wire.BackendReply, error) {
		if err := s.storage.configure(c.Config); err != nil {
			return wire.BackendReply{}, failed(err)
		}
		return wire.BackendReply{}, nil
	})
	for _, m := range unaryBackendMethods {
		method(m, func(c *wire.BackendCall) (a wire.BackendReply, err error) {
			server, err := s.storage.opened()
			if err == nil {
				a = server.Answer(m, c, nil)
			}
			return a, err
		})
	}
	for _, m := range []wire.BackendMethod{wire.BackendWriteAt, wire.BackendReadAt} {
		d.Streams = append(d.Streams, grpc.StreamDesc{StreamName: m.String(), ClientStreams: true, ServerStreams: true,
			Handler: stream(func(g grpc.ServerStream) error { return s.blocks(g, m) })})
	}
	return d
}

// blocks answers the stream of one file's reads or writes, each message with one. After a failure nothing more is written.
func (s *service) blocks(g grpc.ServerStream, m wire.BackendMethod) error {
	server, err := s.storage.opened()
	if err != nil {
		return err
	}
	in := frame.In{Own: true}
	var broken error
	for {
		err := g.RecvMsg(&in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		head, body, err := frame.SplitBlock(in.Bytes())
		if err != nil {
			return status.Error(codes.InvalidArgument, err.Error())
		}
		c, err := wire.ParseBackendCall(string(head))
		if err != nil {
			return status.Error(codes.InvalidArgument, err.Error())
		}
		a := wire.BackendReply{Failure: broken}
		var read mem.Buffer
		switch {
		case broken != nil:
		case m == wire.BackendWriteAt:
			a = server.Answer(m, &c, body)
			broken = a.Failure
		case c.Length < 0 || c.Length > frame.Block:
			return status.Error(codes.InvalidArgument, "a block has 256 KiB at most")
		default:
			a, read = s.read(server, &c)
		}
		if err := g.SendMsg(frame.BackendReply(&a, read)); err != nil {
			return err
		}
	}
}

// read reads into memory of the pool, which belongs to the reply.
func (s *service) read(server *store.Server, c *wire.BackendCall) (wire.BackendReply, mem.Buffer) {
	b := s.pool.Get(int(c.Length))
	a := server.Answer(wire.BackendReadAt, c, *b)
	if a.Failure != nil || a.Length <= 0 || a.Length > int64(len(*b)) {
		s.pool.Put(b)
		return a, nil
	}
	*b = (*b)[:a.Length]
	return a, mem.NewBuffer(b, &s.pool)
}
