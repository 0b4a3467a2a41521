package ssh

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"

	"golang.org/x/crypto/ssh"
)

func TestALargeFlowComesBackWhole(t *testing.T) {
	x := newServer(t, Settings{}, house(nil, nil))
	c, err := x.dial("PARIS", ssh.Password("sesame"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	channel, requests, err := c.OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	go ssh.DiscardRequests(requests)
	if ok, err := channel.SendRequest("subsystem", true, ssh.Marshal(struct{ Name string }{"sftp"})); !ok || err != nil {
		t.Fatal(ok, err)
	}
	said := make([]byte, 9<<20+1) // more than the window, and no whole number of packets
	_, _ = rand.Read(said)
	go func() { _, _ = io.Copy(channel, bytes.NewReader(said)) }()
	heard := make([]byte, len(said))
	if _, err := io.ReadFull(channel, heard); err != nil || !bytes.Equal(said, heard) {
		t.Errorf("what came back is not what was said: %v", err)
	}
}

func TestWhatWasGatheredLeavesInTheEndAndAfterAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		defer there.Close()
		w := &wide{Conn: here, pool: new(buffers)}
		got := make(chan string, 8)
		go func() {
			defer close(got)
			b := make([]byte, 64)
			for {
				n, err := there.Read(b)
				if err != nil {
					return
				}
				got <- string(b[:n])
			}
		}()
		say := func(text string) {
			if _, err := w.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		say("at once")
		w.hold()
		say("a")
		say("b")
		synctest.Wait()
		if n := len(got); n != 1 || <-got != "at once" {
			t.Fatalf("%d writes before the end of what is gathered", n)
		}
		if now := <-got; now != "ab" { // time goes on while everybody waits
			t.Errorf("after a moment %q came", now)
		}
		say("c")
		if err := w.flush(); err != nil || <-got != "c" {
			t.Errorf("the end did not flush: %v", err)
		}
		here.Close()
		w.hold()
		say("lost")
		if err := w.flush(); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("a flush into nothing: %v", err)
		}
		if _, err := w.Write([]byte("x")); err == nil {
			t.Error("something follows what was lost")
		}
		for range got {
		}
	})
}
