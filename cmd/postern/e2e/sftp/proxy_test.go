package sftp

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	pkgsftp "github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

const proxiedConfiguration = `data_dir: ./data
backends: {files: {type: local, root: ./files}}
listeners: {sftp: {protocol: sftp, address: "127.0.0.1:0", proxy_protocol: {from: [%s]}, ssh: {host_keys: [host]}}}
partners: {PARIS: {protocols: [sftp], authorized_keys: ["%s"], receive: [IN], allow_from: [192.0.2.0/24]}}
flows: {IN: {path: "in/{{.File}}-{{.ID}}"}}
throttle: {failures: 3, within: 1h, ban: 1h}
shutdown_grace: 5s
`

// TestBehindAProxyTheCallerIsWhoTheProxySays has calls of SSH with a PROXY header: who calls, what is banned and what the
// catalog tells is the caller's address, and a proxy that is not on the list speaks for nobody.
func TestBehindAProxyTheCallerIsWhoTheProxySays(t *testing.T) {
	d := deskWith(t, strings.Replace(proxiedConfiguration, "%s", "127.0.0.0/24", 1))
	c, err := d.passedOn("192.0.2.7", "PARIS")
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Create("/IN/f")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if list := d.run(postern, "catalog", "list", "-o", "json"); !strings.Contains(list, `192.0.2.7:4711`) {
		t.Errorf("the catalog does not tell who called:\n%s", list)
	}
	if _, err := d.passedOn("203.0.113.9", "PARIS"); err == nil {
		t.Error("an address that the partner may not call from is let in")
	}
	for range 4 {
		if _, err := d.passedOn("192.0.2.66", "NOBODY"); err == nil {
			t.Error("nobody is let in")
		}
	}
	if _, err := d.passedOn("192.0.2.66", "PARIS"); err == nil {
		t.Error("an address that guessed too often is let in")
	}
	if _, err := d.passedOn("192.0.2.8", "PARIS"); err != nil {
		t.Errorf("another address is banned with it: %v", err)
	}
	for _, begin := range []string{"", "PROXY nonsense\r\n", "SSH-2.0-x\r\n"} {
		if conn, err := d.handshake(begin, "PARIS"); err == nil {
			conn.Close()
			t.Errorf("a call that begins with %q is let in", begin)
		}
	}
	refusals := d.run(postern, "refusals", "list")
	for _, want := range []string{`partner.address .* 203.0.113.9`, `192.0.2.66`, `limit.failures`, `protocol.violation`} {
		if !regexp.MustCompile(want).MatchString(refusals) {
			t.Errorf("%s is not among the refusals:\n%s", want, refusals)
		}
	}
	d.write("postern.yaml", fmt.Appendf(nil, proxiedConfiguration, "198.51.100.0/24", strings.TrimSpace(string(d.read("client.pub")))))
	d.run(postern, "reload")
	if _, err := d.passedOn("192.0.2.7", "PARIS"); err == nil {
		t.Error("a proxy that is not on the list is believed")
	}
	if _, err := c.Stat("/IN/f"); err != nil {
		t.Errorf("the session that was open has ended: %v", err)
	}
}

// passedOn calls through a proxy that says for whom.
func (d *desk) passedOn(address, user string) (*pkgsftp.Client, error) {
	conn, err := d.handshake("PROXY TCP4 "+address+" 127.0.0.1 4711 2022\r\n", user)
	if err != nil {
		return nil, err
	}
	d.Cleanup(func() { conn.Close() })
	return pkgsftp.NewClient(conn)
}

// handshake says something first, then SSH.
func (d *desk) handshake(begin, user string) (*ssh.Client, error) {
	c, err := net.Dial("tcp", "127.0.0.1:"+d.port)
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	if _, err := c.Write([]byte(begin)); err != nil {
		c.Close()
		return nil, err
	}
	return d.over(c, user, nil)
}

// over logs in with the partner's key. seen is told the server's key.
func (d *desk) over(c net.Conn, user string, seen func(ssh.PublicKey)) (*ssh.Client, error) {
	key, err := ssh.ParsePrivateKey(d.read("client"))
	if err != nil {
		return nil, err
	}
	conn, channels, requests, err := ssh.NewClientConn(c, "", &ssh.ClientConfig{User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: func(_ string, _ net.Addr, k ssh.PublicKey) error {
			if seen != nil {
				seen(k)
			}
			return nil
		}})
	if err != nil {
		c.Close()
		return nil, err
	}
	return ssh.NewClient(conn, channels, requests), nil
}
