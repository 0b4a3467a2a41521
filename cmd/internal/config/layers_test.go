package config

import (
	"reflect"
	"testing"
	"time"
)

func TestTheEnvironmentWinsOverTheFileAndSetOverBoth(t *testing.T) {
	text := "limits: {max_sessions: 10, max_transfers: 5, unauthenticated: 3}\n" + small
	l := mustLoad(t, "postern.yaml", text,
		environ("POSTERN_LIMITS__MAX_TRANSFERS=6", "POSTERN_LIMITS__UNAUTHENTICATED=4", "PATH=/bin"), set("limits.unauthenticated=7"))
	if l.Limits != (Limits{MaxSessions: 10, MaxTransfers: 6, Unauthenticated: 7, Bandwidth: NoSize}) {
		t.Errorf("limits: %+v", l.Limits)
	}
	for key, want := range map[string]string{
		"max_sessions": "postern.yaml:1:24", "max_transfers": "environment POSTERN_LIMITS__MAX_TRANSFERS", "unauthenticated": "--set limits.unauthenticated",
	} {
		if got := l.Origin(Path{}.Key("limits").Key(key)).String(); got != want {
			t.Errorf("%s comes from %q, want %q", key, got, want)
		}
	}
}

func TestVariablesMatchKeysWithoutCaseAndReadEveryKindOfValue(t *testing.T) {
	text := small + "  Two-Words: {path: x}\n"
	l := mustLoad(t, "postern.yaml", text, environ(
		"POSTERN_DATA_DIR=/srv/data",
		"POSTERN_PARTNERS__paris__RECEIVE=IN, Two-Words",
		"POSTERN_PARTNERS__PARIS__ALLOW_FROM=[127.0.0.1, '::1']",
		"POSTERN_PARTNERS__PARIS__GROUP=12345",
		"POSTERN_PARTNERS__PARIS__MAX_SESSIONS=none",
		"POSTERN_FLOWS__TWO_WORDS__MAX_SIZE=2MiB",
		"POSTERN_FLOWS__TWO-WORDS__DIGEST=false",
		"POSTERN_LISTENERS__PESIT__TIMEOUTS__IDLE=5m",
		"POSTERN_LISTENERS__PESIT__TERMS__SYNC_WINDOW=4",
		"POSTERN_LISTENERS__PESIT__PROTOCOL=pesit",
		"POSTERN_POINTS__IDENTIFY=directory",
	))
	p, f := l.Partners["PARIS"], l.Flows["Two-Words"]
	if l.DataDir != "/srv/data" || !reflect.DeepEqual(p.Receive, []string{"IN", "Two-Words"}) || len(p.AllowFrom) != 2 || p.Group != "12345" {
		t.Errorf("partner: %+v", p)
	}
	if f.MaxSize != 2<<20 || f.Digest || l.ListenerTimeouts("pesit").Idle.Std() != 5*time.Minute {
		t.Errorf("flow: %+v", f)
	}
	if terms, _ := l.Terms("pesit"); terms.Number("sync_window") != 4 {
		t.Errorf("terms: %+v", terms)
	}
	if !reflect.DeepEqual(l.Points["identify"], []string{"directory"}) {
		t.Errorf("points: %v", l.Points)
	}
}

func TestVariablesThatSetNothingAreFaults(t *testing.T) {
	text := small + "  a-b: {path: x}\n  a_B: {path: x}\n"
	_, err := load(t, "postern.yaml", text, environ(
		"POSTERN_LIMITS__MAX_TRANSFER=5",
		"POSTERN_LIMITS__MAX_SESSIONS=0",
		"POSTERN_LIMITS={}",
		"POSTERN_PARTNERS__LYON__GROUP=x",
		"POSTERN_FLOWS__A_B__PATH=y",
		"POSTERN_NOTHING=1",
		"POSTERN_FLOWS__IN__MAX_SIZE=many",
		"POSTERN_PARTNERS__PARIS__PASSWORD=plain",
	))
	wantFaults(t, err,
		`environment POSTERN_FLOWS__A_B__PATH: A_B may be a-b or a_B: write it as it stands in the file`,
		`environment POSTERN_FLOWS__IN__MAX_SIZE: flows.IN.max_size: "many" is not a size like 4096, 64KiB, 1MiB or 20M, or none`,
		`environment POSTERN_LIMITS: limits: is a group of keys: set one of them, after two more underscores`,
		`environment POSTERN_LIMITS__MAX_SESSIONS: limits.max_sessions: 0 is not a whole number from 1 to 2147483647, or none`,
		`environment POSTERN_LIMITS__MAX_TRANSFER: there is no key max_transfer in limits; did you mean max_transfers?`,
		`environment POSTERN_NOTHING: there is no key nothing`,
		`environment POSTERN_PARTNERS__LYON__GROUP: there is no key lyon in partners`,
		`environment POSTERN_PARTNERS__PARIS__PASSWORD: partners.PARIS.password: is plain text; make a hash with: postern partner password, or point at it with secret://env/NAME or secret://file/PATH`,
	)
}

