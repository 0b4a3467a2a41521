package sftp

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	pkgsftp "github.com/pkg/sftp"

	"github.com/postern/postern/sdk/sdktest/backendtest"
)

// TestHostileNamesLeadNowhere gives the names of the corpus to every request that takes one. What may be stored lies in the
// partner's own folder; everything else is refused with a status that says why.
func TestHostileNamesLeadNowhere(t *testing.T) {
	d := commonDesk(t, "HOSTILE")
	for _, name := range []string{"outside/secret", "BOB/secret", "files/BOB/secret", "files/in/BOB/secret", "files/outside/secret"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(d.home, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d.home, name), []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := d.elsewhere()
	c := d.dial()
	names := backendtest.HostileNames()
	step := 30
	if os.Getenv("POSTERN_TEST_LONG") != "" {
		step = 1
	}
	for i := 0; i < len(names); i += step {
		for _, name := range []string{"/IN/" + names[i], names[i]} {
			d.tryAll(c, name)
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
	d.clear("mkdir", name, c.Mkdir(name))
	d.clear("rename", name, c.Rename("/IN/"+strings.Repeat("none", 3), name))
	d.clear("rename to", name, c.Rename(name, name+"x"))
	d.clear("remove", name, c.Remove(name))
	d.clear("rmdir", name, c.RemoveDirectory(name))
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
		case "data", "files/many", "files/in/HOSTILE":
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
