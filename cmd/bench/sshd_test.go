package bench

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// sshKey writes a private key in OpenSSH's form into a folder, unless it is there, and gives it.
func sshKey(t *testing.T, dir string) (path string, key ssh.Signer) {
	t.Helper()
	path = filepath.Join(dir, "host_ed25519")
	b, err := os.ReadFile(path)
	if err != nil {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		block, err := ssh.MarshalPrivateKey(private, "bench")
		if err != nil {
			t.Fatal(err)
		}
		b = pem.EncodeToMemory(block)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key, err = ssh.ParsePrivateKey(b)
	if err != nil {
		t.Fatal(err)
	}
	return path, key
}

// openSSH starts OpenSSH's server as the user who measures, logging in with a key.
func openSSH(t *testing.T) (*child, *ssh.ClientConfig) {
	t.Helper()
	name, err := exec.LookPath("sshd")
	if err != nil {
		name = "/usr/sbin/sshd"
	}
	if _, err := os.Stat(name); err != nil {
		t.Skip("OpenSSH's server is not here")
	}
	who, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path, key := sshKey(t, dir)
	_ = os.MkdirAll("/run/sshd", 0o755) // where it wants to be when it has no rights; only root can and must
	allowed := filepath.Join(dir, "authorized_keys")
	if err := os.WriteFile(allowed, ssh.MarshalAuthorizedKey(key.PublicKey()), 0o600); err != nil {
		t.Fatal(err)
	}
	address := free(t)
	_, port, _ := net.SplitHostPort(address)
	config := fmt.Sprintf("ListenAddress 127.0.0.1:%s\nHostKey %s\nAuthorizedKeysFile %s\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"+
		"PidFile none\nMaxStartups 1000\nSubsystem sftp internal-sftp\nLogLevel ERROR\n", port, path, allowed)
	file := filepath.Join(dir, "sshd_config")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &child{cmd: exec.Command(name, "-D", "-e", "-f", file), ready: map[string]string{"p": address}}
	p.cmd.Stderr = &p.said
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.end)
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			break
		}
		if time.Now().After(until) {
			t.Fatalf("sshd does not listen: %v\n%s", err, p.said.String())
		}
	}
	return p, loginAs(who.Username, ssh.PublicKeys(key))
}

// free is an address that nobody listens at.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// family is how many seconds of processor a program and its children have used that have ended; it waits until they have.
func (p *child) family(t *testing.T) float64 {
	t.Helper()
	root := fmt.Sprintf("/proc/%d", p.cmd.Process.Pid)
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		b, err := os.ReadFile(fmt.Sprintf("%s/task/%d/children", root, p.cmd.Process.Pid))
		if err != nil || len(b) == 0 {
			break
		}
		if time.Now().After(until) {
			t.Fatal("a session of sshd does not end")
		}
	}
	b, err := os.ReadFile(root + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), ") ") // proc_pid_stat(5): the fields from the third on
	var user, system, users, systems float64
	fields := strings.Fields(rest)
	for i, v := range []*float64{&user, &system, &users, &systems} {
		if _, err := fmt.Sscan(fields[11+i], v); err != nil {
			t.Fatal(err)
		}
	}
	const ticks = 100 // a second, on every Linux
	return (user + system + users + systems) / ticks
}
