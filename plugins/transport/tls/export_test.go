package tls

import "io"

// Buffered tells whether a link's stream holds its large buffers.
func Buffered(stream io.ReadWriteCloser) (in, out bool) {
	return stream.(*conn).wide.Buffered()
}
