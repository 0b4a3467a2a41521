package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/datadir"
)

// grant lists what a server with this configuration reaches, and makes what it writes to.
func grant(o Options) (*Sandbox, error) {
	c := o.Config
	s := &Sandbox{}
	if err := wide(c); err != nil {
		return nil, err
	}
	for _, r := range c.Reaches() {
		if r.Access == config.Write {
			if err := makeFolder(r.Path, mode(r)); err != nil {
				return nil, fmt.Errorf("%s: %w", r.At, err)
			}
		}
		s.add(r.Access, r.Path)
	}
	for _, path := range o.Write {
		path, err := filepath.Abs(path)
		if err == nil {
			err = makeFolder(path, 0o700)
		}
		if err != nil {
			return nil, err
		}
		s.add(config.Write, path)
	}
	if err := s.scratch(c.DataDir, o.Environ); err != nil {
		return nil, err
	}
	s.network(c, o.Environ)
	for _, list := range []*[]string{&s.Read, &s.Execute, &s.Write} {
		*list = outermost(*list)
	}
	return s, nil
}

// wide refuses what would open everything.
func wide(c *config.Loaded) error {
	var faults config.Faults
	for _, r := range c.Reaches() {
		if real(r.Path) == string(filepath.Separator) {
			faults = append(faults, c.FaultAt(r.At, "lies in the folder / itself: with sandbox: %s that would open every file to the server; "+
				"put it in a folder of its own", c.Sandbox))
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

func (s *Sandbox) add(access config.Access, path string) {
	list := map[config.Access]*[]string{config.Read: &s.Read, config.Execute: &s.Execute, config.Write: &s.Write}[access]
	*list = append(*list, real(path))
}

// outermost leaves out what lies below another.
func outermost(paths []string) (out []string) {
	slices.Sort(paths)
	for _, p := range paths {
		if !slices.ContainsFunc(out, func(above string) bool { return within(p, above) }) {
			out = append(out, p)
		}
	}
	return out
}

// within says whether a path is the other one, or lies below it.
func within(path, above string) bool {
	rel, err := filepath.Rel(above, path)
	return err == nil && filepath.IsLocal(rel)
}

// network grants the ports, and what names and certificates are looked up in.
func (s *Sandbox) network(c *config.Loaded, environ []string) {
	for _, p := range c.Binds() {
		s.Bind = append(s.Bind, p.Port)
	}
	ports, anywhere := c.Calls()
	for _, p := range ports {
		s.Connect = append(s.Connect, p.Port)
	}
	s.Anywhere = len(anywhere) > 0
	for _, list := range []*[]uint16{&s.Bind, &s.Connect} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		switch {
		case name == "NOTIFY_SOCKET":
			s.Abstract = strings.HasPrefix(value, "@")
		case (name == "SSL_CERT_FILE" || name == "SSL_CERT_DIR") && s.callsOut():
			s.Read = append(s.Read, existing(filepath.SplitList(value)...)...)
		}
	}
	if s.callsOut() { // the resolver's files are replaced by others, and are links to elsewhere
		s.Read = append(s.Read, existing("/etc", "/run/systemd/resolve", "/run/NetworkManager", "/run/resolvconf")...)
	}
}

func (s *Sandbox) callsOut() bool { return s.Anywhere || len(s.Connect) > 0 }

func existing(paths ...string) (out []string) {
	for _, p := range paths {
		if _, err := os.Stat(p); err == nil && filepath.IsAbs(p) && real(p) != string(filepath.Separator) {
			out = append(out, real(p))
		}
	}
	return out
}

// longestScratch is how long the name of the folder of temporary files may be, in bytes: sockets lie below it.
const longestScratch = 50

// scratch finds a folder for temporary files, which is the server's alone: tmp in the data folder, or, where its path is
// too long for a socket, one that is named after the data folder in the folder of this user's session or of temporary
// files. It is used again by the next start.
func (s *Sandbox) scratch(dataDir string, environ []string) error {
	if s.Scratch = filepath.Join(real(dataDir), "tmp"); len(s.Scratch) <= longestScratch {
		return makeFolder(s.Scratch, 0o700)
	}
	sum := sha256.Sum256([]byte(real(dataDir)))
	name := "postern-" + hex.EncodeToString(sum[:5])
	var errs []error
	for _, variable := range []string{"XDG_RUNTIME_DIR", "TMPDIR", ""} {
		base := "/tmp"
		if variable != "" {
			base = valueOf(environ, variable)
		}
		if !filepath.IsAbs(base) || len(base)+len(name)+1 > longestScratch {
			continue
		}
		path, err := ownFolder(real(base), name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.Scratch = path
		s.Write = append(s.Write, path)
		return nil
	}
	return errors.Join(append(errs, errors.New("there is no folder for temporary files with a short path: name one in TMPDIR"))...)
}

func valueOf(environ []string, name string) (value string) {
	for _, e := range environ {
		if k, v, _ := strings.Cut(e, "="); k == name {
			value = v
		}
	}
	return value
}

// ownFolder makes a folder where others may write too, or takes the one of an earlier start. One that is not ours alone
// is left to whoever made it.
func ownFolder(base, name string) (string, error) {
	path := filepath.Join(base, name)
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return "", err
	}
	if info.IsDir() && info.Mode().Perm() == 0o700 && ours(info) {
		return path, nil
	}
	return os.MkdirTemp(base, "postern-")
}

// mode is that which who uses the folder would make it with.
func mode(r config.Reach) fs.FileMode {
	if len(r.At) > 0 && r.At[0].Key == "backends" {
		return 0o750
	}
	return 0o700
}

// makeFolder makes a folder where there is nothing, durably.
func makeFolder(path string, mode fs.FileMode) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return datadir.Make(path, mode)
}
