package sdk

import (
	"context"
	"io"
	"net"
)

// Transport turns a connection into byte streams with the claims it has verified. Open runs the handshake under ctx.
// identify asks phase 2 for transports that authenticate by themselves (SSH); others do not call it.
type Transport interface {
	Open(ctx context.Context, c net.Conn, identify func(Claim) (Partner, error)) (Link, error)
}

// Link is an opened connection. Each accepted stream bears one dialogue. Accept returns io.EOF when there are no more.
type Link interface {
	Claim() Claim
	Accept() (io.ReadWriteCloser, error)
	Close() error
}
