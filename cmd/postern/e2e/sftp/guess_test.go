package sftp

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

const besiegedConfiguration = `data_dir: ./data
backends: {files: {type: local, root: ./files}}
listeners: {sftp: {protocol: sftp, address: "127.0.0.1:0", proxy_protocol: {from: [127.0.0.0/8]}, max_connections: 600,
  timeouts: {connect: 2s}, ssh: {host_keys: [host]}}}
partners: {PARIS: {protocols: [sftp], authorized_keys: ["%s"], receive: [IN]}}
flows: {IN: {path: "in/{{.File}}-{{.ID}}"}}
limits: {unauthenticated: 24, max_sessions: 600}
throttle: {failures: 5, within: 1h, ban: 1h}
shutdown_grace: 5s
`

// TestGuessersAndSlowCallersHoldUpNobodyWhoIsIn has callers that say half of a handshake and wait, and one address that guesses
// from many connections at once. Who is in works on; of the guesses only as many as the throttle allows are answered; and
// the slow ones are sent away.
func TestGuessersAndSlowCallersHoldUpNobodyWhoIsIn(t *testing.T) {
	many := 40
	if os.Getenv("POSTERN_TEST_LONG") != "" {
		many = 400
	}
	d := deskWith(t, besiegedConfiguration)
	in, err := d.passedOn("192.0.2.7", "PARIS")
	if err != nil {
		t.Fatal(err)
	}
	var siege sync.WaitGroup
	for i := range many {
		siege.Go(func() { d.dawdle(fmt.Sprintf("198.51.100.%d", 1+i%250), i) })
		siege.Go(func() { d.guess("203.0.113.5") })
		if i%10 == 0 {
			if err := d.leave(in, fmt.Sprintf("/IN/f%d", i), "text"); err != nil {
				t.Errorf("who is in cannot upload: %v", err)
			}
		}
	}
	siege.Wait()
	d.until("the good partner gets in again", func() bool {
		_, err := d.passedOn("192.0.2.8", "PARIS")
		return err == nil
	})
	if _, err := d.passedOn("203.0.113.5", "PARIS"); err == nil {
		t.Error("who guessed too often is let in with the right key")
	}
	answered := 0
	for _, r := range d.refused() {
		if r.Code == "partner.password" && strings.HasPrefix(r.Peer, "203.0.113.5") {
			answered += r.Count
		}
	}
	if answered == 0 || answered > 5 {
		t.Errorf("%d guesses of one address were answered, want 5 at most", answered)
	}
}

// dawdle says a part of a handshake, and waits until the server hangs up.
func (d *desk) dawdle(address string, kind int) {
	c, err := net.Dial("tcp", "127.0.0.1:"+d.port)
	if err != nil {
		d.Error(err)
		return
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	begin := "PROXY TCP4 " + address + " 127.0.0.1 4711 2022\r\n"
	says := []string{begin + "SSH-2.0-slow\r\n", begin, begin[:20], begin + "SSH-2.0-slow\r\n\x00\x00\x04\x00\x06\x14", ""}[kind%5]
	_, _ = io.WriteString(c, says)
	if _, err := io.Copy(io.Discard, c); err != nil && os.IsTimeout(err) {
		d.Errorf("who says %q and no more is kept", says)
	}
}

// guess tries one password.
func (d *desk) guess(address string) {
	c, err := net.Dial("tcp", "127.0.0.1:"+d.port)
	if err != nil {
		d.Error(err)
		return
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	_, _ = io.WriteString(c, "PROXY TCP4 "+address+" 127.0.0.1 4711 2022\r\n")
	_, _, _, err = ssh.NewClientConn(c, "", &ssh.ClientConfig{User: "PARIS", Auth: []ssh.AuthMethod{ssh.Password("guess")},
		HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	if err == nil {
		d.Error("a guess is let in")
	}
}

// refusal is one as the server lists it.
type refusal struct {
	Code, Peer string
	Count      int
}

func (d *desk) refused() (list []refusal) {
	d.Helper()
	if err := json.Unmarshal([]byte(d.run(postern, "refusals", "list", "-o", "json")), &list); err != nil {
		d.Fatal(err)
	}
	return list
}
