package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
)

func refuseSome(t *testing.T, c *sqlite.Catalog, from, n int) {
	t.Helper()
	for i := range n {
		r := catalog.Refusal{Time: time.Now(), Phase: "file", Code: "file.name", Partner: fmt.Sprint("P", from+i), Count: 1, Reason: "x"}
		if err := c.Refuse(context.Background(), r); err != nil {
			t.Error(err)
		}
	}
}

func TestABackupIsOneMomentWhileOthersWriteAndACatalogOpensFromIt(t *testing.T) {
	dir := t.TempDir()
	c, err := sqlite.Open(filepath.Join(dir, "catalog.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	refuseSome(t, c, 0, 50)
	stop := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for i := 50; ; i++ {
			select {
			case <-stop:
				return
			default:
				refuseSome(t, c, i, 1)
			}
		}
	})
	for i := range 5 {
		to := filepath.Join(dir, fmt.Sprint("backup", i))
		if err := c.Backup(t.Context(), to); err != nil {
			t.Fatal(err)
		}
		b, err := sqlite.CheckBackup(t.Context(), to)
		if err != nil || b.Refusals < 50 {
			t.Fatalf("the backup holds %+v (%v)", b, err)
		}
		if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("its mode is %v (%v)", info.Mode(), err)
		}
		restored := filepath.Join(t.TempDir(), "catalog.db")
		if err := os.Rename(to, restored); err != nil {
			t.Fatal(err)
		}
		again, err := sqlite.Open(restored, sqlite.Options{MustExist: true})
		if err != nil {
			t.Fatal(err)
		}
		var n int64
		for r, err := range again.Refused(t.Context(), catalog.RefusalFilter{}) {
			if err != nil || r.Partner != fmt.Sprint("P", n) {
				t.Fatalf("refusal %d is %+v (%v)", n, r, err)
			}
			n++
		}
		if n != b.Refusals {
			t.Errorf("%d refusals came back of %d", n, b.Refusals)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	writing.Wait()
}

func TestABackupNeverReplacesAFileAndLeavesNothingWhenItFails(t *testing.T) {
	dir := t.TempDir()
	c, err := sqlite.Open(filepath.Join(dir, "catalog.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	to := filepath.Join(dir, "there")
	if err := os.WriteFile(to, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Backup(t.Context(), to); !errors.Is(err, os.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Backup(ctx, filepath.Join(dir, "none")); err == nil {
		t.Error("a backup that was given up is there")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "none*")); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}

func TestADamagedBackupIsFound(t *testing.T) {
	dir := t.TempDir()
	c, err := sqlite.Open(filepath.Join(dir, "catalog.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	refuseSome(t, c, 0, 500)
	to := filepath.Join(dir, "backup")
	if err := c.Backup(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"cut":     whole[:len(whole)/2],
		"empty":   nil,
		"foreign": []byte("-- a dump --"),
		"zeroed":  append(append(bytes.Clone(whole[:len(whole)/2]), make([]byte, 8192)...), whole[len(whole)/2+8192:]...),
	} {
		if err := os.WriteFile(to, b, 0o600); err != nil {
			t.Fatal(err)
		}
		var corrupt *catalog.CorruptError
		if _, err := sqlite.CheckBackup(t.Context(), to); !errors.As(err, &corrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
