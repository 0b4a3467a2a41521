package store

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/postern/postern/sdk"
)

// maxTag is the longest tag of a file, in bytes.
const maxTag = 1 << 10

func checkTarget(t *sdk.Target) error {
	switch t.OnExists {
	case "", sdk.ExistsFail, sdk.ExistsReplace, sdk.ExistsUnique:
		return errors.Join(sdk.CheckPath(t.Path), sdk.CheckID(t.ID))
	}
	return sdk.Refuse(sdk.FileOpen, "on_exists %.60q is no rule", string(t.OnExists))
}

// checkInfo refuses what cannot be of the file or folder at a path.
func (b *Backend) checkInfo(i *sdk.FileInfo, path string) error {
	switch {
	case i.Path != path || sdk.CheckPath(i.Path) != nil:
		return b.fault("asked for %.100q it tells of %.100q", path, i.Path)
	case i.Size < 0:
		return b.fault("%.100q has %d bytes, it says", path, i.Size)
	case len(i.Tag) > maxTag:
		return b.fault("the tag of %.100q has %d bytes", path, len(i.Tag))
	}
	return b.checkTime(i.Modified)
}

// checkTime refuses a time that other formats cannot write.
func (b *Backend) checkTime(t time.Time) error {
	if y := t.Year(); y < 1 || y > 9999 {
		return b.fault("it tells of a time in the year %d", y)
	}
	return nil
}

// checkPart refuses what cannot be a temporary file. Its name is the backend's own and may begin with a dot.
func (b *Backend) checkPart(p *sdk.Part) error {
	bad := p.Path == "" || len(p.Path) > sdk.MaxPath || strings.ContainsFunc(p.Path, func(r rune) bool { return !unicode.IsPrint(r) })
	for element := range strings.SplitSeq(p.Path, "/") {
		bad = bad || element == "" || element == "." || element == ".."
	}
	if bad || sdk.CheckID(p.ID) != nil || p.Size < 0 {
		return b.fault("it tells of the temporary file %.100q of %.100q with %d bytes", p.Path, p.ID, p.Size)
	}
	return b.checkTime(p.Modified)
}

// checkName refuses a name that a file cannot have got by the rule.
func (b *Backend) checkName(got, wanted string, rule sdk.OnExists) error {
	if got == wanted || rule == sdk.ExistsUnique && sdk.CheckPath(got) == nil && folderOf(got) == folderOf(wanted) {
		return nil
	}
	return b.fault("it gave the name %.100q in place of %.100q", got, wanted)
}

// folderOf is the folder of a path, "" for the root.
func folderOf(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return ""
}
