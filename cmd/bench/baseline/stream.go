package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// buffers are the 256 KiB that every read and write uses.
var buffers = sync.Pool{New: func() any { return new([256 << 10]byte) }}

// receiver makes a file of each connection.
type receiver struct {
	dir     string
	durable bool
}

var files atomic.Int64

// take reads to the end of the stream, ends the file, and answers with one byte.
func (r receiver) take(conn net.Conn) error {
	name := filepath.Join(r.dir, fmt.Sprintf("file-%d", files.Add(1)))
	f, err := os.OpenFile(name+".part", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pump(f, conn); err != nil {
		return err
	}
	if err := finish(f, name, r.durable); err != nil {
		return err
	}
	_, err = conn.Write([]byte{1})
	return err
}

// pump copies through one buffer: no call of the system that moves bytes by itself.
func pump(to io.Writer, from io.Reader) error {
	b := buffers.Get().(*[256 << 10]byte)
	defer buffers.Put(b)
	for {
		n, err := from.Read(b[:])
		if n > 0 {
			if _, err := to.Write(b[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// finish gives the file its name, durably or not.
func finish(f *os.File, name string, durable bool) error {
	if durable {
		if err := datasync(f); err != nil {
			return err
		}
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	if !durable {
		return nil
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// sender gives each connection a file.
type sender struct{ file string }

func (s sender) give(conn net.Conn) error {
	f, err := os.Open(s.file)
	if err != nil {
		return err
	}
	defer f.Close()
	return pump(conn, f)
}

// drop is how fast the client can be.
func drop(conn net.Conn) error {
	b := make([]byte, 1<<20)
	for {
		if _, err := conn.Read(b); err != nil {
			if err != io.EOF {
				return err
			}
			_, err = conn.Write([]byte{1})
			return err
		}
	}
}
