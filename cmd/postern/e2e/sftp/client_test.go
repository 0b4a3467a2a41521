package sftp

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// client is a program that speaks SFTP, as a partner types it. Paths of the server have a leading slash. A nil command is
// something that the program cannot do.
type client struct {
	name  string
	tools []string
	ready func(*desk) // before the first command
	put   func(d *desk, local, remote string) *exec.Cmd
	get   func(d *desk, remote, local string) *exec.Cmd
	reput func(d *desk, local, remote string) *exec.Cmd // goes on
	reget func(d *desk, remote, local string) *exec.Cmd
	move  func(d *desk, from, to string) *exec.Cmd
	list  func(d *desk, folder string) *exec.Cmd
	line  func(name string) string // of the listing; nil: the name
	odd   []string                 // names that it cannot say
	after after                    // what it does when the connection is cut
}

// after is what a client does by itself when the connection is cut.
type after string

const (
	fails   after = ""
	goesOn  after = "goes on"
	removes after = "removes the upload"
)

func clients() []client {
	return []client{openSSH(), scp(), lftp(), rclone(), curl(), psftp(), sshfs()}
}

func clientNames() (names []string) {
	for _, c := range clients() {
		names = append(names, strings.ToUpper(c.name))
	}
	return names
}

// eachClient runs a test for every client that is installed.
func eachClient(t *testing.T, test func(*desk, client)) {
	for _, c := range clients() {
		t.Run(c.name, func(t *testing.T) {
			d := commonDesk(t, strings.ToUpper(c.name), c.tools...)
			test(d, c)
		})
	}
}

// at is the partner at the server.
func (d *desk) at() string { return d.partner + "@127.0.0.1" }

// input is a command that reads lines.
func (d *desk) input(cmd *exec.Cmd, lines ...string) *exec.Cmd {
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	return cmd
}

func openSSH() client {
	line := func(d *desk, format string, args ...any) *exec.Cmd {
		cmd := d.command("sftp", "-q", "-F", "ssh_config", "-P", d.port, "-b", "-", d.at())
		return d.input(cmd, fmt.Sprintf(format, args...))
	}
	return client{
		name: "sftp", tools: []string{"sftp", "ssh"},
		put:   func(d *desk, l, r string) *exec.Cmd { return line(d, "put %q %q", l, r) },
		get:   func(d *desk, r, l string) *exec.Cmd { return line(d, "get %q %q", r, l) },
		reput: func(d *desk, l, r string) *exec.Cmd { return line(d, "reput %q %q", l, r) },
		reget: func(d *desk, r, l string) *exec.Cmd { return line(d, "reget %q %q", r, l) },
		move:  func(d *desk, a, b string) *exec.Cmd { return line(d, "rename %q %q", a, b) },
		list:  func(d *desk, f string) *exec.Cmd { return line(d, "ls -1 %q", f) },
		line:  func(name string) string { return "/" + name },
		odd:   []string{"new\nline"},
	}
}

func scp() client {
	run := func(d *desk, from, to string) *exec.Cmd {
		return d.command("scp", "-q", "-F", "ssh_config", "-P", d.port, from, to)
	}
	return client{
		name: "scp", tools: []string{"scp", "ssh"},
		put: func(d *desk, l, r string) *exec.Cmd { return run(d, l, d.at()+":"+r) },
		// It writes from the beginning into what is there, and cuts off what is too much.
		reput: func(d *desk, l, r string) *exec.Cmd { return run(d, l, d.at()+":"+r) },
		get:   func(d *desk, r, l string) *exec.Cmd { return run(d, d.at()+":"+r, l) },
	}
}

