package ssh

import (
	"bytes"
	"crypto/rand"
	"io"
	"testing"

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
