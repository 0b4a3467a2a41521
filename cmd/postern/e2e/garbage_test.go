package e2e

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

// proc reads a number of /proc/PID/status: kibibytes, or threads.
func (s *server) proc(name string) int {
	s.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		s.Skipf("no /proc here: %v", err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				s.Fatal(err)
			}
			return n
		}
	}
	s.Fatalf("/proc has no %s", name)
	return 0
}

// descriptors counts the open files of the process.
func (s *server) descriptors() int {
	s.Helper()
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", s.cmd.Process.Pid))
	if err != nil {
		s.Fatal(err)
	}
	return len(fds)
}

// goroutines ends the server with SIGQUIT and counts the goroutines that it prints.
func (s *server) goroutines() int {
	s.Helper()
	s.signal(syscall.SIGQUIT)
	if status := s.exited(20 * time.Second); status != 2 {
		s.Fatalf("SIGQUIT ends the server with status %d", status)
	}
	n := strings.Count(s.said.String(), "\ngoroutine ")
	s.said.mu.Lock()
	s.said.b.Reset()
	s.said.mu.Unlock()
	return n
}

// rubbish is what is sent instead of PeSIT.
func rubbish(r *rand.Rand, kind int) []byte {
	entity := func(fpdu []byte) []byte {
		return append(binary.BigEndian.AppendUint16(nil, uint16(len(fpdu))), fpdu...)
	}
	connect := entity(peer.Make(peer.CONNECT, 0, 1, peer.Text(3, "PARIS"), peer.Text(4, "POSTERN"), peer.Text(5, "sesame"), peer.P(6, 2), peer.P(22, 2)))
	switch kind {
	case 0:
		return content(r, 1+r.IntN(3000))
	case 1: // half an entity
		return connect[:r.IntN(len(connect))]
	case 2: // longer than it is
		b := bytes.Clone(connect)
		binary.BigEndian.PutUint16(b[r.IntN(2)*2:], uint16(len(b)+r.IntN(60000)))
		return b
	case 3: // a CONNECT with one octet wrong
		b := bytes.Clone(connect)
		b[r.IntN(len(b))] ^= byte(1 + r.IntN(255))
		return b
	case 4: // a right CONNECT, then rubbish
		return append(bytes.Clone(connect), content(r, 1+r.IntN(200))...)
	case 5: // a right CONNECT, then a unit that has no place there
		kinds := []uint16{peer.WRITE, peer.READ, peer.SYN, peer.DTF, peer.TRANSEND, peer.CRF, peer.ACKCREATE, peer.CONNECT, peer.MSGFM, 0x9999}
		return append(bytes.Clone(connect), entity(peer.Make(kinds[r.IntN(len(kinds))], 1, 0, content(r, r.IntN(40))))...)
	case 6:
		return []byte("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
	}
	return nil // silence
}

// annoy sends rubbish and waits for the server to hang up, or hangs up itself.
func annoy(address string, r *rand.Rand, kind int) error {
	nc, err := net.Dial("tcp", address)
	if err != nil {
		return nil // the backlog is full, say
	}
	defer nc.Close()
	if err := nc.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return err
	}
	if kind == 7 {
		_ = tls.Client(nc, &tls.Config{InsecureSkipVerify: true}).Handshake()
		return nil
	}
	_, _ = nc.Write(rubbish(r, kind))
	if kind != 8 && r.IntN(3) == 0 {
		return nil
	}
	_, err = io.Copy(io.Discard, nc)
	if slow, ok := err.(net.Error); ok && slow.Timeout() {
		return fmt.Errorf("rubbish of kind %d is not hung up on", kind)
	}
	return nil
}

func TestRubbishDoesTheServerNoHarm(t *testing.T) {
	r := random(t)
	s := start(t, strings.Replace(usual(""), "first_byte: 10s, connect: 10s, message: 30s, idle: 30s, abort: 200ms", "first_byte: 300ms, connect: 600ms, message: 1s, idle: 600ms, abort: 200ms", 1))
	calm := s.goroutines()
	s.run()
	storm := func(n int) {
		var runs together
		for range n {
			kind, seed := r.IntN(9), r.Uint64()
			runs.do(func() error { return annoy(s.address["p"], rand.New(rand.NewPCG(seed, 0)), kind) })
		}
		runs.wait(t)
		s.idle()
	}
	storm(100) // buffers that are kept, threads that were needed once
	threads, files, memory := s.proc("Threads"), s.descriptors(), s.proc("RssAnon")
	storm(200)
	s.eventually("descriptors are given back", func() bool { return s.descriptors() <= files+2 })
	if n := s.proc("Threads"); n > threads+8 {
		t.Errorf("%d threads after rubbish, %d before", n, threads)
	}
	if n := s.proc("RssAnon"); n > memory+64<<10 && !raceEnabled {
		t.Errorf("%d KiB of memory after rubbish, %d before", n, memory)
	}
	t.Logf("threads %d then %d, descriptors %d then %d, memory %d then %d KiB", threads, s.proc("Threads"), files, s.descriptors(), memory, s.proc("RssAnon"))
	p := s.call(hello(0, 0))
	p.put(peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 100}, []byte("still at work"), peer.Plan{Article: 100})
	p.ok(p.Release())
	s.arrived(s.entry(), []byte("still at work"))
	if f := s.files(); len(f) != 1 {
		t.Errorf("files %v", f)
	}
	listed := 0
	for _, n := range s.refusals() {
		listed += n
	}
	t.Logf("refusals %v", s.refusals())
	if listed < 100 {
		t.Errorf("only %d of 300 calls are listed as refused", listed)
	}
	s.idle()
	if n := s.goroutines(); n > calm+4 {
		t.Errorf("%d goroutines after rubbish, %d before", n, calm)
	}
}
