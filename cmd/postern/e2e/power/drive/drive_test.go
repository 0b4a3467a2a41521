package drive

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/cmd/internal/datadir"
	"github.com/postern/postern/core/catalog/sqlite"
	"github.com/postern/postern/plugins/backend/local"
	"github.com/postern/postern/sdk"
)

// TestMain becomes the program where a folder is all that it is given.
func TestMain(m *testing.M) {
	if len(os.Args) != 2 || strings.HasPrefix(os.Args[1], "-") {
		os.Exit(m.Run())
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(root string) error {
	data, files := filepath.Join(root, "data"), filepath.Join(root, "srv/files")
	// The folders are there already, as a process leaves them that was killed right after it made them.
	srv := filepath.Dir(files)
	if err := errors.Join(os.Mkdir(srv, 0o700), syncName(root), os.Mkdir(files, 0o700), os.Mkdir(data, 0o700)); err != nil {
		return err
	}
	fmt.Println("ready")
	b, err := local.New(local.Settings{Root: files})
	if err != nil {
		return err
	}
	return errors.Join(move(b), putAside(b), remove(b), conclude(b, files), folders(b), open(data))
}

func syncName(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// create begins a file whose content is its id again and again.
func create(b *local.Backend, id, path string) (sdk.Writer, error) {
	w, err := b.Create(sdk.Target{ID: id, Path: path, Durability: sdk.DurabilitySync, Size: -1})
	if err != nil {
		return nil, err
	}
	return w, w.WriteAt([][]byte{[]byte(strings.Repeat(id, 1500))}, 0)
}

func commit(b *local.Backend, id, path string) error {
	w, err := create(b, id, path)
	if err == nil {
		_, err = w.Commit(sdk.ExistsFail)
	}
	if err == nil {
		fmt.Println("is srv/files/"+path, id)
	}
	return err
}

func move(b *local.Backend) error {
	if err := commit(b, "k1", "in/a"); err != nil {
		return err
	}
	fmt.Println("free srv/files/in/a")
	if err := b.Rename("in/a", "moved/x/b"); err != nil {
		return err
	}
	fmt.Println("is srv/files/moved/x/b k1")
	fmt.Println("gone srv/files/in/a")
	return nil
}

func putAside(b *local.Backend) error {
	w, err := create(b, "k2", "in/q")
	if err != nil {
		return err
	}
	if err := w.(sdk.Quarantiner).Quarantine("aside/y/q"); err != nil {
		return err
	}
	fmt.Println("is srv/files/aside/y/q k2")
	fmt.Println("gone srv/files/in/.postern-k2.part")
	return nil
}

func remove(b *local.Backend) error {
	if err := commit(b, "k3", "in/r"); err != nil {
		return err
	}
	fmt.Println("free srv/files/in/r")
	if err := b.Remove("in/r"); err != nil {
		return err
	}
	fmt.Println("gone srv/files/in/r")
	return nil
}

// conclude finds a file that got its name right before a kill: nothing of the name was synced.
func conclude(b *local.Backend, files string) error {
	t := sdk.Target{ID: "k4", Path: "late/x/s", Size: -1}
	w, err := create(b, t.ID, t.Path)
	if err != nil {
		return err
	}
	state, err := w.(sdk.Stateful).State()
	part := filepath.Join(files, "late/x/.postern-k4.part")
	if err := errors.Join(err, syncName(part), w.Close(), os.Rename(part, filepath.Join(files, t.Path))); err != nil {
		return err
	}
	again, err := local.New(local.Settings{Root: files})
	if err != nil {
		return err
	}
	if _, err := again.Resume(t, state); !errors.Is(err, sdk.ErrCommitted) {
		return fmt.Errorf("the file is not known: %w", err)
	}
	fmt.Println("is srv/files/late/x/s k4")
	return again.Close()
}

// folders makes one in another, and removes one.
func folders(b *local.Backend) error {
	for _, name := range []string{"made", "made/inner", "passing"} {
		if err := b.Mkdir(name); err != nil {
			return err
		}
		fmt.Println("folder srv/files/" + name)
	}
	fmt.Println("free srv/files/passing")
	if err := b.Rmdir("passing"); err != nil {
		return err
	}
	fmt.Println("gone srv/files/passing")
	return nil
}

func open(data string) error {
	d, err := datadir.Open(data, "drive", time.Now())
	if err != nil {
		return err
	}
	c, err := sqlite.Open(filepath.Join(data, "catalog.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	fmt.Println("there data/catalog.id")
	fmt.Println("there data/catalog.db")
	copied := filepath.Join(data, "backup.db")
	if err := c.Backup(context.Background(), copied); err != nil {
		return err
	}
	b, err := os.ReadFile(copied)
	if err != nil {
		return err
	}
	fmt.Printf("sum data/backup.db %x\n", sha256.Sum256(b))
	return errors.Join(c.Close(), d.Close())
}
