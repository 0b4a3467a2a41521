package ssh

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// openSSH runs OpenSSH's client against the server and has a text come back.
type openSSH struct {
	t      *testing.T
	x      *server
	folder string
}

func (o openSSH) talks(user, password, text string, options ...string) (said string, ok bool) {
	o.t.Helper()
	host, port, _ := strings.Cut(o.x.address, ":")
	args := []string{"-F", "none", "-T", "-p", port, "-l", user, "-oUserKnownHostsFile=" + filepath.Join(o.folder, "known"),
		"-oGlobalKnownHostsFile=none", "-oNumberOfPasswordPrompts=1", "-oConnectTimeout=10"}
	cmd := exec.CommandContext(o.t.Context(), "ssh", append(append(args, options...), "-s", host, "sftp")...)
	ask := filepath.Join(o.folder, "ask")
	if err := os.WriteFile(ask, []byte("#!/bin/sh\necho '"+password+"'\n"), 0o700); err != nil {
		o.t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "SSH_ASKPASS="+ask, "SSH_ASKPASS_REQUIRE=force", "DISPLAY=none", "SSH_AUTH_SOCK=")
	cmd.Stdin = strings.NewReader(text)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	return errs.String(), err == nil && out.String() == text
}

// needs skips the test where a tool is missing.
func needs(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s of OpenSSH is not here", tool)
		}
	}
}

func keygen(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "ssh-keygen", append([]string{"-q"}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen %v: %s", args, out)
	}
}

func public(t *testing.T, file string) ssh.PublicKey {
	t.Helper()
	data, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	k, _, _, _, err := ssh.ParseAuthorizedKey(data)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestOpenSSHGetsInAsItShould(t *testing.T) {
	needs(t, "ssh", "ssh-keygen")
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, k := range []string{"own", "other", "signed", "ca", "host"} {
		keygen(t, "-t", "ed25519", "-N", "", "-f", in(k))
	}
	keygen(t, "-t", "ecdsa", "-N", "", "-f", in("host2"))
	keygen(t, "-s", in("ca"), "-I", "test", "-n", "PARIS", "-V", "-1m:+1h", in("signed.pub"))
	x := newServer(t, Settings{HostKeys: []string{in("host"), in("host2")}, Banner: "welcome aboard"}, house(public(t, in("own")), public(t, in("ca"))))
	o := openSSH{t, x, dir}
	key := func(name string) []string {
		return []string{"-i", in(name), "-oIdentitiesOnly=yes", "-oStrictHostKeyChecking=accept-new"}
	}
	for _, c := range []struct {
		name, user, password string
		options              []string
		want                 bool
	}{
		{"a key", "PARIS", "", key("own"), true},
		{"another key", "PARIS", "wrong", key("other"), false},
		{"a password", "PARIS", "sesame", key("other"), true},
		{"key and password", "BOTH", "sesame", key("own"), true},
		{"key and wrong password", "BOTH", "wrong", key("own"), false},
		{"the password without the key", "BOTH", "sesame", key("other"), false},
		{"a certificate", "PARIS", "wrong", key("signed"), true},
		{"a certificate for another name", "LYON", "wrong", key("signed"), false},
		{"whoever may not call now", "CLOSED", "sesame", key("own"), false},
		{"keys exchanged often", "PARIS", "", append(key("own"), "-oRekeyLimit=16K"), true},
		{"the first cipher of ours", "PARIS", "", append(key("own"), "-oCiphers=aes128-gcm@openssh.com"), true},
		{"CTR with its MAC", "PARIS", "", append(key("own"), "-oCiphers=aes256-ctr", "-oMACs=hmac-sha2-512-etm@openssh.com"), true},
		{"CTR with an old MAC", "PARIS", "", append(key("own"), "-oCiphers=aes256-ctr", "-oMACs=hmac-sha1"), false},
		{"an old cipher", "PARIS", "", append(key("own"), "-oCiphers=aes128-cbc"), false},
		{"an old exchange of keys", "PARIS", "", append(key("own"), "-oKexAlgorithms=diffie-hellman-group14-sha1"), false},
		{"a host key with SHA-1", "PARIS", "", append(key("own"), "-oHostKeyAlgorithms=ssh-rsa"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			said, ok := o.talks(c.user, c.password, strings.Repeat("hello\n", 20_000), c.options...)
			if ok != c.want {
				t.Errorf("let in: %v; it said %s", ok, said)
			}
			if c.want && !strings.Contains(said, "welcome aboard") {
				t.Errorf("no banner in %q", said)
			}
		})
	}
}

func TestOpenSSHLearnsNewHostKeys(t *testing.T) {
	needs(t, "ssh", "ssh-keygen")
	dir := t.TempDir()
	_, old, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	known, err := ssh.NewSignerFromKey(old)
	if err != nil {
		t.Fatal(err)
	}
	x := newServer(t, Settings{HostKeys: []string{writeKey(t, old, 0o600), newKeyFile(t)}}, anybody)
	o := openSSH{t, x, dir}
	host, port, _ := strings.Cut(x.address, ":")
	file := filepath.Join(dir, "known")
	line := "[" + host + "]:" + port + " " + string(ssh.MarshalAuthorizedKey(known.PublicKey()))
	if err := os.WriteFile(file, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	said, ok := o.talks("PARIS", "x", strings.Repeat("hello\n", 20_000), "-oUpdateHostKeys=yes", "-oStrictHostKeyChecking=yes", "-oHashKnownHosts=no")
	data, err := os.ReadFile(file)
	if err != nil || !ok || strings.Count(string(data), "ssh-ed25519") != 2 {
		t.Errorf("let in %v, known are now\n%s%s%v", ok, data, said, err)
	}
}
