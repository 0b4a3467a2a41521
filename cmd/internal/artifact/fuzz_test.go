package artifact

import (
	"os"
	"strings"
	"testing"

	"aead.dev/minisign"
)

// FuzzProof gives a module any signature, any pin and any list of keys: only what was signed or pinned is taken.
func FuzzProof(f *testing.F) {
	const content = "the module"
	public, private, err := minisign.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	trusted, err := public.MarshalText()
	if err != nil {
		f.Fatal(err)
	}
	dir := f.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		f.Fatal(err)
	}
	path := dir + "/vet.wasm"
	put := func(name string, b []byte) {
		if err := os.WriteFile(name, b, 0o644); err != nil {
			f.Fatal(err)
		}
	}
	put(path, []byte(content))
	right := minisign.Sign(private, []byte(content))
	f.Add(right, digest(content), string(trusted))
	f.Add(minisign.Sign(private, []byte("another")), "", string(trusted))
	f.Add([]byte("untrusted comment: x\nRWQ\ntrusted comment: y\nAAAA\n"), digest("another"), "RWQ")
	f.Fuzz(func(t *testing.T, signature []byte, pin, key string) {
		put(path+Suffix, signature)
		p := Policy{Folder: dir, SHA256: pin, Trust: []Key{{public}}}
		if k, err := ReadKey(key, dir); err == nil {
			p.Trust = append(p.Trust, k)
		}
		a, err := Open(path, p)
		if err != nil {
			return
		}
		defer a.Close()
		if a.Pinned && a.SHA256 != digest(content) || !a.Pinned && a.Signer == "" {
			t.Errorf("%+v was taken with the pin %q", a, pin)
		}
		if a.Signer == (Key{public}).ID() && !minisign.Verify(public, []byte(content), signature) && !hashed(public, content, signature) {
			t.Errorf("%q is no signature of ours", signature)
		}
	})
}

// hashed verifies as the reader does that hashes first.
func hashed(k minisign.PublicKey, content string, signature []byte) bool {
	r := minisign.NewReader(strings.NewReader(content))
	buf := make([]byte, len(content)+1)
	for {
		if _, err := r.Read(buf); err != nil {
			break
		}
	}
	return r.Verify(k, signature)
}
