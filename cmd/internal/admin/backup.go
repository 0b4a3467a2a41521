package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern/postern/core/catalog"
)

// backupPattern is what copies of the catalog are called while they are sent. Those of a server that was killed are removed
// when the next one starts.
const backupPattern = "backup-*.part"

// digestHeader bears the SHA-256 of a backup, hexadecimal.
const digestHeader = "Postern-Sha256"

// Backuper copies the catalog into a new file, whole and durable when it returns.
type Backuper interface {
	Backup(ctx ctx, to string) error
}

func backupOperation() huma.Operation {
	o := op(http.MethodPost, "/backup", "backup", "Copy the catalog as it is at one moment, and send the copy: a SQLite database. "+
		"Its SHA-256 is in the header "+digestHeader+".")
	o.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
		"application/vnd.sqlite3": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}}
	return o
}

// backup makes a copy in the data folder, where the server may write whatever else it may not, and sends it.
func (s *Server) backup(ctx ctx, _ *struct{}) (*huma.StreamResponse, error) {
	if !s.backing.TryLock() {
		return nil, refused("another backup is under way")
	}
	name := filepath.Join(s.dataDir, "backup-"+rand.Text()[:10]+".part")
	f, digest, size, err := s.copyCatalog(ctx, name)
	if err != nil {
		s.backing.Unlock()
		return nil, s.fault(ctx, "backup", err)
	}
	s.acted(ctx, "backup", catalog.Entry{})
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer s.backing.Unlock()
		defer func() {
			if err := errors.Join(f.Close(), os.Remove(name)); err != nil {
				s.options.Log.Warn("a copy of the catalog stays", "path", name, "error", err)
			}
		}()
		hc.SetHeader("Content-Type", "application/vnd.sqlite3")
		hc.SetHeader("Content-Length", strconv.FormatInt(size, 10))
		hc.SetHeader(digestHeader, digest)
		hc.SetStatus(http.StatusOK)
		if _, err := io.Copy(hc.BodyWriter(), f); err != nil {
			s.options.Log.Warn("a backup was cut", "error", err)
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// copyCatalog copies the catalog and reads the copy once.
func (s *Server) copyCatalog(ctx ctx, name string) (_ *os.File, digest string, size int64, err error) {
	if err := s.options.Backup.Backup(ctx, name); err != nil {
		return nil, "", 0, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, "", 0, errors.Join(err, os.Remove(name))
	}
	sum := sha256.New()
	size, err = io.Copy(sum, f)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, "", 0, errors.Join(err, f.Close(), os.Remove(name))
	}
	return f, hex.EncodeToString(sum.Sum(nil)), size, nil
}

// sweepBackups removes what a server that was killed left of its backups.
func (s *Server) sweepBackups() {
	left, _ := filepath.Glob(filepath.Join(s.dataDir, backupPattern)) // the pattern is right
	for _, name := range left {
		if err := os.Remove(name); err != nil {
			s.options.Log.Warn("a copy of the catalog stays", "path", name, "error", err)
		}
	}
}

// Backup writes a copy of the catalog to w and returns how long it is and its SHA-256, hexadecimal, which was compared with
// the server's.
func (c *Client) Backup(ctx ctx, w io.Writer) (size int64, digest string, err error) {
	answer, err := c.do(ctx, http.MethodPost, "/backup", nil, nil)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	sum := sha256.New()
	size, err = io.Copy(io.MultiWriter(w, sum), answer.Body)
	if err != nil {
		return size, "", fmt.Errorf("receive the backup: %w", err)
	}
	digest = hex.EncodeToString(sum.Sum(nil))
	if said := answer.Header.Get(digestHeader); said != digest {
		return size, "", fmt.Errorf("receive the backup: %d bytes came that are not those that were sent", size)
	}
	return size, digest, nil
}
