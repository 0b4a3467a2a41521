package artifact

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aead.dev/minisign"
)

func TestASignatureOfATrustedKeyIsEnough(t *testing.T) {
	s := newShelf(t)
	key, secret := s.key("secret")
	other, _ := s.key("other")
	path := s.put("vet.wasm", "the module", 0o644)
	s.sign(path, secret)
	for _, r := range []Require{"", RequireNone, RequireSignature} {
		a, err := Open(path, Policy{Folder: s.dir, Trust: []Key{other, key}, Require: r})
		if err != nil || a.Signer != key.ID() || a.Pinned {
			t.Errorf("%q: %+v (%v)", r, a, err)
		}
	}
	if _, err := Open(path, Policy{Folder: s.dir, Trust: []Key{key}, Require: RequirePin}); !errors.Is(err, ErrUnproven) ||
		!strings.Contains(err.Error(), digest("the module")) {
		t.Errorf("without a pin that is required: %v", err)
	}
}

func TestASignatureThatDoesNotHoldIsRefusedAndSaysWhy(t *testing.T) {
	s := newShelf(t)
	key, secret := s.key("secret")
	stranger, stranges := s.key("stranger")
	for name, c := range map[string]struct {
		sign func(path string)
		says string
	}{
		"a tampered file": {func(path string) { s.sign(path, secret); s.put(filepath.Base(path), "tampered", 0o644) }, key.ID() + " did not sign this file"},
		"the signature of another file": {func(path string) {
			other := s.put("other.wasm", "another module", 0o644)
			s.sign(other, secret)
			s.move(other+Suffix, path+Suffix)
		}, key.ID() + " did not sign this file"},
		"a key that is not trusted": {func(path string) { s.sign(path, stranges) }, "signed with key " + stranger.ID() + ", trusted are " + key.ID()},
		"no signature at all":       {func(path string) { s.put(filepath.Base(path)+Suffix, "hello", 0o644) }, "is no signature of minisign"},
		"one of the old kind": {func(path string) {
			s.put(filepath.Base(path)+Suffix, string(minisign.Sign(secret.private, []byte("the module"))), 0o644)
		}, "old kind"},
		"another comment than was signed": {func(path string) {
			s.sign(path, secret)
			text, err := os.ReadFile(path + Suffix)
			if err != nil {
				t.Fatal(err)
			}
			s.put(filepath.Base(path)+Suffix, strings.Replace(string(text), "timestamp:1", "timestamp:2", 1), 0o644)
		}, key.ID() + " did not sign this file"},
	} {
		path := s.put(strings.ReplaceAll(name, " ", "-")+".wasm", "the module", 0o644)
		c.sign(path)
		for _, pin := range []string{"", digest("the module"), digest("tampered")} { // a right pin mends nothing
			_, err := Open(path, Policy{Folder: s.dir, SHA256: pin, Trust: []Key{key}})
			if !errors.Is(err, ErrSignature) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s, pin %q: %v", name, pin, err)
			}
		}
	}
}

