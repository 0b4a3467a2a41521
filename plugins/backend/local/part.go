package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/postern/postern/sdk"
)

const (
	partPrefix = ".postern-"
	partSuffix = ".part"
)

func partName(id string) string { return partPrefix + id + partSuffix }

// partID gives the transfer's id when name is that of a temporary file.
func partID(name string) (id string, ok bool) {
	id, ok = strings.CutPrefix(name, partPrefix)
	if !ok {
		return "", false
	}
	id, ok = strings.CutSuffix(id, partSuffix)
	return id, ok && sdk.CheckID(id) == nil
}

// state is what Sync returns: how to know the file again.
type state struct {
	Version int      `json:"v"`
	File    identity `json:"file"`
	Size    int64    `json:"size"`           // durable bytes
	Made    int      `json:"made,omitempty"` // last elements of the folder's path that were made for it
}

const stateVersion = 1

// encode is what json.Marshal makes of it, in one step: each file received has its state written once at the least.
func (s state) encode() []byte {
	b := strconv.AppendInt(append(make([]byte, 0, 160), `{"v":`...), stateVersion, 10)
	b = strconv.AppendUint(append(b, `,"file":{"device":`...), s.File.Device, 10)
	b = strconv.AppendUint(append(b, `,"inode":`...), s.File.Inode, 10)
	b = strconv.AppendInt(append(b, `,"born":`...), s.File.Born, 10)
	b = strconv.AppendInt(append(b, `},"size":`...), s.Size, 10)
	if s.Made != 0 {
		b = strconv.AppendInt(append(b, `,"made":`...), int64(s.Made), 10)
	}
	return append(b, '}')
}

// decodeState reads a state; none gives an empty one.
func decodeState(b []byte) (s state, err error) {
	if len(b) == 0 {
		return s, nil
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("read the state of the temporary file: %w", err)
	}
	if s.Version != stateVersion || s.Size < 0 || s.Made < 0 {
		return s, fmt.Errorf("read the state of the temporary file: version %d is not ours", s.Version)
	}
	return s, nil
}

// place is where a target and its temporary file are.
type place struct {
	dir, name string // of the target
	part      string // the temporary file's name
}

func (p place) partPath() string { return path.Join(p.dir, p.part) }

// locate checks a target's path and id.
func locate(t sdk.Target) (place, error) {
	if err := sdk.CheckPath(t.Path); err != nil {
		return place{}, err
	}
	if err := sdk.CheckID(t.ID); err != nil {
		return place{}, err
	}
	dir, name := cut(t.Path)
	return place{dir: dir, name: name, part: partName(t.ID)}, nil
}

// committed finds the file that the temporary one became: under its target's name, or one that on_exists unique gave.
func committed(f *folder, name string, want identity) (found string, err error) {
	if want == (identity{}) {
		return "", nil
	}
	if id, err := identifyAt(f, name); err == nil && want.same(id) {
		return name, nil
	}
	entries, err := list(f)
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		if !isSibling(entry, name) {
			continue
		}
		if id, err := identifyAt(f, entry); err == nil && want.same(id) {
			return entry, nil
		}
	}
	return "", nil
}

// list names what is in an open folder. A second handle is read, since reading moves the first.
func list(f *folder) ([]string, error) {
	dir, err := f.OpenFile(".", os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Readdirnames(-1)
}

// isSibling reports whether some n gives sdk.Sibling(name, n).
func isSibling(entry, name string) bool {
	i := strings.LastIndexByte(entry, '-')
	digits := entry[i+1:]
	for j := range len(digits) {
		if digits[j] < '0' || digits[j] > '9' {
			digits = digits[:j]
			break
		}
	}
	n, err := strconv.Atoi(digits)
	return err == nil && n > 0 && sdk.Sibling(name, n) == entry
}

// refused turns a failure into the refusal that fits it, or into one of code.
func refused(code sdk.Code, doing string, err error) error {
	if _, ok := sdk.AsRefusal(err); ok {
		return err
	}
	switch {
	case full(err):
		code = sdk.FileSpace
	case tooLong(err):
		code = sdk.FileName
	case errors.Is(err, fs.ErrExist):
		code = sdk.FileExists
	}
	r := sdk.Refuse(code, "%s", doing).Because(err)
	r.Temporary = r.Temporary || outOfHandles(err)
	return r
}
