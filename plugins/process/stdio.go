package process

import (
	"bytes"
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/postern/postern/sdk/process/frame"
)

// What go-plugin serves beside the contract, in its own internal package: the process's end, and what it prints.
const (
	shutdown = "/plugin.GRPCController/Shutdown"
	stdio    = "/plugin.GRPCStdio/StreamStdio"
)

// The bytes of a StdioData message: its channel is not used.
const stdioData = 2

// hear logs what the process prints once its handshake is done, until the connection closes. A Go plugin that printed
// would stand still if nobody took it.
func (c *child) hear(t *talk) {
	s, err := c.conn.NewStream(context.Background(), &grpc.StreamDesc{ServerStreams: true}, stdio)
	if err != nil || s.SendMsg(&frame.Out{}) != nil || s.CloseSend() != nil {
		return // a plugin in another language may not have it
	}
	var in frame.In
	defer in.Free()
	var line []byte
	for s.RecvMsg(&in) == nil {
		line = lines(t, append(line, printed(in.Bytes())...))
	}
	t.line(line)
}

// lines logs the whole lines, and gives the rest back.
func lines(t *talk, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '\n')
		if i < 0 && len(b) <= longestLine {
			return b
		}
		if i < 0 {
			i = longestLine
		}
		t.line(b[:i])
		b = b[min(i+1, len(b)):]
	}
}

func printed(b []byte) (out []byte) {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil
		}
		b = b[n:]
		if num == stdioData && typ == protowire.BytesType {
			if out, n = protowire.ConsumeBytes(b); n < 0 {
				return nil
			}
		} else if n = protowire.ConsumeFieldValue(num, typ, b); n < 0 {
			return nil
		}
		b = b[n:]
	}
	return out
}
