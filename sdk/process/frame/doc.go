// Package frame carries the contract's messages over gRPC as the bytes that package wire makes of them, so that neither
// end builds a message object. Both ends of a process use it: plugins/process and sdk/process. What goes over the
// connection is ordinary gRPC with the contract's protobuf, for a plugin in another language too.
//
//	conn.Invoke(ctx, frame.Method(q.Point), frame.Question(&q, shown), &reply, grpc.ForceCodecV2(frame.Codec{}))
//	verdict, err := wire.ParseVerdict(q.Point, reply.Text())
//
// Memory for messages is lent and counted: gRPC gives back what it has sent, whoever received an [In] calls Free.
package frame
