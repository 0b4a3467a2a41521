package s3

import (
	"bytes"
	"io"
	"testing"

	"github.com/postern/postern/plugins/backend/s3/s3test"
	"github.com/postern/postern/sdk"
)

// TestAStoreOverTLSIsTrustedByItsAuthorityAlone moves a file of several parts to a store whose certificate an authority of the
// test's has signed, and tries it with the system's authorities and with a strange one.
func TestAStoreOverTLSIsTrustedByItsAuthorityAlone(t *testing.T) {
	store, authority := s3test.StartTLS(t)
	settings, _ := settingsFor(store)
	settings.Endpoint, settings.Transport = "https://"+store.Address, nil
	for name, ca := range map[string][]byte{"the system's": nil, "another": s3test.Authority(t)} {
		wrong := settings
		wrong.CA = ca
		if _, err := putWith(wrong, "refused", []byte("x")); err == nil {
			t.Errorf("with %s authorities the store is believed", name)
		}
	}
	settings.CA = authority
	data := bytes.Repeat([]byte("over TLS "), 2<<20)
	b, err := putWith(settings, "whole", data)
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Open("whole")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(io.NewSectionReader(r, 0, r.Info().Size))
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes came back of %d: %v", len(got), len(data), err)
	}
	if keys := store.Keys(settings.Bucket); len(keys) != 1 {
		t.Errorf("the store holds %q", keys)
	}
}

// putWith stores a file.
func putWith(s Settings, path string, data []byte) (*Backend, error) {
	b, err := New(s)
	if err != nil {
		return nil, err
	}
	w, err := b.Create(sdk.Target{ID: path, Path: path, Size: int64(len(data))})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	if err := w.WriteAt([][]byte{data}, 0); err != nil {
		return nil, err
	}
	if _, _, err := w.Sync(); err != nil {
		return nil, err
	}
	_, err = w.Commit(sdk.ExistsFail)
	return b, err
}
