package process

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
	"github.com/postern/postern/sdk/wire"
)

// service is the contract's services for one plugin.
type service struct {
	exit     sdk.Exit     // nil in a protocol
	protocol sdk.Protocol // nil in an exit
	storage  *storage     // nil in both
	manifest sdk.Manifest
	pool     frame.Pool
}

// GRPCServer registers the services.
func (a *adapter) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	s.RegisterService(a.service.describe(), a.service)
	if a.service.exit != nil {
		s.RegisterService(a.service.decide(), a.service)
	}
	if a.service.protocol != nil {
		s.RegisterService(a.service.speak(), a.service)
	}
	if a.service.storage != nil {
		s.RegisterService(a.service.keep(), a.service)
	}
	return nil
}

// GRPCClient is for the other end, which does not use this package.
func (a *adapter) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, fmt.Errorf("a plugin has no client")
}

func (s *service) describe() *grpc.ServiceDesc {
	return &grpc.ServiceDesc{ServiceName: frame.PluginService, HandlerType: (*any)(nil), Metadata: "service.proto",
		Methods: []grpc.MethodDesc{{MethodName: frame.MethodDescribe, Handler: unary(func(context.Context, string) (*frame.Out, error) {
			return frame.Append(func(b []byte) []byte { return wire.AppendManifest(b, &s.manifest) }), nil
		})}}}
}

func (s *service) decide() *grpc.ServiceDesc {
	d := &grpc.ServiceDesc{ServiceName: frame.ExitService, HandlerType: (*any)(nil), Metadata: "service.proto"}
	for _, row := range sdk.Points() {
		name := frame.MethodName(row.Point)
		switch p := row.Point; p {
		case sdk.PointFilter:
			d.Streams = append(d.Streams, grpc.StreamDesc{StreamName: name, Handler: stream(s.filter), ClientStreams: true, ServerStreams: true})
		case sdk.PointVerify:
			d.Streams = append(d.Streams, grpc.StreamDesc{StreamName: name, Handler: stream(s.verify), ClientStreams: true})
		default:
			d.Methods = append(d.Methods, grpc.MethodDesc{MethodName: name, Handler: unary(func(ctx context.Context, text string) (*frame.Out, error) {
				return s.answer(ctx, p, text, nil)
			})})
		}
	}
	d.Streams = append(d.Streams, grpc.StreamDesc{StreamName: frame.MethodOpenFile, Handler: stream(s.openFile), ClientStreams: true})
	return d
}

// unary makes a method of a function from message to message.
func unary(f func(ctx context.Context, text string) (*frame.Out, error)) grpc.MethodHandler {
	return func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (out any, err error) {
		defer survive(&err)
		var in frame.In
		if err := decode(&in); err != nil {
			return nil, err
		}
		text := in.Text()
		in.Free()
		return f(ctx, text)
	}
}

func stream(f func(grpc.ServerStream) error) grpc.StreamHandler {
	return func(_ any, s grpc.ServerStream) (err error) {
		defer survive(&err)
		return f(s)
	}
}

// survive turns a panic into a failure of the call.
func survive(err *error) {
	if r := recover(); r != nil {
		slog.Error("a call panicked", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		*err = status.Errorf(codes.Internal, "it panicked: %v", r)
	}
}

// answer asks the exit. look may add to the question what is not in the message.
func (s *service) answer(ctx context.Context, p sdk.Point, text string, look func(*sdk.Question) error) (*frame.Out, error) {
	q, config, err := wire.ParseQuestion(p, text)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	q.Config = config
	if look != nil {
		if err := look(&q); err != nil {
			return nil, err
		}
	}
	v, err := s.exit.Decide(ctx, q)
	if err != nil {
		return nil, failed(err)
	}
	return frame.Verdict(p, &v), nil
}

// longest is how much of an error's text crosses, in bytes.
const longest = 1000

func failed(err error) error {
	text := err.Error()
	if len(text) > longest {
		text = text[:longest] + "…"
	}
	return status.Error(codes.Unknown, text)
}