func TestReservedVariablesAndThoseOfSecretsAreLeftAlone(t *testing.T) {
	text := small + "  X: {path: y}\n"
	mustLoad(t, "postern.yaml", text, set("partners.PARIS.local_password=secret://env/POSTERN_B"), environ(
		"POSTERN_CONFIG=x", "POSTERN_HOME=y", "POSTERN_STATE=z", "POSTERN_TEST_ROOT=1",
		"POSTERN_PORT=tcp://10.0.0.1:1761", "POSTERN_PORT_1761_TCP_ADDR=10.0.0.1", "POSTERN_SERVICE_HOST=10.0.0.1", "POSTERN_B=secret"))
}

func TestSetTakesQuotedKeysNewNamesAndWholeGroups(t *testing.T) {
	l := mustLoad(t, "postern.yaml", small, set(
		`partners."A.B=C".password=`+testHash, `partners."A.B=C".protocols=[pesit]`, `partners."A.B=C".labels={region: "a=b", zone: c}`,
		"flows.NEW.path=new/{{.File}}", "listeners.pesit.terms.compression=[horizontal, vertical]", "listeners.pesit.max_connections=9"))
	if p := l.Partners["A.B=C"]; p.Password != testHash || p.Labels["region"] != "a=b" || !p.Messages {
		t.Errorf("partner: %+v", p)
	}
	if f := l.Flows["NEW"]; f.Path != "new/{{.File}}" || f.OnExists != "fail" {
		t.Errorf("flow: %+v", f)
	}
	if x := l.Listeners["pesit"]; x.MaxConnections != 9 || x.Address != "127.0.0.1:0" {
		t.Errorf("listener: %+v", x)
	}
}

func TestSetFaultsNameTheKey(t *testing.T) {
	_, err := load(t, "postern.yaml", small, set("limits.max_session=5", "limits.max_sessions=many", "nothing", "a..b=1", `"a=1`, "flows.IN.points={a", "partners.PARIS.receive=OUT", "limits=5"))
	wantFaults(t, err,
		`--set "a: a quote is not closed`,
		`--set a..b: is no key: keys are joined by single dots`,
		`--set flows.IN.points: not YAML: did not find expected ',' or '}'`,
		`--set limits: 5 is not a group of keys`,
		`--set limits.max_session: there is no such key; did you mean max_sessions?`,
		`--set nothing: must be key=value`,
		`--set partners.PARIS.receive: partners.PARIS.receive[0]: there is no flow "OUT"`,
	)
}

func TestAListThatIsReplacedTakesItsPlaceAlong(t *testing.T) {
	_, err := load(t, "postern.yaml", small, environ("POSTERN_PARTNERS__PARIS__RECEIVE=IN,NO"))
	wantFaults(t, err, `environment POSTERN_PARTNERS__PARIS__RECEIVE: partners.PARIS.receive[1]: there is no flow "NO"`)
}

func TestAClientOfSFTPMayBeIdleForLonger(t *testing.T) {
	for given, want := range map[string][2]time.Duration{
		"":                       {time.Minute, 15 * time.Minute},
		"timeouts: {idle: 5m}\n": {5 * time.Minute, 5 * time.Minute},
	} {
		l := mustLoad(t, "postern.yaml", given+small)
		x := l.Listeners["pesit"]
		x.Protocol = Protocol{Name: "sftp"}
		l.Listeners["sftp"] = x
		if got := [2]time.Duration{l.ListenerTimeouts("pesit").Idle.Std(), l.ListenerTimeouts("sftp").Idle.Std()}; got != want {
			t.Errorf("with %q idle are %v, want %v", given, got, want)
		}
	}
}
