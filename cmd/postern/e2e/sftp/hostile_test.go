package sftp

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pkgsftp "github.com/pkg/sftp"

	"github.com/postern/postern/sdk/sdktest/backendtest"
)

// TestHostileNamesLeadNowhere gives the names of the corpus to every request that takes one. What may be stored lies in the
// partner's own folder; everything else is refused with a status that says why.
func TestHostileNamesLeadNowhere(t *testing.T) {
	d := commonDesk(t, "HOSTILE")
	d.secrets("outside/secret", "BOB/secret", "files/BOB/secret", "files/in/BOB/secret", "files/outside/secret")
	before := d.elsewhere()
	c := d.dial()
	names := backendtest.HostileNames()
	step := 30
	if os.Getenv("POSTERN_TEST_LONG") != "" {
		step = 1
	}
	for i := 0; i < len(names); i += step {
		d.tryAll(c, "/IN/"+names[i])
		if i%3 == 0 { // at the top nothing may be made
			d.tryAll(c, names[i])
		}
	}
	after := d.elsewhere()
	for name := range after {
		if !before[name] {
			t.Errorf("%s is there, outside the partner's folder", name)
		}
	}
	for name := range before {
		if !after[name] {
			t.Errorf("%s is gone", name)
		}
	}
}

// tryAll plays every request with a name.
func (d *desk) tryAll(c *pkgsftp.Client, name string) {
	d.Helper()
	f, err := c.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err == nil {
		if _, err = f.Write([]byte("x")); err == nil {
			err = f.Close()
		}
	}
	d.clear("write", name, err)
	if f, err = c.Open(name); err == nil {
		b := make([]byte, 10)
		if n, _ := f.Read(b); n > 0 && string(b[:n]) != "x" {
			d.Errorf("%q reads %q", name, b[:n])
		}
		err = f.Close()
	}
	d.clear("read", name, err)
	_, err = c.Stat(name)
	d.clear("stat", name, err)
	_, err = c.ReadDir(name)
	d.clear("list", name, err)
	for _, r := range byPath {
		err := r.ask(c, name)
		d.clear(r.what, name, err)
	}
}

// byPath are the requests that take a path and leave nothing open.
var byPath = []struct {
	what string
	ask  func(*pkgsftp.Client, string) error
}{
	{"lstat", func(c *pkgsftp.Client, name string) error { _, err := c.Lstat(name); return err }},
	{"setstat", func(c *pkgsftp.Client, name string) error { return c.Chmod(name, 0o777) }},
	{"truncate", func(c *pkgsftp.Client, name string) error { return c.Truncate(name, 1) }},
	{"realpath", func(c *pkgsftp.Client, name string) error {
		at, err := c.RealPath(name)
		if err == nil && (!strings.HasPrefix(at, "/") || strings.Contains(at+"/", "/../")) {
			return fmt.Errorf("%q is %q", name, at)
		}
		return err
	}},
	{"statvfs", func(c *pkgsftp.Client, name string) error { _, err := c.StatVFS(name); return err }},
	{"mkdir", (*pkgsftp.Client).Mkdir},
	{"rename", func(c *pkgsftp.Client, name string) error { return c.Rename("/IN/nonenonenone", name) }},
	{"rename away", func(c *pkgsftp.Client, name string) error { return c.Rename(name, name+"x") }},
	{"posix-rename", func(c *pkgsftp.Client, name string) error { return c.PosixRename("/IN/nonenonenone", name) }},
	{"posix-rename away", func(c *pkgsftp.Client, name string) error { return c.PosixRename(name, name+"x") }},
	{"remove", (*pkgsftp.Client).Remove},
	{"rmdir", (*pkgsftp.Client).RemoveDirectory},
	{"readlink", func(c *pkgsftp.Client, name string) error { _, err := c.ReadLink(name); return err }},
	{"symlink", func(c *pkgsftp.Client, name string) error { return c.Symlink("../../outside/secret", name) }},
	{"link", func(c *pkgsftp.Client, name string) error { return c.Link(name, "/IN/hard") }},
}

