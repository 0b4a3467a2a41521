package secret

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/postern/postern/sdk"
)

func resolver(t *testing.T) Resolver {
	env := map[string]string{"PW": "from the environment", "EMPTY": "", "HASH": hashOf(t, "x")}
	return Resolver{Dir: t.TempDir(), LookupEnv: func(n string) (string, bool) { s, ok := env[n]; return s, ok }}
}

func hashOf(t *testing.T, password string) string {
	t.Helper()
	h, err := Hash(sdk.NewSecret(password), bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func put(t *testing.T, dir, name, content string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestWhatAReferenceMeans(t *testing.T) {
	r := resolver(t)
	put(t, r.Dir, "pw", "from a file\n", 0o600)
	put(t, r.Dir, "crlf", "windows\r\n", 0o640)
	put(t, r.Dir, "two", "two lines\n\n", 0o400)
	put(t, r.Dir, "hash", hashOf(t, "x")+"\n", 0o600)
	put(t, r.Dir, "big", strings.Repeat("x", maxFile), 0o600)
	for value, want := range map[string]string{
		"":                   "",
		"secret://env/PW":    "from the environment",
		"secret://file/pw":   "from a file",
		"secret://file/crlf": "windows",
		"secret://file/two":  "two lines\n",
		"secret://file/big":  strings.Repeat("x", maxFile),
		"secret://file/../" + filepath.Base(r.Dir) + "/pw": "from a file",
		"secret://file/" + filepath.Join(r.Dir, "pw"):      "from a file",
		"secret://file/hash":                               hashOf(t, "x"),
		"secret://env/HASH":                                hashOf(t, "x"),
		hashOf(t, "y"):                                     hashOf(t, "y"),
		bcryptOfOpenwall:                                   bcryptOfOpenwall,
	} {
		got, err := r.Password(value)
		if err != nil || got.Reveal() != want {
			t.Errorf("%.40q: %.40q, %v", value, got.Reveal(), err)
		}
	}
	if got, err := r.Plain("secret://file/pw"); err != nil || got.Reveal() != "from a file" {
		t.Errorf("plain: %q, %v", got.Reveal(), err)
	}
	if got, err := r.Plain(""); err != nil || !got.Empty() {
		t.Errorf("no local password: %v", err)
	}
}

func TestWhatIsNoReferenceIsAFaultThatShowsNothing(t *testing.T) {
	r := resolver(t)
	put(t, r.Dir, "all-read", "hidden-word", 0o644)
	put(t, r.Dir, "group-write", "hidden-word", 0o660)
	put(t, r.Dir, "all-write", "hidden-word", 0o602)
	put(t, r.Dir, "empty", "\n", 0o600)
	put(t, r.Dir, "big", strings.Repeat("hidden-word", maxFile/11)+"hidden-word!", 0o600)
	put(t, r.Dir, "bad-hash", "$argon2id$hidden-word", 0o600)
	if err := syscall.Mkfifo(filepath.Join(r.Dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ value, says string }{
		{"hidden-word", "plain text"},
		{"$1$hidden-word", "plain text"},
		{"$argon2id$v=19$m=99999999,t=2,p=1$aGlkZGVuLXdvcmQ$aGlkZGVuLXdvcmRoaWRkZW4td29yZA", "at most"},
		{"$argon2i$v=19$hidden-word", "hash"},
		{"secret://vault/hidden-word", "neither"},
		{"secret://env/", "no name"}, {"secret://env/MISSING", "MISSING is not set"}, {"secret://env/EMPTY", "empty"},
		{"secret://file/", "no path"}, {"secret://file/missing", "no such file"}, {"secret://file/.", "regular"}, {"secret://file/pipe", "regular"},
		{"secret://file/all-read", "0644"}, {"secret://file/group-write", "0660"}, {"secret://file/all-write", "0602"},
		{"secret://file/empty", "empty"}, {"secret://file/big", "more than"}, {"secret://file/bad-hash", "PHC"},
	} {
		got, err := r.Password(c.value)
		if err == nil || !strings.Contains(err.Error(), c.says) || !got.Empty() {
			t.Errorf("%.30q: %v, want %q", c.value, err, c.says)
		}
		if err != nil && strings.Contains(err.Error(), "hidden-word") {
			t.Errorf("%.30q: the fault shows the secret: %v", c.value, err)
		}
	}
	if _, err := r.Plain(hashOf(t, "x")); err == nil {
		t.Error("a hash was taken for a password to be said")
	}
	if _, err := r.Plain("hidden-word"); err == nil || strings.Contains(err.Error(), "hidden-word") {
		t.Errorf("plain text: %v", err)
	}
}
