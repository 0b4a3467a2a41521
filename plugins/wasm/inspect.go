package wasm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/postern/postern/plugins/wasm/meter"
	"github.com/postern/postern/sdk"
)

// Report is what can be known of a module without asking it to decide.
type Report struct {
	Kind      string       `json:"kind"` // reactor, command
	Encoding  string       `json:"encoding"`
	Size      int          `json:"size"`   // bytes
	SHA256    string       `json:"sha256"` // hexadecimal
	Manifest  sdk.Manifest `json:"-"`      // of a reactor
	Name      string       `json:"name"`
	Version   string       `json:"version"`
	Contract  string       `json:"contract"` // major.minor
	Points    []sdk.Point  `json:"points"`
	Grants    []string     `json:"grants"`    // that it cannot do without
	Wants     []string     `json:"may_use"`   // grants for which it imports a function
	Restarts  bool         `json:"snapshots"` // a filter that gives its state
	Memory    MemoryReport `json:"memory"`
	Functions int          `json:"functions"`
	Imports   []Function   `json:"imports"`
	Exports   []Function   `json:"exports"`
	Fuel      int64        `json:"describe_fuel"` // what describing itself burnt
}

// MemoryReport is the module's memory, in bytes: what it begins with, what it may grow to, what it had after describing
// itself.
type MemoryReport struct {
	Least int64 `json:"min"`
	Most  int64 `json:"max"`
	Used  int64 `json:"used"`
}

// Function is one that the module imports or exports.
type Function struct {
	Module    string `json:"module,omitempty"`
	Name      string `json:"name"`
	Signature string `json:"signature,omitempty"`
	Grant     string `json:"grant,omitempty"` // without which it answers "not granted", or sees less
}

// Inspect checks a module as [Load] does and has a reactor describe itself, with no grant and nothing else to do. When
// the module would be refused the error says why, and the report holds what is known all the same. cacheDir is that of
// [Settings].
func Inspect(module []byte, cacheDir string) (Report, error) {
	sum := sha256.Sum256(module)
	r := Report{Kind: "unknown", Size: len(module), SHA256: hex.EncodeToString(sum[:])}
	s := Settings{Name: "module", Module: module, CacheDir: cacheDir}.withDefaults()
	m, kind, err := check(&s)
	if len(m.Bytes) > 0 {
		r.static(&m, kind)
	}
	if err != nil || kind == Command {
		return r, err
	}
	ctx := context.Background()
	e, err := prepare(ctx, &s)
	if err != nil {
		return r, err
	}
	in, err := e.introduce(ctx)
	if err == nil {
		r.describe(e, in)
		in.close()
	}
	if closeErr := e.release(); err == nil {
		err = closeErr
	}
	return r, err
}

func (r *Report) static(m *meter.Module, kind Kind) {
	r.Kind, r.Encoding, r.Functions = kind.String(), "json", m.Functions
	if exported(m, exportCall) != nil {
		r.Encoding = "protobuf"
	}
	if m.Memory != nil {
		r.Memory = MemoryReport{Least: int64(m.Memory.Min) * page, Most: int64(m.Memory.Max) * page}
	}
	r.Restarts = exported(m, exportSnapshot) != nil && exported(m, exportRestore) != nil
	for _, i := range m.Imports {
		f := Function{Module: i.Module, Name: i.Name, Grant: grantOf[i.Name]}
		if i.Kind == meter.KindFunction {
			f.Signature = i.Type.String()
		}
		if f.Grant != "" && !slices.Contains(r.Wants, f.Grant) {
			r.Wants = append(r.Wants, f.Grant)
		}
		r.Imports = append(r.Imports, f)
	}
	for _, e := range m.Exports {
		f := Function{Name: e.Name, Signature: e.Kind.String()}
		if e.Kind == meter.KindFunction {
			f.Signature = e.Type.String()
		}
		r.Exports = append(r.Exports, f)
	}
}

func (r *Report) describe(e *Exit, in *instance) {
	m := e.manifest
	r.Manifest, r.Name, r.Version, r.Points, r.Grants = m, m.Name, m.Version, m.Points, m.Grants
	r.Contract = fmt.Sprintf("%d.%d", m.Contract>>16, m.Contract&0xffff)
	r.Memory.Used, r.Fuel = int64(in.mem.Size()), in.burnt()
}

// grantOf says which grant an imported function is for.
var grantOf = map[string]string{
	"file_size": sdk.GrantFile, "file_read": sdk.GrantFile,
	"verify_password": sdk.GrantVerifyPassword,
	"http_request":    sdk.GrantHTTP,
	"kv_get":          sdk.GrantStore, "kv_put": sdk.GrantStore,
	"path_open":      sdk.GrantFolder,
	"clock_time_get": sdk.GrantClock,
	"lower":          sdk.GrantBackend,
}
