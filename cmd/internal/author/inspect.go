package author

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"aead.dev/minisign"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/sdk"
)

// Report is what can be known of a plugin file.
type Report struct {
	File      string      `json:"file"`
	Kind      string      `json:"kind"` // reactor, command, process
	Size      int64       `json:"size"` // bytes
	SHA256    string      `json:"sha256"`
	Signature Signature   `json:"signature"`
	Name      string      `json:"name"` // as it says of itself; a command says nothing
	Version   string      `json:"version"`
	Contract  string      `json:"contract"` // major.minor
	Points    []sdk.Point `json:"points"`
	Grants    []string    `json:"grants"`            // that it cannot do without
	Serves    []string    `json:"serves,omitempty"`  // exit, protocol, backend
	MayUse    []string    `json:"may_use,omitempty"` // grants for which a module imports a function
	// ChangesLength and State are a filter's, Restarts says that it gives its state.
	ChangesLength bool `json:"changes_length"`
	State         bool `json:"state"`
	Restarts      bool `json:"restarts"`
	// Abilities are a backend's.
	Abilities []sdk.Ability `json:"abilities,omitempty"`
	// Terms and Settings are a protocol's, with their defaults.
	Terms    []Term `json:"terms,omitempty"`
	Settings []Term `json:"settings,omitempty"`
	// Encoding and what follows is a module's.
	Encoding string     `json:"encoding,omitempty"` // protobuf, json
	Memory   *Memory    `json:"memory,omitempty"`
	Imports  []Function `json:"imports,omitempty"`
	Exports  []Function `json:"exports,omitempty"`
	// Refused says why a server would not load it; "" when it would.
	Refused string `json:"refused,omitempty"`
}

// Term is a term or a setting of a protocol.
type Term struct {
	Name     string `json:"name"`
	Default  any    `json:"default"`
	Describe string `json:"describe"`
}

// Terms are what a protocol says of its terms or settings.
func Terms(specs []sdk.TermSpec) (out []Term) {
	for _, s := range specs {
		t := Term{s.Name, any(s.Number), s.Describe}
		switch s.Kind {
		case sdk.TermFlag:
			t.Default = s.Flag
		case sdk.TermWords:
			t.Default = append([]string{}, s.Words...)
		}
		out = append(out, t)
	}
	return out
}

// Memory is a module's linear memory in bytes: what it begins with, what it may grow to, what it had after describing
// itself.
type Memory struct {
	Least int64 `json:"min"`
	Most  int64 `json:"max"`
	Used  int64 `json:"used"`
}

// Function is one that a module imports or exports.
type Function struct {
	Module    string `json:"module,omitempty"`
	Name      string `json:"name"`
	Signature string `json:"signature,omitempty"`
	Grant     string `json:"grant,omitempty"` // without which it is of no use
}

// Signature is what FILE.minisig says.
type Signature struct {
	Key   string `json:"key,omitempty"` // its id; "" where there is no signature, or none that can be read
	State string `json:"state"`         // none, trusted, not trusted, broken, or unknown: nobody says whom to trust
	// Comment is what was signed with the file; "" unless the signature is trusted.
	Comment string `json:"comment,omitempty"`
}

// SignatureOf looks at the signature beside a file. trusted are the keys whose signatures count.
func SignatureOf(path string, kind artifact.Kind, trusted []artifact.Key) (Signature, error) {
	text, err := readSome(path+artifact.Suffix, maxSignature)
	if errors.Is(err, fs.ErrNotExist) {
		return Signature{State: "none"}, nil
	}
	if err != nil {
		return Signature{}, err
	}
	var s minisign.Signature
	if s.UnmarshalText(text) != nil {
		return Signature{State: "broken"}, nil
	}
	out := Signature{Key: fmt.Sprintf("%016X", s.KeyID), State: "not trusted"}
	if len(trusted) == 0 {
		out.State = "unknown"
		return out, nil
	}
	if !slices.ContainsFunc(trusted, func(k artifact.Key) bool { return k.ID() == out.Key }) {
		return out, nil
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return out, err
	}
	a, err := artifact.Open(path, artifact.Policy{Kind: kind, Trust: trusted})
	switch {
	case errors.Is(err, artifact.ErrSignature):
		out.State = "broken"
	case err != nil:
		out.State = "unknown" // it is not even looked at: Refused says why
	default:
		out.State, out.Comment = "trusted", s.TrustedComment
		return out, a.Close()
	}
	return out, nil
}

// Loadable says why a server would not even open a file: it is no plugin file, or others could change it.
func Loadable(path string, kind artifact.Kind) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	a, err := artifact.Open(path, artifact.Policy{Kind: kind})
	if err != nil {
		return err
	}
	return a.Close()
}

// KindOf tells a module from a program by its first bytes.
func KindOf(path string) (artifact.Kind, error) {
	head, err := readSome(path, 4)
	if err != nil {
		return 0, err
	}
	if string(head) == "\x00asm" {
		return artifact.Module, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return 0, fmt.Errorf("%s is neither a WASM module nor a program that can be executed", path)
	}
	return artifact.Program, nil
}

// maxSignature is more than any signature has, in bytes.
const maxSignature = 16 << 10

func readSome(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}
