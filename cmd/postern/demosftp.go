package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// demoSFTP is added to the configuration of the demonstration where OpenSSH's client is installed. Listeners are a map, and
// so this one stands in the file of its own that the command line names keys of.
var demoSFTP = []string{
	"listeners.sftp.protocol=sftp",
	"listeners.sftp.address=127.0.0.1:0",
	"listeners.sftp.ssh.host_keys=host_ed25519",
	"partners.PARIS.protocols=pesit,sftp",
	"partners.PARIS.authorized_keys_file=paris_ed25519.pub",
}

// makeKeys makes the keys of the server and of PARIS with OpenSSH's own tool; without it there is no step with SFTP.
func (d *demonstration) makeKeys(ctx context.Context) error {
	for _, tool := range []string{"sftp", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil {
			d.noSFTP = tool
			return nil
		}
	}
	for _, name := range []string{"host_ed25519", "paris_ed25519"} {
		out, err := exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", d.path(name)).CombinedOutput()
		if err != nil {
			return fmt.Errorf("make a key: %w\n%s", err, out)
		}
	}
	return nil
}

// sftpFlags are the flags of serve that add the listener.
func (d *demonstration) sftpFlags() (flags []string) {
	if d.noSFTP != "" {
		return nil
	}
	for _, s := range demoSFTP {
		flags = append(flags, "--set", s)
	}
	return flags
}

// sftp lets OpenSSH's client put a file, see it, and fetch the published one.
func (d *demonstration) sftp(ctx context.Context) error {
	if d.noSFTP != "" {
		d.say("The same by SFTP: left out, %s is not installed", d.noSFTP)
		return nil
	}
	d.say("The same by SFTP: OpenSSH's client, with a key, sees PARIS's flows as folders")
	host, port, err := net.SplitHostPort(d.sftpAddress)
	if err != nil {
		return fmt.Errorf("find the SFTP listener: %w", err)
	}
	key, err := os.ReadFile(d.path("host_ed25519.pub"))
	if err != nil {
		return fmt.Errorf("read the host's key: %w", err)
	}
	const batch = "ls -1\nput invoice.csv INVOICES/by-sftp.csv\nls -1 INVOICES\nget STATEMENTS/statement.txt fetched.txt\n"
	for name, text := range map[string]string{
		"known_hosts": fmt.Sprintf("[%s]:%s %s", host, port, key),
		"batch":       batch,
	} {
		if err := os.WriteFile(d.path(name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("write a file: %w", err)
		}
	}
	args := []string{"-q", "-b", "batch", "-i", "paris_ed25519", "-P", port, "-o", "UserKnownHostsFile=known_hosts", "-o", "IdentitiesOnly=yes", "PARIS@" + host}
	fmt.Fprintln(d.app.out, "   $ sftp "+strings.Join(args, " "))
	cmd := d.command(ctx, "sftp", append([]string{"-F", "none"}, args...)...)
	out, err := cmd.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		fmt.Fprintln(d.app.out, "   "+strings.TrimRight(line, "\n"))
	}
	if err != nil {
		return fmt.Errorf("run sftp: %w", err)
	}
	got, err := os.ReadFile(d.path("fetched.txt"))
	if err != nil {
		return fmt.Errorf("read what was fetched: %w", err)
	}
	was, err := os.ReadFile(filepath.Join(d.dir, "files/out/PARIS/statement.txt"))
	if err != nil {
		return fmt.Errorf("read what is stored: %w", err)
	}
	if string(got) != string(was) {
		return errors.New("what was fetched by SFTP is not what is stored")
	}
	fmt.Fprintf(d.app.out, "   fetched.txt: %s", got)
	_, err = d.run(ctx, statusDone, "catalog", "list", "--partner", "PARIS", "--flow", "INVOICES")
	return err
}
