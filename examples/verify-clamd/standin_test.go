package main

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// eicar is the test file that every scanner finds, written in two parts so that none finds it here.
const eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// standIn speaks clamd's INSTREAM at a free port. answer gets what was sent, "" hangs up; hold keeps it from answering until the end.
type standIn struct {
	net.Listener
	answer func(sent string) string
	limit  int // bytes, after which it answers and hangs up; 0: none
	hold   bool
	all    sync.WaitGroup
	over   chan struct{}
}

func scanner(sent string) string {
	if strings.Contains(sent, "EICAR-STANDARD") {
		return "stream: Eicar-Test FOUND"
	}
	return "stream: OK"
}

func (s *standIn) start(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Listener, s.over = l, make(chan struct{})
	s.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.all.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() {
		close(s.over)
		l.Close()
		s.all.Wait()
	})
	return l.Addr().String()
}

func (s *standIn) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	if command, err := in.ReadString(0); err != nil || command != "zINSTREAM\x00" {
		io.WriteString(c, "UNKNOWN COMMAND\x00")
		return
	}
	var sent strings.Builder
	for {
		var n uint32
		if binary.Read(in, binary.BigEndian, &n) != nil {
			return
		}
		if n == 0 {
			break
		}
		if _, err := io.CopyN(&sent, in, int64(n)); err != nil {
			return
		}
		if s.limit > 0 && sent.Len() > s.limit {
			io.WriteString(c, "INSTREAM size limit exceeded. ERROR\x00")
			return
		}
	}
	if s.hold {
		<-s.over
	}
	if a := s.answer(sent.String()); a != "" {
		io.WriteString(c, a+"\x00")
	}
}
