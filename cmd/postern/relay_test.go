package main

import (
	"io"
	"net"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// relay passes calls on to an address, each with a header in front, as a proxy does, and sets RELAY to where it listens:
// relay ADDRESS HEADER.
func relay(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: relay address header")
	}
	header, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go pass(c, args[0], header)
		}
	}()
	ts.Setenv("RELAY", l.Addr().String())
}

func pass(c net.Conn, address, header string) {
	defer c.Close()
	to, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer to.Close()
	if _, err := io.WriteString(to, header); err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(to, c)
		to.Close()
	}()
	_, _ = io.Copy(c, to)
}
