package frame

import (
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/postern/postern/sdk/wire"
)

// BackendService is the contract's service of a backend.
const BackendService = "postern.v1.Backend"

// BackendMethod gives the full name of a method of a backend.
func BackendMethod(m wire.BackendMethod) string { return "/" + BackendService + "/" + m.String() }

// BackendCall makes the request of a method. block is the bytes of a file, which belong to the message; nil: none.
func BackendCall(c *wire.BackendCall, block mem.Buffer) *Out {
	return withBlock(block, func(b []byte) []byte { return wire.AppendBackendCall(b, c) })
}

// BackendReply makes the reply of a method, with the bytes that were read.
func BackendReply(a *wire.BackendReply, block mem.Buffer) *Out {
	return withBlock(block, func(b []byte) []byte { return wire.AppendBackendReply(b, a) })
}

// withBlock puts the bytes of a file behind the other fields of a message, without copying them.
func withBlock(block mem.Buffer, write func([]byte) []byte) *Out {
	out := Append(write)
	if block != nil && block.Len() > 0 {
		tag := protowire.AppendTag(nil, wire.BlockField, protowire.BytesType)
		out.parts = append(out.parts, mem.SliceBuffer(protowire.AppendVarint(tag, uint64(block.Len()))), block)
	}
	return out
}

// SplitBlock takes the bytes of a file out of a message. What it gives are parts of the message, which is no more: the
// fields behind the block are moved over it where there are any.
func SplitBlock(b []byte) (head, block []byte, err error) {
	for at := 0; at < len(b); {
		num, typ, n := protowire.ConsumeField(b[at:])
		if n < 0 {
			return nil, nil, errMessage
		}
		if num != wire.BlockField || typ != protowire.BytesType {
			at += n
			continue
		}
		_, _, tag := protowire.ConsumeTag(b[at:])
		block, _ = protowire.ConsumeBytes(b[at+tag:])
		if at+n == len(b) {
			return b[:at:at], block, nil
		}
		rest := append(append([]byte(nil), b[:at]...), b[at+n:]...)
		head, last, err := SplitBlock(rest)
		if last != nil {
			block = last // of a field that comes twice the last one counts
		}
		return head, block, err
	}
	return b, nil, nil
}
