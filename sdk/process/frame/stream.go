package frame

import (
	"errors"
	"slices"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// Block is the most bytes of a file that one message holds, and Flying how many such messages may be on their way.
const (
	Block  = 256 << 10
	Flying = 4
)

// The fields that only streams have: see exit.proto.
const (
	requestBlock    = 5 // of FilterRequest, VerifyRequest and OpenFileRequest
	requestLast     = 6
	requestSnapshot = 7
	requestState    = 8

	replyVerdict = 1 // of FilterReply
	replyBlock   = 7
	replyMore    = 8
	replyEnd     = 9
	replyState   = 10
)

// Question makes the request message of q.Point.
func Question(q *sdk.Question, show wire.Shown) *Out {
	return Append(func(b []byte) []byte { return wire.AppendQuestion(b, q, show) })
}

// Opening makes a filter's first message; state is nil, or where an earlier filter stopped.
func Opening(q *sdk.Question, show wire.Shown, state []byte) *Out {
	return Append(func(b []byte) []byte {
		b = wire.AppendQuestion(b, q, show)
		if state != nil {
			b = protowire.AppendBytes(protowire.AppendTag(b, requestState, protowire.BytesType), state)
		}
		return b
	})
}

// Verdict makes the reply message of a point.
func Verdict(p sdk.Point, v *sdk.Verdict) *Out {
	return Append(func(b []byte) []byte { return wire.AppendVerdict(b, p, v) })
}

// FileBlock makes a message of the next bytes of a file, at verify, open and filter; last only at filter. The buffer belongs to the message.
func FileBlock(data mem.Buffer, last bool) *Out {
	head := make([]byte, 0, 16)
	if last {
		head = appendFlag(head, requestLast)
	}
	return around(head, requestBlock, data)
}

// Snapshot asks a filter for its state.
func Snapshot() *Out { return &Out{mem.BufferSlice{mem.SliceBuffer(appendFlag(nil, requestSnapshot))}} }

// Filtered makes a reply of what took a block's place. The buffer belongs to the message.
func Filtered(data mem.Buffer, more, end bool) *Out {
	head := make([]byte, 0, 16)
	if more {
		head = appendFlag(head, replyMore)
	}
	if end {
		head = appendFlag(head, replyEnd)
	}
	return around(head, replyBlock, data)
}

// State makes the reply to Snapshot; nil: the filter has none to give.
func State(state []byte) *Out {
	if state == nil {
		return &Out{}
	}
	b := protowire.AppendTag(nil, replyState, protowire.BytesType)
	return &Out{mem.BufferSlice{mem.SliceBuffer(protowire.AppendBytes(b, state))}}
}

// around puts the head of a message before its one large field, without copying that.
func around(head []byte, num protowire.Number, data mem.Buffer) *Out {
	if data == nil || data.Len() == 0 {
		return &Out{mem.BufferSlice{mem.SliceBuffer(head)}}
	}
	head = protowire.AppendVarint(protowire.AppendTag(head, num, protowire.BytesType), uint64(data.Len()))
	return &Out{mem.BufferSlice{mem.SliceBuffer(head), data}}
}

func appendFlag(b []byte, num protowire.Number) []byte {
	return append(protowire.AppendTag(b, num, protowire.VarintType), 1)
}

// Request is what a message of a stream holds beside the question. The slices are parts of the message.
type Request struct {
	Block          []byte
	Last, Snapshot bool
	State          []byte // nil: not there
}

// ParseRequest reads a FilterRequest or VerifyRequest.
func ParseRequest(b []byte) (r Request, err error) {
	err = each(b, []protowire.Number{requestBlock, requestState}, func(num protowire.Number, data []byte, v uint64) {
		switch num {
		case requestBlock:
			r.Block = data
		case requestLast:
			r.Last = v != 0
		case requestSnapshot:
			r.Snapshot = v != 0
		case requestState:
			r.State = data
		}
	})
	return r, err
}

// Reply is what a FilterReply holds. The slices are parts of the message.
type Reply struct {
	Judged    bool // it bears a verdict: see [wire.ParseVerdict]
	Block     []byte
	More, End bool
	State     []byte // nil: not there
}

// ParseReply reads a FilterReply.
func ParseReply(b []byte) (r Reply, err error) {
	err = each(b, []protowire.Number{replyBlock, replyState}, func(num protowire.Number, data []byte, v uint64) {
		switch num {
		case replyVerdict:
			r.Judged = v != 0
		case replyBlock:
			r.Block = data
		case replyMore:
			r.More = v != 0
		case replyEnd:
			r.End = v != 0
		case replyState:
			r.State = data
		}
	})
	return r, err
}

var errMessage = errors.New("not a message of the contract")

// each walks the fields of a message: numbers, and bytes for those listed, whose data is never nil. A field of another
// type than its own is one that nobody knows, as for any reader of protobuf.
func each(b []byte, bytes []protowire.Number, field func(num protowire.Number, data []byte, v uint64)) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errMessage
		}
		b = b[n:]
		var data []byte
		var v uint64
		switch typ {
		case protowire.BytesType:
			data, n = protowire.ConsumeBytes(b)
			if n >= 0 && data == nil {
				data = []byte{}
			}
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(b)
		default:
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		if n < 0 {
			return errMessage
		}
		if want := slices.Contains(bytes, num); want && typ == protowire.BytesType || !want && typ == protowire.VarintType {
			field(num, data, v)
		}
		b = b[n:]
	}
	return nil
}
