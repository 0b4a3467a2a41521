package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/v2"
	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/sdk"
)

// Options says where the configuration comes from and what it is checked against.
type Options struct {
	Path      string                     // of the file, .yaml, .yml, .toml or .json; "" for none
	Environ   []string                   // as os.Environ gives it
	Set       []string                   // key=value
	Protocols map[string]sdk.Description // that the server speaks, by name
	// Secrets is asked for each secret:// reference. nil: whatever the configuration only points at, secrets and the
	// files of plugins, is left alone.
	Secrets Resolver
	// Describe asks the plugin that is a listener's protocol what it is, where Secrets is there. nil: the terms of such a
	// listener are not checked.
	Describe func(l *Loaded, listener string) (sdk.Description, error)
	// Within, unless nil, is asked before any file that the configuration names is opened. Its error ends the loading.
	Within func(*Loaded) error
}

// Resolver turns a secret:// reference into what it points at. Its errors name the reference and never the secret.
type Resolver interface {
	Resolve(ref string) (sdk.Secret, error)
}

// Loaded is a configuration without a fault. It is immutable.
type Loaded struct {
	Config

	Path      string // of the file, as given; "" for none
	places    *places
	folder    string                // of the file, absolute
	trust     []artifact.Key        // whose signatures of plugins count
	secrets   map[string]sdk.Secret // what references point at, by reference
	keys      map[string][]string   // lines of authorized_keys files, by partner
	protocols map[string]sdk.Description
	described map[string]sdk.Description // what plugins say of themselves, by listener
}

// Load layers defaults, file, environment and --set, and checks the result. What is wrong with the configuration comes
// back as [Faults], all of it at once. A file that is not there is an error that wraps [os.ErrNotExist].
func Load(o Options) (*Loaded, error) {
	r := &report{places: newPlaces()}
	file, err := readFile(o.Path, r)
	if err != nil {
		return nil, err
	}
	all, unread, err := merge(o, file, r.places)
	if err != nil {
		return nil, err
	}
	values := all.Raw()
	if err := checkStructure(r, values); err != nil {
		return nil, fmt.Errorf("check the configuration: %w", err)
	}
	checkText(r, nil, configField(), values)
	r.forgive(values)
	r.add(unread...)
	out := &Loaded{Path: o.Path, places: r.places, secrets: map[string]sdk.Secret{}, keys: map[string][]string{}, protocols: o.Protocols}
	if err := decode(values, &out.Config); err != nil {
		r.add(Fault{What: err.Error()})
		return nil, r.err()
	}
	if err := out.anchor(o.Path); err != nil {
		return nil, err
	}
	if o.Within != nil && len(r.faults) == 0 {
		if err := o.Within(out); err != nil {
			return nil, err
		}
	}
	if !r.broken[""] {
		out.check(r, o)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return out, nil
}

// separator joins the keys of koanf's flat form. No key may bear a control character.
const separator = "\x1f"

// merge layers everything: the defaults of what the other layers name, the file, the environment, --set.
// unread are the faults of texts that set nothing.
func merge(o Options, file *node, at *places) (all *koanf.Koanf, unread []Fault, err error) {
	given := koanf.New(separator)
	values, _ := file.plain().(map[string]any)
	if err := given.Load(confmap.Provider(values, ""), nil); err != nil {
		return nil, nil, fmt.Errorf("load the configuration file: %w", err)
	}
	e := overlay{places: at, values: given, protocols: o.Protocols}
	if err := e.environment(o.Environ, o.Set); err != nil {
		return nil, nil, err
	}
	if err := e.set(o.Set); err != nil {
		return nil, nil, err
	}
	all = koanf.New(separator)
	if err := all.Load(confmap.Provider(defaultsFor(given.Raw()), ""), nil); err != nil {
		return nil, nil, fmt.Errorf("load the defaults: %w", err)
	}
	return all, e.faults, all.Merge(given)
}

// defaultsFor returns the defaults, those of each named thing included.
func defaultsFor(given map[string]any) map[string]any {
	out := encode(reflect.ValueOf(Defaults())).(map[string]any)
	each := func(key string, one any) {
		named := map[string]any{}
		names, _ := given[key].(map[string]any)
		for name := range names {
			named[name] = encode(reflect.ValueOf(one))
		}
		out[key] = named
	}
	each("listeners", DefaultListener())
	each("partners", DefaultPartner())
	each("flows", DefaultFlow())
	named := map[string]any{}
	for name, b := range backendDefaults(given) {
		named[name] = encode(reflect.ValueOf(b))
	}
	out["backends"] = named
	out["exits"] = exitDefaults(given)
	if _, ok := given["backends"]; !ok {
		dir, ok := given["data_dir"].(string)
		if !ok {
			dir = Defaults().DataDir
		}
		b := DefaultBackend()
		b.Type, b.Root = "local", filepath.Join(dir, "files")
		out["backends"] = map[string]any{"files": encode(reflect.ValueOf(b))}
	}
	return out
}

// exitDefaults returns the defaults of each exit, by what it is made of.
func exitDefaults(given map[string]any) map[string]any {
	out := map[string]any{}
	exits, _ := given["exits"].(map[string]any)
	for name, x := range exits {
		one := DefaultModule()
		if keys, ok := x.(map[string]any); ok && keys["process"] != nil {
			one = DefaultProcess()
		}
		out[name] = encode(reflect.ValueOf(one))
	}
	return out
}

func decode(values map[string]any, out *Config) error {
	k := koanf.New(separator)
	if err := k.Load(confmap.Provider(values, ""), nil); err != nil {
		return err
	}
	name := func(from, to reflect.Type, data any) (any, error) {
		if to == typeProtocol && from.Kind() == reflect.String {
			return Protocol{Name: data.(string)}, nil
		}
		return data, nil
	}
	hooks := mapstructure.ComposeDecodeHookFunc(name, mapstructure.TextUnmarshallerHookFunc())
	err := k.UnmarshalWithConf("", out, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{DecodeHook: hooks}})
	if err != nil {
		return errors.New(strings.ReplaceAll(err.Error(), "\n", " "))
	}
	return nil
}

// anchor makes relative paths start at the configuration file's folder.
func (l *Loaded) anchor(file string) error {
	base, err := filepath.Abs(filepath.Dir(file))
	if file == "" {
		base, err = filepath.Abs(".")
	}
	if err != nil {
		return fmt.Errorf("find the configuration's folder: %w", err)
	}
	l.folder = base
	at := func(path *string) {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(base, *path)
		}
	}
	at(&l.DataDir)
	at(&l.Audit.Dir)
	for name, x := range l.Listeners {
		p := x.Protocol.plugin()
		anchorPlugin(at, &p)
		x.Protocol.Wasm = p.Wasm // the program and the sandbox are changed where they lie
		l.Listeners[name] = x
		if x.TLS != nil {
			at(&x.TLS.Cert)
			at(&x.TLS.Key)
			at(&x.TLS.ClientCA)
			for i := range x.TLS.CRL {
				at(&x.TLS.CRL[i])
			}
		}
		if x.SSH != nil {
			for i := range x.SSH.HostKeys {
				at(&x.SSH.HostKeys[i])
			}
		}
	}
	for id, x := range l.Partners {
		at(&x.KeysFile)
		l.Partners[id] = x
	}
	for name, x := range l.Backends {
		at(&x.Root)
		at(&x.CA)
		l.Backends[name] = x
	}
	l.anchorExits(at)
	l.anchorBackends(at)
	return nil
}
