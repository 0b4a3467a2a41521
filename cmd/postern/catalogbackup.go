package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/core/catalog/sqlite"
	"github.com/postern/postern/core/count"
)

const backupLong = `Backup saves the catalog of the running server into FILE, as it is at one moment;
transfers go on meanwhile. The copy is compared with what the server sent, opened
and checked from its first to its last page, and durable before it gets its name.
A file that is there is not replaced without --force.

The files that were received are not in it: copy the backends' folders after it.`

// backedUp is what is printed of a backup.
type backedUp struct {
	File   string `json:"file"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	sqlite.Backed
}

func newCatalogBackupCommand(app *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{Use: "backup FILE", Short: "Save the catalog of the running server", Long: backupLong, Args: oneArg,
		RunE: app.asks(func(ctx context.Context, c *admin.Client, args []string) error {
			b, err := saveBackup(ctx, c, args[0], force)
			if err != nil {
				return err
			}
			if app.json() {
				return app.printJSON(b)
			}
			return app.printf("%s: %s and %s in %s, sha256 %s\n", safe(b.File), count.Of(b.Entries, "entry"), count.Of(b.Refusals, "refusal"),
				count.Of(b.Bytes, "byte"), b.SHA256[:16])
		})}
	cmd.Flags().BoolVar(&force, "force", false, "replace FILE where it is there")
	return cmd
}

// saveBackup receives a backup beside the file it is to be, checks it and gives it its name.
func saveBackup(ctx context.Context, c *admin.Client, name string, force bool) (b backedUp, err error) {
	b.File = name
	if info, err := os.Lstat(name); err == nil && (!force || !info.Mode().IsRegular()) {
		return b, fmt.Errorf("%s is there already: --force replaces a file", name)
	}
	part, err := os.CreateTemp(filepath.Dir(name), ".postern-backup-*.part") // mode 0600
	if errors.Is(err, fs.ErrNotExist) {
		return b, fmt.Errorf("save the backup: there is no folder %s", filepath.Dir(name))
	}
	if err != nil {
		return b, err
	}
	defer func() {
		if rerr := os.Remove(part.Name()); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}()
	b.Bytes, b.SHA256, err = c.Backup(ctx, part)
	if err = errors.Join(err, part.Sync(), part.Close()); err != nil {
		return b, err
	}
	if b.Backed, err = sqlite.CheckBackup(ctx, part.Name()); err != nil {
		return b, err
	}
	return b, nameBackup(part.Name(), name, force)
}

// nameBackup gives a whole backup its name: a link never replaces what somebody made meanwhile.
func nameBackup(part, name string, force bool) error {
	var err error
	if force {
		err = os.Rename(part, name)
	} else {
		err = os.Link(part, name)
	}
	if err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
