package wiring

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// settleIn tells what the server is confined to, and removes the temporary files of the servers before. The data folder's
// lock is held: nobody else uses them.
func (s *Server) settleIn() error {
	box := s.options.Sandbox
	if box == nil {
		return nil
	}
	s.options.Log.Info("the server is confined (landlock)", "read", strings.Join(box.Read, " "), "write", strings.Join(box.Write, " "),
		"execute", strings.Join(box.Execute, " "), "bind", box.Bind, "connect", box.Connect, "connect_anywhere", box.Anywhere)
	entries, err := os.ReadDir(box.Scratch)
	if errors.Is(err, fs.ErrNotExist) { // somebody tidied up
		return os.Mkdir(box.Scratch, 0o700)
	}
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(box.Scratch, e.Name())))
	}
	return err
}
