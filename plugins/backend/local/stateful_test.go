package local

import (
	"errors"
	"testing"

	"github.com/postern/postern/sdk"
)

func TestAFileCommittedWithoutASyncPointIsKnownByTheStateItBeganWith(t *testing.T) {
	b := open(t, Settings{Root: t.TempDir()})
	target := sdk.Target{ID: "id1", Path: "in/f", OnExists: sdk.ExistsFail, Size: -1}
	w, err := b.Create(target)
	if err != nil {
		t.Fatal(err)
	}
	state, err := w.(sdk.Stateful).State()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteAt([][]byte{[]byte("hello")}, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(sdk.ExistsFail); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Resume(target, state); !errors.Is(err, sdk.ErrCommitted) {
		t.Errorf("got %v, want the file to be known as committed", err)
	}
}
