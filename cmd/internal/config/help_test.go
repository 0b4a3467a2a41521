package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
)

// testHash has the shape of a hash; nothing here compares passwords.
const testHash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaA"

// protocols is what a server that speaks one protocol would hand in.
func protocols() map[string]sdk.Description {
	size := func(name string, n, least, most int64) sdk.TermSpec {
		return sdk.TermSpec{Term: sdk.NumberTerm(name, n), Min: least, Max: most, Bytes: true}
	}
	return map[string]sdk.Description{"pesit": {
		Terms: []sdk.TermSpec{
			size("sync_interval", 1<<20, 1<<10, 65535<<10),
			{Term: sdk.NumberTerm("sync_window", 8), Min: 0, Max: 15},
			size("max_entity", 65535, 256, 65535),
			{Term: sdk.WordsTerm("compression"), Values: []string{"horizontal", "vertical"}},
			{Term: sdk.FlagTerm("resync", true)},
		},
		Settings: []sdk.TermSpec{{Term: sdk.FlagTerm("crc", false)}, {Term: sdk.WordsTerm("logon_password")}},
	}}
}

// write puts files into a new folder, makes it the working folder, and gives the name of the first.
func write(t testing.TB, name, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, ok := t.(interface{ Chdir(string) }); ok {
		c.Chdir(dir)
	}
	return name
}

// load loads a text as if it stood in postern.yaml (or .toml, .json) of the working folder.
func load(t testing.TB, name, text string, change ...func(*Options)) (*Loaded, error) {
	t.Helper()
	o := Options{Path: write(t, name, text), Protocols: protocols()}
	for _, c := range change {
		c(&o)
	}
	return Load(o)
}

func mustLoad(t testing.TB, name, text string, change ...func(*Options)) *Loaded {
	t.Helper()
	l, err := load(t, name, text, change...)
	if err != nil {
		t.Fatalf("the configuration does not load:\n%v", err)
	}
	return l
}

func environ(vars ...string) func(*Options) { return func(o *Options) { o.Environ = vars } }
func set(args ...string) func(*Options)     { return func(o *Options) { o.Set = args } }

// small is the least configuration that loads.
const small = `listeners:
  pesit: {protocol: pesit, address: "127.0.0.1:0"}
partners:
  PARIS:
    password: ` + "'" + testHash + "'" + `
    protocols: [pesit]
    receive: [IN]
flows:
  IN: {path: "in/{{.Partner}}/{{.File}}"}
`

// wantFaults compares faults line by line.
func wantFaults(t *testing.T, err error, want ...string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != strings.Join(want, "\n") {
		t.Errorf("faults:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}
