package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/postern/postern/cmd/bench/load"
)

// listener accepts connections, one goroutine each.
type listener struct{ config *tls.Config }

// listen prepares for plain connections, or takes a certificate and a key from args.
func listen(secure bool, args []string) (listener, []string, error) {
	if !secure {
		return listener{}, args, nil
	}
	if len(args) < 2 {
		return listener{}, nil, fmt.Errorf("-tls needs a certificate and a key")
	}
	pair, err := tls.LoadX509KeyPair(args[0], args[1])
	if err != nil {
		return listener{}, nil, err
	}
	return listener{&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}}, args[2:], nil
}

// serve says its address on standard output, then has handle serve each connection.
func (l listener) serve(handle func(net.Conn) error) error {
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("ready p=" + on.Addr().String())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		conn, err := on.Accept()
		if err != nil {
			return err
		}
		if l.config != nil {
			conn = load.Server(conn, l.config)
		}
		go func() {
			defer conn.Close()
			if err := handle(conn); err != nil {
				fmt.Fprintln(os.Stderr, "baseline:", err)
			}
		}()
	}
}
