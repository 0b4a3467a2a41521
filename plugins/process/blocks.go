package process

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"

	"github.com/postern/postern/sdk/process/frame"
	"github.com/postern/postern/sdk/wire"
)

// openFile is a file that a process has open. Its reads and its writes are a stream each, begun with the first block.
type openFile struct {
	wired
	c      *child
	handle uint64
	ahead  bool // nobody changes the file: what is likely to be read next may be asked for already
	reads  blocks
	writes blocks
}

// span is a block that was asked for.
type span struct{ off, length int64 }

// blocks is one stream: requests and replies in the same order.
type blocks struct {
	ctx    context.Context
	cancel context.CancelFunc
	stream grpc.ClientStream
	owed   []span // that were asked for and not answered
	next   int64  // where the last read ended
	in     frame.In
}

// largestBlock is the most that a reply with a block may have.
const largestBlock = frame.Block + wire.MaxBackendReply

func newFile(l wired, c *child, handle uint64, ahead bool) *openFile {
	return &openFile{wired: l, c: c, handle: handle, ahead: ahead, reads: blocks{in: frame.In{Own: true}, next: -1}, writes: blocks{in: frame.In{Own: true}}}
}

// Call implements [store.File].
func (f *openFile) Call(m wire.BackendMethod, c *wire.BackendCall, out, into [][]byte) (wire.BackendReply, error) {
	c.Handle = f.handle
	if m == wire.BackendWriteAt {
		return f.write(c, out)
	}
	a, err := f.settle(&f.writes, 0)
	if err != nil {
		return a, err
	}
	if a.Failure != nil && m != wire.BackendClose && m != wire.BackendDiscard {
		if m == wire.BackendCommit || m == wire.BackendQuarantine { // which close the file, whatever came of it
			_, err = f.ask(f.c, wire.BackendClose, &wire.BackendCall{Handle: f.handle})
		}
		return a, err
	}
	if m == wire.BackendReadAt {
		return f.read(c, into)
	}
	return f.ask(f.c, m, c)
}

// write sends a block and waits only when too many are on their way. A failure is told with what is asked later.
func (f *openFile) write(c *wire.BackendCall, out [][]byte) (wire.BackendReply, error) {
	a, err := f.settle(&f.writes, frame.Flying-1)
	if err != nil || a.Failure != nil {
		return a, err
	}
	size := 0
	for _, b := range out {
		size += len(b)
	}
	lent := f.e.pool.Get(size)
	rest := *lent
	for _, b := range out {
		rest = rest[copy(rest, b):]
	}
	return a, f.send(&f.writes, wire.BackendWriteAt, c, span{c.Offset, int64(size)}, mem.NewBuffer(lent, &f.e.pool))
}

// settle waits until at most so many blocks are on their way. The first failure among them is the answer.
func (f *openFile) settle(b *blocks, most int) (first wire.BackendReply, err error) {
	for len(b.owed) > most {
		a, _, err := f.receive(b)
		if err != nil {
			return a, err
		}
		if first.Failure == nil {
			first = a
		}
	}
	return first, nil
}

// read asks for a block, if it was not asked for already, and for those that are likely to be asked for next.
func (f *openFile) read(c *wire.BackendCall, into [][]byte) (wire.BackendReply, error) {
	b, want := &f.reads, span{c.Offset, c.Length}
	if len(b.owed) == 0 || b.owed[0] != want {
		if _, err := f.settle(b, 0); err != nil {
			return wire.BackendReply{}, err
		}
		if err := f.send(b, wire.BackendReadAt, c, want, nil); err != nil {
			return wire.BackendReply{}, err
		}
	}
	forward := f.ahead && b.next == want.off
	for last := b.owed[len(b.owed)-1]; forward && len(b.owed) < frame.Flying; {
		last.off += last.length
		if err := f.send(b, wire.BackendReadAt, &wire.BackendCall{Handle: f.handle, Offset: last.off, Length: last.length}, last, nil); err != nil {
			return wire.BackendReply{}, err
		}
	}
	a, block, err := f.receive(b)
	if err != nil || a.Failure != nil {
		return a, err
	}
	if a.Length != int64(len(block)) || a.Length > want.length {
		return a, f.e.fail("", ErrReply, "asked for %d bytes it read %d and sent %d", want.length, a.Length, len(block))
	}
	b.next = want.off + a.Length
	for _, p := range into {
		block = block[copy(p, block):]
	}
	return a, nil
}

// bound ends a stream when the time for one call is over. What it returns takes that back.
func (f *openFile) bound(b *blocks) (stop func() bool) {
	return time.AfterFunc(f.e.set.Limits.Deadline, func() {
		b.cancel()
		f.e.late(f.c, "", true)
	}).Stop
}

func (f *openFile) send(b *blocks, m wire.BackendMethod, c *wire.BackendCall, s span, block mem.Buffer) (err error) {
	out := frame.BackendCall(c, block)
	if b.stream == nil {
		b.ctx, b.cancel = context.WithCancel(context.Background())
		d := grpc.StreamDesc{StreamName: m.String(), ClientStreams: true, ServerStreams: true}
		if b.stream, err = f.c.conn.NewStream(b.ctx, &d, frame.BackendMethod(m), grpc.MaxCallRecvMsgSize(largestBlock)); err != nil {
			out.Free()
			return f.broke(b, err)
		}
	}
	defer f.bound(b)()
	if err := b.stream.SendMsg(out); err != nil && !errors.Is(err, io.EOF) { // io.EOF: RecvMsg says why
		return f.broke(b, err)
	}
	b.owed = append(b.owed, s)
	return nil
}

// receive takes the answer to the block that was asked for first. Its bytes are valid until the next one.
func (f *openFile) receive(b *blocks) (a wire.BackendReply, block []byte, err error) {
	defer f.bound(b)()
	if err := b.stream.RecvMsg(&b.in); err != nil {
		if errors.Is(err, io.EOF) {
			return a, nil, f.e.fail("", ErrReply, "it ended the stream without an answer")
		}
		return a, nil, f.broke(b, err)
	}
	b.owed = b.owed[1:]
	head, block, err := frame.SplitBlock(b.in.Bytes())
	if err == nil {
		a, err = wire.ParseBackendReply(string(head))
	}
	if err != nil {
		return a, nil, f.e.fail("", ErrReply, "its answer cannot be read: %v", err)
	}
	f.c.good()
	return a, block, nil
}

// broke makes a failure of what gRPC says of a stream.
func (f *openFile) broke(b *blocks, err error) error {
	if b.ctx.Err() != nil && f.c.ended(0) == "" {
		fail := f.e.fail("", ErrDeadline, "no answer within %s", f.e.set.Limits.Deadline)
		fail.Cause = context.DeadlineExceeded
		return fail
	}
	return f.e.judge(context.Background(), f.c, "", err, timer{})
}

// forgetting is how long a process may take to close a file that failed.
const forgetting = time.Second

// End implements [store.File]. A file that did not end well is closed, if there is still somebody to close it.
func (f *openFile) End(well bool) {
	for _, b := range []*blocks{&f.reads, &f.writes} {
		if b.stream != nil {
			_ = b.stream.CloseSend() // the process learns that it is over, if it is still there
			b.cancel()
		}
	}
	if !well && f.c.ended(0) == "" {
		ctx, cancel := context.WithTimeout(context.Background(), forgetting)
		defer cancel()
		var in frame.In
		_ = f.c.conn.Invoke(ctx, frame.BackendMethod(wire.BackendClose), frame.BackendCall(&wire.BackendCall{Handle: f.handle}, nil), &in)
		in.Free()
	}
	f.e.leave()
}
