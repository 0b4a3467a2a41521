package load

import (
	"bufio"
	"crypto/tls"
	"net"
)

// width is how many bytes of TLS records are read and written at once.
const width = 256 << 10

// Wide is a socket with buffers before it both ways, so that TLS records of 16 KiB do not cost a system call each. While it
// is held, writes stay in the buffer until it is full.
type Wide struct {
	net.Conn
	in   *bufio.Reader
	out  *bufio.Writer
	held bool
}

// Widen puts buffers of 256 KiB before a socket.
func Widen(c net.Conn) *Wide {
	return &Wide{Conn: c, in: bufio.NewReaderSize(c, width), out: bufio.NewWriterSize(c, width)}
}

func (w *Wide) Read(p []byte) (int, error) { return w.in.Read(p) }

func (w *Wide) Write(p []byte) (int, error) {
	n, err := w.out.Write(p)
	if err == nil && !w.held {
		err = w.out.Flush()
	}
	return n, err
}

// Secure is TLS over a [Wide] socket. Each Write of it leaves in as few system calls as the buffer allows.
type Secure struct {
	*tls.Conn
	wide *Wide
}

// Server is the answering side of such a connection.
func Server(c net.Conn, config *tls.Config) *Secure {
	w := Widen(c)
	return &Secure{Conn: tls.Server(w, config), wide: w}
}

// Write encrypts everything and sends it.
func (s *Secure) Write(p []byte) (int, error) {
	if err := s.Handshake(); err != nil {
		return 0, err
	}
	s.wide.held = true
	n, err := s.Conn.Write(p)
	s.wide.held = false
	if err == nil {
		err = s.wide.out.Flush()
	}
	return n, err
}

// wideIn is a socket with a buffer before its reads alone.
func wideIn(c net.Conn) net.Conn { return &wideReader{c, bufio.NewReaderSize(c, width)} }

type wideReader struct {
	net.Conn
	in *bufio.Reader
}

func (w *wideReader) Read(p []byte) (int, error) { return w.in.Read(p) }
