package inspect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
)

// The catalog's files in the data folder: the database, and the marker that says that there is one.
const (
	DatabaseName = "catalog.db"
	MarkerName   = "catalog.id"
)

// The new catalog bears the first names while it is made, and the second ones when it is whole.
const (
	salvagingName   = "catalog-salvaging.db"
	salvagingMarker = "catalog-salvaging.id"
	salvagedName    = "catalog-salvaged.db"
	salvagedMarker  = "catalog-salvaged.id"
)

// ErrWhole says that there is nothing to salvage.
var ErrWhole = errors.New("the catalog is whole; there is nothing to salvage")

// Salvaged says what was saved, and where the damaged catalog is kept.
type Salvaged struct {
	sqlite.Salvaged
	Damaged string `json:"damaged"` // a folder
}

// Salvage makes a new catalog of what can be read of the damaged one in a data folder, and keeps the damaged one in a
// folder of its own. A salvage that was cut short is finished by the next one; until then the server does not start.
// A catalog that is whole is left alone: ErrWhole.
func Salvage(ctx context.Context, dataDir string, now time.Time) (Salvaged, error) {
	s := salvor{dir: dataDir, now: now}
	cut, err := s.cutShort()
	if err != nil || cut {
		if err == nil {
			err = s.follow()
		}
		if err == nil {
			err = s.finish()
		}
		return Salvaged{}, err
	}
	if err := s.damaged(ctx); err != nil {
		return Salvaged{}, err
	}
	out := Salvaged{}
	if out.Salvaged, err = s.save(ctx); err != nil {
		return Salvaged{}, errors.Join(err, s.clear())
	}
	if out.Damaged, err = s.setAside(); err != nil {
		return out, fmt.Errorf("set the damaged catalog aside: %w", err)
	}
	return out, s.finish()
}

type salvor struct {
	dir string
	now time.Time
}

func (s salvor) in(name string) string { return filepath.Join(s.dir, name) }

// damaged makes sure that the catalog needs it.
func (s salvor) damaged(ctx context.Context) error {
	if _, err := os.Stat(s.in(DatabaseName)); err != nil {
		return fmt.Errorf("there is no catalog to salvage: %w", err)
	}
	c, err := sqlite.Open(s.in(DatabaseName), sqlite.Options{CheckUpTo: -1})
	if errors.Is(err, catalog.ErrCorrupt) {
		return nil
	}
	if err != nil {
		return err
	}
	report, err := c.Check(ctx)
	if err = errors.Join(err, c.Close()); err != nil {
		return err
	}
	if len(report.Problems) == 0 {
		return ErrWhole
	}
	return nil
}

// save makes the new catalog beside the damaged one. It gets its name once it is whole, its marker last.
func (s salvor) save(ctx context.Context) (sqlite.Salvaged, error) {
	if err := s.clear(); err != nil {
		return sqlite.Salvaged{}, err
	}
	got, err := sqlite.Salvage(ctx, s.in(DatabaseName), s.in(salvagingName), sqlite.Options{})
	if err != nil {
		return got, err
	}
	return got, s.rename([2]string{salvagingName, salvagedName}, [2]string{salvagingMarker, salvagedMarker})
}

// clear takes away what a salvage that failed or was cut short has left: half a catalog must never be taken for the
// catalog.
func (s salvor) clear() error {
	for _, name := range []string{salvagedMarker, salvagedName, salvagingMarker, salvagingName, salvagingName + "-wal", salvagingName + "-shm",
		salvagingName + "-redo"} {
		if err := remove(s.in(name)); err != nil {
			return err
		}
	}
	return nil
}

// cutShort reports whether an earlier salvage has set the damaged catalog aside and not put the new one in its place.
func (s salvor) cutShort() (bool, error) {
	_, err := os.Stat(s.in(salvagedMarker))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, old := os.Stat(s.in(DatabaseName))
	_, fresh := os.Stat(s.in(salvagedName))
	return errors.Is(old, fs.ErrNotExist) || errors.Is(fresh, fs.ErrNotExist), nil
}

// setAside moves the damaged catalog away. Its marker stays, so that no server takes the folder for a new one.
func (s salvor) setAside() (string, error) {
	folder := s.in("damaged-" + s.now.UTC().Format("20060102T150405Z"))
	if err := os.Mkdir(folder, 0o700); err != nil {
		return "", err
	}
	if id, err := os.ReadFile(s.in(MarkerName)); err == nil {
		if err := os.WriteFile(filepath.Join(folder, MarkerName), id, 0o600); err != nil {
			return "", err
		}
	}
	if err := os.Rename(s.in(DatabaseName), filepath.Join(folder, DatabaseName)); err != nil {
		return "", err
	}
	return folder, s.moveLogs(folder)
}

// moveLogs moves what belongs to the damaged database after it.
func (s salvor) moveLogs(folder string) error {
	for _, suffix := range []string{"-wal", "-shm", "-redo"} {
		err := os.Rename(s.in(DatabaseName+suffix), filepath.Join(folder, DatabaseName+suffix))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return errors.Join(syncDir(folder), syncDir(s.dir))
}

// follow completes a setAside that was cut short: the log of the damaged database must not lie beside the new one, which
// would be given its pages.
func (s salvor) follow() error {
	if _, err := os.Stat(s.in(DatabaseName)); !errors.Is(err, fs.ErrNotExist) {
		return err // the new one has its place: everything was moved before
	}
	folders, err := fs.Glob(os.DirFS(s.dir), "damaged-*/"+DatabaseName)
	if err != nil || len(folders) == 0 {
		return err
	}
	return s.moveLogs(s.in(path.Dir(folders[len(folders)-1])))
}

// finish puts the new catalog in the damaged one's place: the database first, then the marker that vouches for it.
func (s salvor) finish() error {
	return s.rename([2]string{salvagedName, DatabaseName}, [2]string{salvagedMarker, MarkerName})
}

// rename does one step after the other, each durable before the next. A step that was done before is passed over.
func (s salvor) rename(steps ...[2]string) error {
	for _, step := range steps {
		err := os.Rename(s.in(step[0]), s.in(step[1]))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("put the salvaged catalog in its place: %w", err)
		}
		if err := syncDir(s.dir); err != nil {
			return err
		}
	}
	return nil
}

func remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
