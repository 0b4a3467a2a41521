package admin

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
)

const (
	socketName  = "admin.sock"
	addressName = "admin.addr"
	// folderPrefix begins the name of a folder that is made for a socket alone.
	folderPrefix = "postern-"
	// maxSocketPath is the longest path that a socket is bound under, in bytes; systems take 104 or 108.
	maxSocketPath = 100
)

// socket is the bound unix socket.
type socket struct {
	net.Listener
	path    string
	folder  string // made for the socket alone; "" where it lies in the data folder
	address string // the file that says where the socket is; "" likewise
}

// listen binds the socket in the data folder, with mode 0600. Where its path is too long it lies in a folder of its own
// under runtime (XDG_RUNTIME_DIR) or temp, and a file in the data folder says where. What an earlier server left is
// taken away: the caller holds the data folder's lock.
func listen(dataDir, runtime, temp string) (*socket, error) {
	s := &socket{path: filepath.Join(dataDir, socketName)}
	forget(dataDir)
	for _, name := range []string{s.path, filepath.Join(dataDir, addressName)} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if len(s.path) > maxSocketPath {
		if err := s.elsewhere(dataDir, runtime, temp); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen("unix", s.path)
	if err != nil {
		return nil, errors.Join(err, s.remove())
	}
	s.Listener = l
	if err := os.Chmod(s.path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close(), s.remove())
	}
	if err := s.announce(); err != nil {
		return nil, errors.Join(err, l.Close(), s.remove())
	}
	return s, nil
}

// forget takes away what a server that crashed has left outside the data folder. It is no loss if it cannot.
func forget(dataDir string) {
	old, err := addressOf(dataDir)
	folder := filepath.Dir(old)
	if err == nil && folder != dataDir && filepath.Base(old) == socketName && strings.HasPrefix(filepath.Base(folder), folderPrefix) {
		_ = os.Remove(old)
		_ = os.Remove(folder)
	}
}

// elsewhere finds a short path. The folder is new and its owner's alone, so nobody else can put a socket there.
func (s *socket) elsewhere(dataDir, runtime, temp string) error {
	var errs []error
	for _, dir := range []string{runtime, temp} {
		if dir == "" || !filepath.IsAbs(dir) {
			continue
		}
		folder, err := os.MkdirTemp(dir, folderPrefix)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if path := filepath.Join(folder, socketName); len(path) <= maxSocketPath {
			s.path, s.folder, s.address = path, folder, filepath.Join(dataDir, addressName)
			return nil
		}
		errs = append(errs, fmt.Errorf("%s is too long for a socket as well", folder), os.Remove(folder))
	}
	return errors.Join(append(errs, fmt.Errorf("the path %s is too long for a socket, and no shorter one is to be had", s.path))...)
}

// announce writes down where the socket is, whole or not at all.
func (s *socket) announce() error {
	if s.address == "" {
		return nil
	}
	if err := os.WriteFile(s.address+".new", []byte(s.path+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(s.address+".new", s.address)
}

// remove takes away what listen made. The listener takes its own socket away when it is closed.
func (s *socket) remove() error {
	var errs []error
	for _, name := range []string{s.address, s.folder} {
		if name == "" {
			continue
		}
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// addressOf finds where the server of a data folder listens.
func addressOf(dataDir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dataDir, addressName))
	if path := filepath.Join(dataDir, socketName); errors.Is(err, fs.ErrNotExist) && len(path) <= maxSocketPath {
		return path, nil
	}
	return strings.TrimSpace(string(b)), err // where the path is too long, a server always says where it listens
}
