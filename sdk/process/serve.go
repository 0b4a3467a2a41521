package process

import (
	"io"
	"log/slog"
	"os"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
)

// Serve answers the server's questions with these functions. It returns when the server is done with the process, so
// that main can tidy up; there are about two seconds for that. Somebody who starts the program by hand is told that it
// is a plugin.
func Serve(f sdk.Functions) { ServeExit(f, f.Describe()) }

// ServeExit is Serve for an exit that is not made of functions. It is a filter too if it is an [sdk.FilterOpener].
func ServeExit(exit sdk.Exit, describes sdk.Manifest) {
	serve(&service{exit: exit, manifest: describes}, "exit")
}

// serve runs the services until the server is done with the process.
func serve(s *service, kind string) {
	slog.SetDefault(slog.New(newHandler(os.Stderr)))
	if os.Getenv(frame.CookieKey) == frame.CookieValue {
		stayBelowLimit()
		go endWithParent(os.Stdin)
	}
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: uint(frame.Major), MagicCookieKey: frame.CookieKey, MagicCookieValue: frame.CookieValue,
		},
		VersionedPlugins: map[int]plugin.PluginSet{frame.Major: {kind: &adapter{service: s}}},
		GRPCServer:       newServer,
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: os.Stderr, JSONFormat: true}),
	})
}

// Windows of the connection, in bytes: as many blocks of one stream may be on their way as the contract says, and of
// all streams together four times as many.
const (
	streamWindow     = frame.Flying * frame.Block
	connectionWindow = 4 * streamWindow
	largestRequest   = 1 << 20
)

func newServer(opts []grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(append(opts,
		grpc.ForceServerCodecV2(frame.Codec{}),
		grpc.MaxRecvMsgSize(largestRequest),
		grpc.InitialWindowSize(streamWindow),
		grpc.InitialConnWindowSize(connectionWindow),
	)...)
}

// endWithParent ends the process when the server's end of standard input is closed, which the system does for a server
// that was killed. Standard input that is no pipe says nothing.
func endWithParent(stdin *os.File) {
	info, err := stdin.Stat()
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 {
		return
	}
	_, _ = io.Copy(io.Discard, stdin)
	os.Exit(0)
}

// adapter hands the services to go-plugin.
type adapter struct {
	plugin.NetRPCUnsupportedPlugin
	service *service
}
