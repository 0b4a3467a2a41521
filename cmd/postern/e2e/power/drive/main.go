// Drive uses the local backend, the data folder and the catalog as no server does yet, or only rarely: it renames, removes
// and puts aside, in folders that were made a moment ago. What it says on its standard output is what it promises:
//
//	is PATH ID     PATH holds the content of ID
//	there PATH     PATH is there
//	gone PATH      PATH is not
//	free PATH      nothing is promised of PATH any more
//
// It is for the tests of package power.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/postern/postern/cmd/internal/datadir"
	"github.com/postern/postern/core/catalog/sqlite"
	"github.com/postern/postern/plugins/backend/local"
	"github.com/postern/postern/sdk"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(root string) error {
	for _, name := range []string{"data", "files"} { // as a process leaves them that was killed right afterwards
		if err := os.Mkdir(filepath.Join(root, name), 0o700); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	b, err := local.New(local.Settings{Root: filepath.Join(root, "files")})
	if err != nil {
		return err
	}
	return errors.Join(open(filepath.Join(root, "data")), move(b), putAside(b), remove(b))
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
		fmt.Println("is files/"+path, id)
	}
	return err
}

func move(b *local.Backend) error {
	if err := commit(b, "k1", "in/a"); err != nil {
		return err
	}
	fmt.Println("free files/in/a")
	if err := b.Rename("in/a", "moved/x/b"); err != nil {
		return err
	}
	fmt.Println("is files/moved/x/b k1")
	fmt.Println("gone files/in/a")
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
	fmt.Println("is files/aside/y/q k2")
	fmt.Println("gone files/in/.postern-k2.part")
	return nil
}

func remove(b *local.Backend) error {
	if err := commit(b, "k3", "in/r"); err != nil {
		return err
	}
	fmt.Println("free files/in/r")
	if err := b.Remove("in/r"); err != nil {
		return err
	}
	fmt.Println("gone files/in/r")
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
	return errors.Join(c.Close(), d.Close())
}