func lftp() client {
	run := func(d *desk, format string, args ...any) *exec.Cmd {
		cmd := d.command("lftp", "-f", "/dev/stdin")
		cmd.Env = append(os.Environ(), "HOME="+d.dir)
		return d.input(cmd, `set sftp:connect-program "ssh -a -x -F `+filepath.Join(d.dir, "ssh_config")+`"`,
			"set cmd:fail-exit yes", "set xfer:clobber yes", "set net:max-retries 1", "set net:reconnect-interval-base 1",
			"set file:charset UTF-8", "set sftp:charset UTF-8",
			"open -u "+d.partner+",none sftp://127.0.0.1:"+d.port, fmt.Sprintf(format, args...))
	}
	return client{
		name: "lftp", tools: []string{"lftp", "ssh"},
		put: func(d *desk, l, r string) *exec.Cmd { return run(d, "put %q -o %q", l, r) },
		// It kills ssh as soon as it has the bytes: without another command its CLOSE may never leave.
		get:   func(d *desk, r, l string) *exec.Cmd { return run(d, "get %q -o %q; cls /", r, l) },
		reput: func(d *desk, l, r string) *exec.Cmd { return run(d, "put -c %q -o %q", l, r) },
		reget: func(d *desk, r, l string) *exec.Cmd { return run(d, "get -c %q -o %q; cls /", r, l) },
		move:  func(d *desk, a, b string) *exec.Cmd { return run(d, "mv %q %q", a, b) },
		list:  func(d *desk, f string) *exec.Cmd { return run(d, "cls -1 --basename %q", f) },
		odd:   []string{"new\nline"},
		after: goesOn,
	}
}

func rclone() client {
	run := func(d *desk, args ...string) *exec.Cmd {
		cmd := d.command("rclone", append(args, "--config", "/dev/null", "--sftp-host", "127.0.0.1", "--sftp-port", d.port,
			"--sftp-user", d.partner, "--sftp-key-file", filepath.Join(d.dir, "client"), "--sftp-set-modtime=false",
			"--sftp-shell-type", "none", "--retries", "1", "--low-level-retries", "1")...)
		cmd.Env = append(os.Environ(), "HOME="+d.dir)
		return cmd
	}
	return client{
		name: "rclone", tools: []string{"rclone"},
		put:   func(d *desk, l, r string) *exec.Cmd { return run(d, "copyto", "./"+l, ":sftp:"+r) },
		get:   func(d *desk, r, l string) *exec.Cmd { return run(d, "copyto", ":sftp:"+r, "./"+l) },
		move:  func(d *desk, a, b string) *exec.Cmd { return run(d, "moveto", ":sftp:"+a, ":sftp:"+b) },
		list:  func(d *desk, f string) *exec.Cmd { return run(d, "lsf", ":sftp:"+f) },
		odd:   []string{"new\nline"}, // it says another name for it
		after: removes,
	}
}

func curl() client {
	run := func(d *desk, remote string, args ...string) *exec.Cmd {
		parts := strings.Split(remote, "/")
		for i, p := range parts {
			parts[i] = url.PathEscape(p)
		}
		return d.command("curl", append(args, "-sS", "--insecure", "--key", "client", "--pubkey", "client.pub", "-u", d.partner+":",
			"sftp://127.0.0.1:"+d.port+strings.Join(parts, "/"))...)
	}
	return client{
		name: "curl", tools: []string{"curl"},
		ready: func(d *desk) {
			if out, err := d.command("curl", "-V").Output(); err != nil || !strings.Contains(string(out), " sftp") {
				d.Skip("curl has no sftp")
			}
		},
		put:   func(d *desk, l, r string) *exec.Cmd { return run(d, r, "-T", "./"+l) },
		get:   func(d *desk, r, l string) *exec.Cmd { return run(d, r, "-o", l) },
		reput: func(d *desk, l, r string) *exec.Cmd { return run(d, r, "-C", "-", "-T", "./"+l) },
		reget: func(d *desk, r, l string) *exec.Cmd { return run(d, r, "-C", "-", "-o", l) },
		move: func(d *desk, a, b string) *exec.Cmd {
			return run(d, "/IN/", "-l", "-Q", fmt.Sprintf("rename %q %q", a, b))
		},
		list: func(d *desk, f string) *exec.Cmd { return run(d, f+"/", "-l") },
	}
}

