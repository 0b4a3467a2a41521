package faults

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/invariant"
	"github.com/postern/postern/cmd/postern/e2e/peer"
)

const rubbish = "connections with rubbish"

func withoutFilter(config string) string {
	return strings.Replace(config, ", points: {filter: [turn]}", "", 1)
}

// kinds of rubbish.
var kinds = []string{"random bytes", "half an entity", "a wrong length", "one octet wrong", "rubbish behind a greeting", "a unit out of place",
	"HTTP", "TLS", "plain bytes on a TLS port", "nothing", "one byte at a time", "a handshake left in the middle"}

func greeting() []byte {
	unit := peer.Make(peer.CONNECT, 0, 1, peer.Text(3, "PARIS"), peer.Text(4, "POSTERN"), peer.Text(5, "sesame"), peer.P(6, 2), peer.P(22, 2))
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(unit))), unit...)
}

// said is what is sent of a kind.
func said(r *rand.Rand, kind string) []byte {
	b := greeting()
	switch kind {
	case "random bytes", "plain bytes on a TLS port":
		return content(r, 1+r.IntN(3000))
	case "half an entity":
		return b[:r.IntN(len(b))]
	case "a wrong length":
		binary.BigEndian.PutUint16(b[r.IntN(2)*2:], uint16(len(b)+r.IntN(60000)))
	case "one octet wrong":
		b[r.IntN(len(b))] ^= byte(1 + r.IntN(255))
	case "rubbish behind a greeting":
		b = append(b, content(r, 1+r.IntN(200))...)
	case "a unit out of place":
		all := []uint16{peer.WRITE, peer.READ, peer.SYN, peer.DTF, peer.TRANSEND, peer.CRF, peer.ACKCREATE, peer.CONNECT, peer.MSGFM, 0x9999}
		u := peer.Make(all[r.IntN(len(all))], 1, 0, content(r, r.IntN(40)))
		b = append(append(b, byte(len(u)>>8), byte(len(u))), u...)
	case "HTTP":
		return []byte("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
	case "a handshake left in the middle":
		return []byte{0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3}
	default:
		return nil
	}
	return b
}

// annoy sends rubbish and waits for the server to hang up, or hangs up itself.
func (h *house) annoy(r *rand.Rand, kind string) error {
	address := h.address["plain"]
	if kind == "plain bytes on a TLS port" || kind == "a handshake left in the middle" || r.IntN(6) == 0 {
		address = h.address["secure"]
	}
	if kind == "one byte at a time" {
		return trickle(address)
	}
	nc, err := net.Dial("tcp", address)
	if err != nil {
		return nil // the backlog is full, say
	}
	defer nc.Close()
	if err := nc.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	if kind == "TLS" {
		_ = tls.Client(nc, &tls.Config{InsecureSkipVerify: true}).Handshake()
		return nil
	}
	_, _ = nc.Write(said(r, kind))
	if r.IntN(3) == 0 {
		return nil
	}
	_, err = io.Copy(io.Discard, nc)
	if slow, ok := err.(net.Error); ok && slow.Timeout() {
		return fmt.Errorf("%s: not hung up on", kind)
	}
	return nil
}

func TestRubbishFromAThousandConnectionsDisturbsNobody(t *testing.T) {
	each(t, rubbish, 1, func(t *testing.T, r *rand.Rand) {
		n := 60
		if long() {
			n = 1000
		}
		h := newHouse(t, configuration(brief, ""))
		h.plainly(brief)
		h.mustRun()
		goroutines := h.goroutines()
		h.mustRun()
		h.pester(r, 40) // buffers that are kept, threads that were needed once
		if err := h.Idle(30 * time.Second); err != nil {
			t.Fatal(err)
		}
		calm := invariant.Descriptors(h.cmd.Process.Pid)
		jobs := []*job{h.job("plain", "IN", false, content(r, 2_000_000)), h.job("fetch", "OUT", true, content(r, 2_000_000))}
		if err := jobs[1].offer(); err != nil {
			t.Fatal(err)
		}
		var acknowledged []invariant.Acknowledged
		var real sync.WaitGroup
		real.Go(func() { acknowledged = h.finish(jobs) })
		h.pester(r, n)
		real.Wait()
		book.add(rubbish, "connections", n)
		if err := h.Idle(30 * time.Second); err != nil {
			t.Error(err)
		}
		h.calm(calm)
		if n := h.goroutines(); n > goroutines+6 {
			t.Errorf("%d goroutines after rubbish, %d before", n, goroutines)
		}
		h.mustRun()
		h.settled(acknowledged)
		if strings.Contains(h.said.String(), "\x1b") || bytes.Contains([]byte(h.said.String()), []byte{0}) {
			t.Error("control characters of a peer's are in the log")
		}
	})
}

// pester makes n calls of all kinds, 48 at a time.
func (h *house) pester(r *rand.Rand, n int) {
	h.Helper()
	room, faults := make(chan struct{}, 48), make(chan error, n)
	var all sync.WaitGroup
	for i := range n {
		kind, seed := kinds[i%len(kinds)], r.Uint64()
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			if err := h.annoy(rand.New(rand.NewPCG(seed, 0)), kind); err != nil {
				faults <- err
			}
		})
	}
	all.Wait()
	close(faults)
	for err := range faults {
		h.Error(err)
	}
}