func TestACommentIsSignedToo(t *testing.T) {
	s := newShelf(t)
	key, secret := s.key("secret")
	path := s.put("vet.wasm", "the module", 0o644)
	if _, err := Sign(path, "vet 1.4, reviewed", secret, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path + Suffix)
	if err != nil || !strings.Contains(string(text), "trusted comment: vet 1.4, reviewed\n") {
		t.Errorf("the signature is %q (%v)", text, err)
	}
	if _, err := Open(path, Policy{Folder: s.dir, Trust: []Key{key}}); err != nil {
		t.Error(err)
	}
	s.put("vet.wasm"+Suffix, strings.Replace(string(text), "1.4", "1.5", 1), 0o644)
	if _, err := Open(path, Policy{Folder: s.dir, Trust: []Key{key}}); !errors.Is(err, ErrSignature) {
		t.Errorf("with another comment: %v", err)
	}
	for _, bad := range []string{"two\nlines", "a\ttab", "\x1b[31m", "\xff", strings.Repeat("x", MaxComment+1)} {
		if _, err := Sign(path, bad, secret, time.Unix(1, 0)); !errors.Is(err, ErrComment) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

func (s *shelf) move(from, to string) {
	s.Helper()
	if err := os.Rename(from, to); err != nil {
		s.Fatal(err)
	}
}

func TestWithoutASignatureAPinIsEnoughUnlessASignatureIsRequired(t *testing.T) {
	s := newShelf(t)
	key, _ := s.key("secret")
	path := s.put("vet.wasm", "the module", 0o644)
	for _, c := range []struct {
		policy Policy
		want   error
	}{
		{Policy{}, nil},
		{Policy{Require: RequirePin}, ErrUnproven},
		{Policy{Require: RequirePin, SHA256: digest("the module")}, nil},
		{Policy{Trust: []Key{key}}, ErrUnproven},
		{Policy{Trust: []Key{key}, SHA256: digest("the module")}, nil},
		{Policy{Trust: []Key{key}, SHA256: digest("the module"), Require: RequireSignature}, ErrUnproven},
	} {
		c.policy.Folder = s.dir
		if _, err := Open(path, c.policy); !errors.Is(err, c.want) {
			t.Errorf("%+v: got %v, want %v", c.policy, err, c.want)
		}
	}
}

func TestKeysAreReadAsTextAndFromFiles(t *testing.T) {
	s := newShelf(t)
	key, secret := s.key("secret")
	text, err := key.public.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range []string{secret.Public(), s.put("vendor.pub", string(text)+"\n", 0o644)} {
		if got, err := ReadKey(entry, s.dir); err != nil || got.ID() != key.ID() {
			t.Errorf("%s: %v (%v)", entry, got.ID(), err)
		}
	}
	s.mode("vendor.pub", 0o666)
	if _, err := ReadKey(filepath.Join(s.dir, "vendor.pub"), s.dir); !errors.Is(err, ErrExposed) {
		t.Errorf("a key that others can change: %v", err)
	}
	for _, entry := range []string{"RW" + strings.Repeat("A", 54), s.put("none.pub", "hello", 0o644)} {
		if _, err := ReadKey(entry, s.dir); err == nil || !strings.Contains(err.Error(), "no public key") && !strings.Contains(entry, "RWA") {
			t.Errorf("%s: %v", entry, err)
		}
	}
}

// encrypted is a secret key under the password sesame, with a derivation that costs a MiB and not a GiB.
const encrypted = `untrusted comment: minisign encrypted secret key
RWRTY0IytFf1+AEsHl3rOdpy0IOdQvCbpCyBLYI3fjLNgE1Mxk0AgAAAAAAAAAAAEAAAAAAAF0poUVtMkhiFPvhOzwElzMFXJwtti6+5GbsabhfLM36EaXHPybFXdw8jj5NCNKnjT7UGv22jDhsLXl/EQo760dSw4cAHIw3R+tYDGcoo8K2elnI4m6Ow+1EE3yKTvH/zQ92l7OowpSA=
`

func TestAnEncryptedSecretKeyIsAskedForItsPassword(t *testing.T) {
	s := newShelf(t)
	path := s.put("secret", encrypted, 0o600)
	says := func(password string, err error) func() (string, error) {
		return func() (string, error) { return password, err }
	}
	if k, err := ReadSecretKey(path, says("sesame", nil)); err != nil || k.ID() != "1372136CB3314776" {
		t.Errorf("got %v (%v)", k.ID(), err)
	}
	if _, err := ReadSecretKey(path, says("open", nil)); !errors.Is(err, ErrPassword) {
		t.Errorf("with a wrong password: %v", err)
	}
	if _, err := ReadSecretKey(path, says("", os.ErrClosed)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("without an answer: %v", err)
	}
}

// TestMinisignAndWeUnderstandEachOther needs the minisign program.
func TestMinisignAndWeUnderstandEachOther(t *testing.T) {
	tool, err := exec.LookPath("minisign")
	if err != nil {
		t.Skip("minisign is not installed")
	}
	s := newShelf(t)
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command(tool, args...)
		cmd.Dir = s.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("minisign %v: %v\n%s", args, err, out)
		}
	}
	run("-G", "-W", "-p", "pair.pub", "-s", "pair.key")
	path := s.put("vet.wasm", "the module", 0o644)
	run("-S", "-s", "pair.key", "-m", "vet.wasm")
	key, err := ReadKey(filepath.Join(s.dir, "pair.pub"), s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := Open(path, Policy{Folder: s.dir, Trust: []Key{key}}); err != nil || a.Signer != key.ID() {
		t.Fatalf("theirs: %v", err)
	}
	secret, err := ReadSecretKey(filepath.Join(s.dir, "pair.key"), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.sign(path, secret)
	run("-V", "-p", "pair.pub", "-m", "vet.wasm")
	run("-V", "-P", secret.Public(), "-m", "vet.wasm")
}
