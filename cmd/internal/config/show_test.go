package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

func shown(t *testing.T, l *Loaded, format Format, origins bool) string {
	t.Helper()
	var b bytes.Buffer
	if err := l.Show(&b, format, origins); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatIsShownHoldsNoSecretAndLoadsAgainAsTheSame(t *testing.T) {
	l := loadSample(t)
	for _, format := range []Format{FormatYAML, FormatJSON} {
		text := shown(t, l, format, false)
		if strings.Contains(text, "argon2id") || strings.Contains(text, "sesame") || !strings.Contains(text, "secret://env/OUR_PW") {
			t.Errorf("secrets in %s:\n%s", format, text)
		}
		name := "again." + string(format)
		if err := os.WriteFile(name, []byte(strings.Replace(text, masked, testHash, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := Load(Options{Path: name, Protocols: protocols(), Secrets: fixedSecrets{"secret://env/OUR_PW": "sesame"}})
		if err != nil {
			t.Fatalf("what was shown as %s does not load:\n%v\n%s", format, err, text)
		}
		if !reflect.DeepEqual(l.Listeners["pesit"].TLS, again.Listeners["pesit"].TLS) || len(Diff(l, again).Keys()) > 0 {
			t.Errorf("%s changed %v", format, Diff(l, again))
		}
	}
}

func TestOriginsAreShownBesideTheValues(t *testing.T) {
	l := mustLoad(t, "postern.yaml", small, environ("POSTERN_LIMITS__MAX_SESSIONS=7"), set("limits.max_transfers=3"))
	text := shown(t, l, FormatYAML, true)
	for _, line := range []string{
		"  max_sessions: 7 # environment POSTERN_LIMITS__MAX_SESSIONS\n",
		"  max_transfers: 3 # --set limits.max_transfers\n",
		"  unauthenticated: 64 # default\n",
		"    protocol: pesit # postern.yaml:2:21\n",
		"    receive: [IN] # postern.yaml:7:14\n",
		"    delimiter: \"\\n\" # default\n",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is not in\n%s", line, text)
		}
	}
	var entries []Entry
	if err := json.Unmarshal([]byte(shown(t, l, FormatJSON, true)), &entries); err != nil {
		t.Fatal(err)
	}
	found := map[string]Entry{}
	for _, e := range entries {
		found[e.Key] = e
	}
	if e := found["limits.max_sessions"]; e.Value != 7.0 || e.Origin != "environment POSTERN_LIMITS__MAX_SESSIONS" {
		t.Errorf("entry: %+v", e)
	}
}

func TestDiffListsWhatAReloadChanges(t *testing.T) {
	secrets := func(value string) func(*Options) {
		return func(o *Options) { o.Secrets = fixedSecrets{"secret://env/PW": value} }
	}
	dir := func(o *Options) {
		o.Set = append(o.Set, "data_dir=/srv/a", "backends.files={type: local, root: /srv/files}")
	}
	a := mustLoad(t, "postern.yaml", small, dir, secrets("x"), func(o *Options) { o.Set = append(o.Set, "partners.PARIS.local_password=secret://env/PW") })
	if got := Diff(a, a).Keys(); len(got) > 0 {
		t.Errorf("nothing changed, but %v", got)
	}
	b := mustLoad(t, "postern.yaml", small+"  NEW: {path: x}\n", dir, secrets("y"), func(o *Options) {
		o.Set = append(o.Set, "partners.PARIS.local_password=secret://env/PW", "limits.max_sessions=none", "partners.PARIS.receive=[IN, NEW]")
	})
	want := []string{"flows.NEW", "limits.max_sessions", "partners.PARIS.local_password", "partners.PARIS.receive"}
	if got := Diff(a, b).Keys(); !reflect.DeepEqual(got, want) {
		t.Errorf("changed: %v, want %v", got, want)
	}
	if err := CheckReload(a, b); err != nil {
		t.Errorf("reload: %v", err)
	}
	c := mustLoad(t, "postern.yaml", "data_dir: /srv/b\n"+small)
	wantFaults(t, CheckReload(a, c), "postern.yaml:1:11: data_dir: cannot change while the server runs (it is /srv/a): stop the server and start it again")
}

func TestTheStarterLoadsAndIsForItsOwnerOnly(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := WriteStarter("postern.yaml", testHash); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat("postern.yaml")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode: %v, %v", info.Mode(), err)
	}
	l, err := Load(Options{Path: "postern.yaml", Protocols: protocols()})
	if err != nil {
		t.Fatal(err)
	}
	s := l.Snapshot()
	if p := s.Partners[StarterPartner]; p.Password.Reveal() != testHash || !p.AllowFrom[0].Addr().IsLoopback() {
		t.Errorf("partner: %+v", p)
	}
	if !strings.HasPrefix(l.Listeners["pesit"].Address, "127.0.0.1:") || !s.Flows["OUT"].Publish || s.Flows["IN"].Publish {
		t.Errorf("listener or flows: %+v, %+v", l.Listeners, s.Flows)
	}
	if err := WriteStarter("postern.yaml", testHash); !errors.Is(err, os.ErrExist) {
		t.Errorf("a file that was there: %v", err)
	}
	if err := WriteStarter("other.yaml", "plain"); err == nil {
		t.Error("a plain password was written")
	}
	if _, err := os.Stat("other.yaml"); !os.IsNotExist(err) {
		t.Error("a starter that failed left a file")
	}
}