func psftp() client {
	line := func(d *desk, format string, args ...any) *exec.Cmd {
		fingerprint := strings.Fields(d.run("ssh-keygen", "-l", "-f", "host.pub"))[1]
		d.write("batch", fmt.Appendf(nil, format+"\n", args...))
		cmd := d.command("psftp", "-batch", "-hostkey", fingerprint, "-P", d.port, "-i", "client.ppk", "-b", "batch", d.at())
		cmd.Env = append(os.Environ(), "HOME="+d.dir)
		return cmd
	}
	return client{
		name: "psftp", tools: []string{"psftp", "puttygen"},
		ready: func(d *desk) { d.run("puttygen", "client", "-O", "private", "-o", "client.ppk") },
		put:   func(d *desk, l, r string) *exec.Cmd { return line(d, `put "%s" "%s"`, l, r) },
		get:   func(d *desk, r, l string) *exec.Cmd { return line(d, `get "%s" "%s"`, r, l) },
		reput: func(d *desk, l, r string) *exec.Cmd { return line(d, `reput "%s" "%s"`, l, r) },
		reget: func(d *desk, r, l string) *exec.Cmd { return line(d, `reget "%s" "%s"`, r, l) },
		move:  func(d *desk, a, b string) *exec.Cmd { return line(d, `mv "%s" "%s"`, a, b) },
		list:  func(d *desk, f string) *exec.Cmd { return line(d, `ls "%s"`, f) },
		line:  func(name string) string { return " " + name },
		odd:   []string{"new\nline"},
	}
}

// sshfs stands for the programs that use what it mounts. A download begins anew: where a read was cut, the kernel may have
// given zeros.
func sshfs() client {
	in := func(path string) string { return "mnt" + path }
	sh := func(d *desk, script string, args ...string) *exec.Cmd {
		return d.command("sh", append([]string{"-c", script, "sh"}, args...)...)
	}
	return client{
		name: "sshfs", tools: []string{"sshfs", "fusermount3", "ssh"},
		ready: (*desk).mount,
		put:   func(d *desk, l, r string) *exec.Cmd { return d.command("cp", "./"+l, in(r)) },
		get:   func(d *desk, r, l string) *exec.Cmd { return d.command("cp", in(r), "./"+l) },
		reput: func(d *desk, l, r string) *exec.Cmd {
			return sh(d, `tail -c +$(($(stat -c %s "$2") + 1)) "$1" >> "$2"`, l, in(r))
		},
		move: func(d *desk, a, b string) *exec.Cmd { return d.command("mv", "--", in(a), in(b)) },
		list: func(d *desk, f string) *exec.Cmd { return d.command("ls", "-1", "-U", "-N", in(f)) },
	}
}

// mount mounts the server at mnt, until the test ends.
func (d *desk) mount() {
	d.Helper()
	if _, err := os.Stat("/dev/fuse"); err != nil {
		d.Skip("there is no /dev/fuse for sshfs")
	}
	mnt := filepath.Join(d.dir, "mnt")
	_ = os.MkdirAll(mnt, 0o700)
	if out, err := d.command("sshfs", "-F", filepath.Join(d.dir, "ssh_config"), "-p", d.port, d.at()+":/", "mnt").CombinedOutput(); err != nil {
		if os.IsPermission(err) || strings.Contains(string(out), "Operation not permitted") {
			d.Skipf("sshfs may not mount here: %s", out)
		}
		d.Fatalf("sshfs: %v\n%s", err, out)
	}
	d.Cleanup(d.unmount)
}

func (d *desk) unmount() {
	if err := d.command("fusermount3", "-u", "-z", "mnt").Run(); err != nil {
		_ = syscall.Unmount(filepath.Join(d.dir, "mnt"), syscall.MNT_FORCE)
	}
}

// works runs a command that must succeed and gives its output.
func (d *desk) works(cmd *exec.Cmd) string {
	d.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.Fatalf("%.300q: %v\n%s", cmd.Args, err, out)
	}
	return string(out)
}
