package frame

import (
	"slices"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
)

// Codec is gRPC's own codec for protobuf, but [Out] and [In] pass through it as they are.
type Codec struct{}

// Name is that of gRPC's own codec: on the connection there is no difference.
func (Codec) Name() string { return proto.Name }

// Marshal gives the bytes of a message.
func (Codec) Marshal(v any) (mem.BufferSlice, error) {
	if out, ok := v.(*Out); ok {
		parts := out.parts
		out.parts = nil
		return parts, nil
	}
	return encoding.GetCodecV2(proto.Name).Marshal(v)
}

// Unmarshal takes the bytes of a message.
func (Codec) Unmarshal(data mem.BufferSlice, v any) error {
	if in, ok := v.(*In); ok {
		in.take(data)
		return nil
	}
	return encoding.GetCodecV2(proto.Name).Unmarshal(data, v)
}

// Out is a message to be sent, once. The zero value is a message without fields.
type Out struct{ parts mem.BufferSlice }

// usual is the size of memory for a message that fits most, in bytes.
const usual = 4 << 10

// Append makes a message of what write appends to the bytes it is given.
func Append(write func([]byte) []byte) *Out {
	pool := mem.DefaultBufferPool()
	b := pool.Get(usual)
	*b = write((*b)[:0])
	return &Out{mem.BufferSlice{mem.NewBuffer(b, pool)}}
}

// Free gives the memory of a message back that was never sent.
func (o *Out) Free() { o.parts.Free(); o.parts = nil }

// In is a message that was received. It may be received into again.
type In struct {
	// Own gives the message memory of its own, which is used again for the next one and may be changed.
	Own    bool
	buffer mem.Buffer
	memory []byte
}

func (in *In) take(data mem.BufferSlice) {
	in.Free()
	if !in.Own {
		in.buffer = data.MaterializeToBuffer(mem.DefaultBufferPool())
		return
	}
	n := data.Len()
	in.memory = slices.Grow(in.memory[:0], n)[:n]
	data.CopyTo(in.memory)
}

// Bytes are those of the message, until Free and the next message.
func (in *In) Bytes() []byte {
	if in.buffer != nil {
		return in.buffer.ReadOnlyData()
	}
	return in.memory
}

// Text is a copy of the bytes.
func (in *In) Text() string { return string(in.Bytes()) }

// Free gives the memory back. It may be called again.
func (in *In) Free() {
	if in.buffer != nil {
		in.buffer.Free()
		in.buffer = nil
	}
}