// TestLinksInAPublishedFolderLeadNowhereAndTellNothing plants links out of the jail where a partner may fetch. Through them
// nothing is read, written or changed, and what lies behind them answers like what does not exist.
func TestLinksInAPublishedFolderLeadNowhereAndTellNothing(t *testing.T) {
	d := commonDesk(t, "HOSTILE")
	top := filepath.Join(d.home, "files", "links")
	d.secrets("beyond/secret", "files/BOB/secret", "files/links/plain")
	for name, to := range map[string]string{"file": "../../beyond/secret", "folder": "../../beyond", "root": "/", "absent": "../../beyond/absent",
		"bob": "../BOB", "chain": "folder", "loop": "loop", "proc": "/proc/self/root"} {
		if err := os.Symlink(to, filepath.Join(top, name)); err != nil && !errors.Is(err, os.ErrExist) {
			t.Fatal(err)
		}
	}
	c := d.dial()
	if rows := d.names(c.ReadDir("/LINKS")); !slices.Equal(rows, []string{"plain"}) {
		t.Errorf("the folder shows %q", rows)
	}
	before := d.elsewhere()
	for _, pair := range [][2]string{{"file", "absent"}, {"folder/secret", "folder/absent"}, {"chain/secret", "chain/absent"},
		{"root" + d.home + "/beyond/secret", "root" + d.home + "/beyond/absent"}, {"bob/secret", "bob/absent"}, {"proc/etc/passwd", "proc/etc/absent"},
		{"../../../beyond/secret", "../../../beyond/absent"}, {"loop/x", "loop/y"}} {
		there, absent := d.answers(c, "/LINKS/"+pair[0]), d.answers(c, "/LINKS/"+pair[1])
		for what, said := range there {
			if said != absent[what] {
				t.Errorf("%s of %s answers %q, of %s, which is not there, %q", what, pair[0], said, pair[1], absent[what])
			}
		}
	}
	if after := d.elsewhere(); !maps.Equal(before, after) {
		t.Errorf("what lies in the server's folder has changed from %v to %v", before, after)
	}
	if got, err := os.ReadFile(filepath.Join(d.home, "beyond", "secret")); err != nil || string(got) != "secret" {
		t.Errorf("the secret holds %q, %v", got, err)
	}
}

// answers are what every request says about a name, with the name left out.
func (d *desk) answers(c *pkgsftp.Client, name string) map[string]string {
	d.Helper()
	said := map[string]string{}
	note := func(what string, err error) {
		d.clear(what, name, err)
		said[what] = strings.ReplaceAll(fmt.Sprint(err), name, "NAME")
	}
	_, err := c.Stat(name)
	note("stat", err)
	_, err = c.ReadDir(name)
	note("list", err)
	if f, err := c.Open(name); err != nil {
		note("read", err)
	} else {
		f.Close()
		d.Errorf("%s can be read", name)
	}
	if f, err := c.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC); err != nil {
		note("write", err)
	} else {
		_, _ = f.Write([]byte("overwritten"))
		note("write", f.Close())
	}
	for _, r := range byPath {
		if !strings.Contains(r.what, "link") && r.what != "realpath" {
			note(r.what, r.ask(c, name))
		}
	}
	return said
}

// TestTwoFormsOfOneNameAreTwoFilesOrOneIsRefused uploads under a name in its composed form, and looks for the decomposed one,
// and for other cases and widths of it.
func TestTwoFormsOfOneNameAreTwoFilesOrOneIsRefused(t *testing.T) {
	d := commonDesk(t, "HOSTILE")
	c := d.dial()
	for _, forms := range [][2]string{{"caf\u00e9", "cafe\u0301"}, {"\u212b", "\u00c5"}, {"Name", "name"}, {"\uff41", "a"}, {"\ufb01x", "fix"}} {
		if err := d.leave(c, "/IN/"+forms[0], "first"); err != nil {
			d.clear("write", forms[0], err)
			continue
		}
		if _, err := c.Stat("/IN/" + forms[1]); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%q is found as %q: %v", forms[0], forms[1], err)
		}
		d.clear("write", forms[1], d.leave(c, "/IN/"+forms[1], "second"))
		f, err := c.Open("/IN/" + forms[0])
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if f.Close(); err != nil || string(got) != "first" {
			t.Errorf("%q holds %q, %v", forms[0], got, err)
		}
	}
}

// leave uploads a file.
func (d *desk) leave(c *pkgsftp.Client, name, text string) error {
	f, err := c.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(text))
	return errors.Join(err, f.Close())
}

// secrets makes files with a secret in the server's folder.
func (d *desk) secrets(names ...string) {
	d.Helper()
	for _, name := range names {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(d.home, name)), 0o700); err != nil {
			d.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d.home, name), []byte("secret"), 0o600); err != nil {
			d.Fatal(err)
		}
	}
}

// clear fails for an answer that is neither a success nor a status with a sentence.
func (d *desk) clear(what, name string, err error) {
	d.Helper()
	var status *pkgsftp.StatusError
	switch {
	case err == nil, errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
	case errors.As(err, &status) && strings.Contains(err.Error(), "\""): // failure, with its sentence
	default:
		d.Fatalf("%s of %q: %v", what, name, err)
	}
}

// elsewhere is what lies in the server's folder and is not the partner's, nor the data folder.
func (d *desk) elsewhere() map[string]bool {
	d.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(d.home, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(d.home, path)
		switch rel {
		case "data", "files/many", "files/in/HOSTILE", "files/links":
			return filepath.SkipDir
		}
		if !e.IsDir() {
			found[rel] = true
		}
		return nil
	})
	if err != nil {
		d.Fatal(err)
	}
	return found
}
