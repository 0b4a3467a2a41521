package frame

import (
	"slices"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

// Head says which of the heads of a dialogue's message it bears: the numbers of DialogueRequest and DialogueReply.
type Head int

// The heads.
const (
	HeadBegin Head = 1 + iota
	HeadHear
	HeadSay
	HeadEnd
	_
	HeadFrame
)

const dialogueBody = 5

// Turn makes a message of a dialogue: a head, which write appends, and a body, which belongs to the message; nil: none.
func Turn(h Head, body mem.Buffer, write func([]byte) []byte) *Out {
	pool := mem.DefaultBufferPool()
	b := pool.Get(usual)
	message := write((*b)[:0])
	size := len(message)
	head := protowire.AppendTag(nil, protowire.Number(h), protowire.BytesType)
	head = protowire.AppendVarint(head, uint64(size))
	*b = message
	parts := mem.BufferSlice{mem.SliceBuffer(head), mem.NewBuffer(b, pool)}
	if body != nil && body.Len() > 0 {
		tail := protowire.AppendTag(nil, dialogueBody, protowire.BytesType)
		parts = append(parts, mem.SliceBuffer(protowire.AppendVarint(tail, uint64(body.Len()))), body)
	}
	return &Out{parts}
}

// ParseTurn reads one. Head and body are parts of the message; without a head h is 0.
func ParseTurn(b []byte) (h Head, head, body []byte, err error) {
	heads := []protowire.Number{protowire.Number(HeadBegin), protowire.Number(HeadHear), protowire.Number(HeadSay), protowire.Number(HeadEnd), protowire.Number(HeadFrame), dialogueBody}
	err = each(b, heads, func(num protowire.Number, data []byte, _ uint64) {
		switch {
		case num == dialogueBody:
			body = data
		case slices.Contains(heads, num):
			h, head = Head(num), data
		}
	})
	return h, head, body, err
}
