package sftp

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	pkgsftp "github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// TestHostKeysAreChangedByAReloadAndOpenSessionsGoOn changes the key in the three ways that an operator has: another key in
// front, another content of the same file, and a file that is damaged, which changes nothing.
func TestHostKeysAreChangedByAReloadAndOpenSessionsGoOn(t *testing.T) {
	d := newDesk(t)
	first := d.hostKey()
	conn, err := d.handshake("", "PARIS")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c, err := pkgsftp.NewClient(conn)
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Create("/IN/through")
	if err != nil {
		t.Fatal(err)
	}
	data := content(200_000)
	write := func(b []byte) {
		t.Helper()
		if _, err := f.Write(b); err != nil {
			t.Fatalf("the session that was open cannot go on: %v", err)
		}
	}
	write(data[:50_000])

	d.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "next")
	d.write("postern.yaml", []byte(strings.Replace(string(d.read("postern.yaml")), "host_keys: [host]", "host_keys: [next, host]", 1)))
	d.run(postern, "reload")
	second := d.hostKey()
	if want := d.fingerprint("next.pub"); second != want || first == second {
		t.Errorf("behind the reload the server has the key %s, want %s; before it was %s", second, want, first)
	}
	write(data[50_000:100_000])

	d.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "third")
	for _, end := range []string{"", ".pub"} {
		if err := os.Rename(filepath.Join(d.dir, "third"+end), filepath.Join(d.dir, "next"+end)); err != nil {
			t.Fatal(err)
		}
	}
	d.run(postern, "reload")
	if third, want := d.hostKey(), d.fingerprint("next.pub"); third != want || third == second {
		t.Errorf("the file has another key, and the server has %s, want %s", third, want)
	}
	write(data[100_000:150_000])

	third := d.hostKey()
	d.write("next", []byte("no key"))
	if out, err := d.command(postern, "reload").CombinedOutput(); err == nil || !strings.Contains(string(out), "next") {
		t.Errorf("a damaged key is taken: %v\n%s", err, out)
	}
	if now := d.hostKey(); now != third {
		t.Errorf("after a reload that failed the server has the key %s, want %s", now, third)
	}
	write(data[150_000:])
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := c.Stat("/IN/through"); err != nil || info.Size() != int64(len(data)) {
		t.Errorf("what was uploaded through all reloads is %v, %v", info, err)
	}
}

// hostKey is the fingerprint of the key that the server shows to a new call.
func (d *desk) hostKey() (fingerprint string) {
	d.Helper()
	c, err := net.Dial("tcp", "127.0.0.1:"+d.port)
	if err != nil {
		d.Fatal(err)
	}
	conn, err := d.over(c, "PARIS", func(k ssh.PublicKey) { fingerprint = ssh.FingerprintSHA256(k) })
	if err != nil {
		d.Fatal(err)
	}
	conn.Close()
	return fingerprint
}

func (d *desk) fingerprint(file string) string {
	d.Helper()
	return strings.Fields(d.run("ssh-keygen", "-l", "-f", file))[1]
}
