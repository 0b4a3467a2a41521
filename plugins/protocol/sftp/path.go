package sftp

import (
	"path"
	"strings"
	"unicode/utf8"

	"github.com/postern/postern/sdk"
)

// clean gives a client's path without its leading slash, as requests bear it: "" is the top. Nothing leads above it. A path
// that cannot be a name anywhere comes with what is against it; the rest is for the core to judge.
func clean(raw []byte) (string, *sdk.Refusal) {
	switch {
	case len(raw) > sdk.MaxPath:
		return shown(raw[:64]), sdk.Refuse(sdk.FileName, "the path has %d bytes, %d are allowed", len(raw), sdk.MaxPath)
	case !utf8.Valid(raw):
		return shown(raw), sdk.Refuse(sdk.FileName, "%.60q is not UTF-8", raw)
	}
	p := path.Clean("/" + string(raw))[1:]
	if strings.IndexByte(p, 0) >= 0 {
		return shown(raw), sdk.Refuse(sdk.FileName, "%.60q holds a NUL", raw)
	}
	return p, nil
}

// shown is a path that is only looked at.
func shown(raw []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(raw), "?"), "\x00", "?")
}
