package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
)

func TestFaultsOfExitsSayWhereAndWhat(t *testing.T) {
	const notWasm = "is for a process; a WASM module has nothing that its grants do not give"
	const notProcess = "is for a WASM module; what a process may do, its sandbox and its user say"
	for _, c := range []struct{ says, text, want string }{
		{"points that name an exit", `points:
  identify: [vet, directory, directory]
  verify: [scan, grants]
  message: [grants]
  open: [nobody, scn]
  opn: []
exits: {vet: {wasm: x}, scan: {process: [x], on_error: pass}}
`, `postern.yaml:11:30: points.identify[2]: directory is asked here already
postern.yaml:12:12: points.verify[0]: scan has on_error: pass, which would let everything through here
postern.yaml:12:18: points.verify[1]: grants answers at authorize and message only
postern.yaml:14:10: points.open[0]: there is no exit "nobody"
postern.yaml:14:18: points.open[1]: there is no exit "scn"; did you mean scan?
postern.yaml:15:3: points.opn: is not an exit point; did you mean open?`},
		{"lists that cannot be asked", `  OUT: {path: y, points: {resolve: [vet], identify: [], verify: [vet, grants], authorize: [grants], done: [vet]}}
exits: {vet: {wasm: x, on_error: pass}}
points: {open: [vet], done: [vet]}
`, `postern.yaml:10:27: flows.OUT.points.resolve: whose list this is, is not known at this point
postern.yaml:10:66: flows.OUT.points.verify[0]: vet has on_error: pass, which would let everything through here
postern.yaml:10:71: flows.OUT.points.verify[1]: grants answers at authorize and message only
postern.yaml:10:92: flows.OUT.points.authorize[0]: grants is in the server's list already, which is asked too
postern.yaml:10:108: flows.OUT.points.done[0]: vet is in the server's list already, which is asked too
postern.yaml:12:17: points.open[0]: vet has on_error: pass, which would let everything through here`},
		{"names and kinds", `exits:
  directory: {wasm: x}
  "an exit": {wasm: x}
  none: {config: {a: 1}}
  both: {wasm: x, process: [y]}
  typo: {wasm: x, grants: {secrets: [passwrd]}, kind: script}
`, `postern.yaml:11:3: exits.directory: is the name of an exit that ships with the server
postern.yaml:12:3: exits."an exit": the name of an exit has at most 64 characters, A to Z, a to z, 0 to 9, _, . and -
postern.yaml:13:3: exits.none: needs wasm, a module, or process, a program and its arguments
postern.yaml:14:3: exits.both: has both wasm and process: it can be one of them
postern.yaml:15:38: exits.typo.grants.secrets[0]: "passwrd" is not one of password, stored; did you mean password?
postern.yaml:15:55: exits.typo.kind: "script" is not one of auto, reactor, command`},
		{"a module", `exits:
  vet:
    wasm: ./vet.wasm
    sha256: "00"
    environment: {A: b}
    sandbox: {network: true}
    limits: {memory: 2GiB, deadline: none, fuel: 1, instances: none, files: 30, processes: 3, in_flight: 3}
    grants:
      secrets: [password, stored]
      partners: [PARI, PARIS]
      http: ["https://ldap.example.org/", "http://ldap.example.org", "http://127.0.0.1:8080", "ftp://x", "https://*.example.org"]
      headers: {"https://other.example.org": {"X Y": "1", Host: a}, "http://127.0.0.1:8080": {A: "b\nc"}}
      folders: {"../x": ., "..": .}
      backend: files
`, `postern.yaml:13:13: exits.vet.sha256: is no SHA-256 digest: it has 64 hexadecimal digits
postern.yaml:14:5: exits.vet.environment: ` + notWasm + `
postern.yaml:15:5: exits.vet.sandbox: ` + notWasm + `
postern.yaml:16:22: exits.vet.limits.memory: must be from 1MiB to 1GiB for a WASM module
postern.yaml:16:38: exits.vet.limits.deadline: must be from 1ms to 1h: every answer needs an end
postern.yaml:16:50: exits.vet.limits.fuel: must be from 1k to 1000G
postern.yaml:16:64: exits.vet.limits.instances: must be from 1 to 4096
postern.yaml:16:70: exits.vet.limits.files: ` + notWasm + `
postern.yaml:16:81: exits.vet.limits.processes: ` + notWasm + `
postern.yaml:16:95: exits.vet.limits.in_flight: ` + notWasm + `
postern.yaml:19:18: exits.vet.grants.partners[0]: there is no partner "PARI"; did you mean PARIS?
postern.yaml:20:14: exits.vet.grants.http[0]: "https://ldap.example.org/" is no origin: write https://host or https://host:port, and nothing after it
postern.yaml:20:43: exits.vet.grants.http[1]: "http://ldap.example.org" is neither https nor http to this machine
postern.yaml:20:95: exits.vet.grants.http[3]: "ftp://x" is neither https nor http to this machine
postern.yaml:20:106: exits.vet.grants.http[4]: "https://*.example.org" is no origin: each host must be written out
postern.yaml:21:17: exits.vet.grants.headers."https://other.example.org": is none of the origins in http; did you mean https://*.example.org?
postern.yaml:21:47: exits.vet.grants.headers."https://other.example.org"."X Y": is no header that can be set
postern.yaml:21:59: exits.vet.grants.headers."https://other.example.org".Host: is no header that can be set
postern.yaml:21:98: exits.vet.grants.headers."http://127.0.0.1:8080".A: is no value of a header
postern.yaml:22:17: exits.vet.grants.folders."../x": is no name of one path element
postern.yaml:22:28: exits.vet.grants.folders."..": is no name of one path element
postern.yaml:23:7: exits.vet.grants.backend: is for a backend over another one`},
		{"a process", `exits:
  scan:
    process: [""]
    kind: reactor
    environment: {"A=B": c}
    grants: {verify_password: true, http: ["https://a"], headers: {"https://a": {B: c}}, folders: {a: .}, clock: true, store: true}
    limits: {fuel: 20M, instances: 4, memory: 1MiB, files: none, in_flight: none, transfers: 4, block: 64KiB}
`, `postern.yaml:12:15: exits.scan.process[0]: names no program
postern.yaml:13:5: exits.scan.kind: ` + notProcess + `
postern.yaml:14:19: exits.scan.environment."A=B": is no environment variable
postern.yaml:15:14: exits.scan.grants.verify_password: is for a WASM module; a process that checks passwords is shown them, by secrets: [password]
postern.yaml:15:37: exits.scan.grants.http: ` + notProcess + `
postern.yaml:15:58: exits.scan.grants.headers: ` + notProcess + `
postern.yaml:15:90: exits.scan.grants.folders: ` + notProcess + `
postern.yaml:15:107: exits.scan.grants.clock: ` + notProcess + `
postern.yaml:15:120: exits.scan.grants.store: ` + notProcess + `
postern.yaml:16:14: exits.scan.limits.fuel: ` + notProcess + `
postern.yaml:16:25: exits.scan.limits.instances: ` + notProcess + `
postern.yaml:16:47: exits.scan.limits.memory: must be at least 16MiB for a process
postern.yaml:16:60: exits.scan.limits.files: must be from 16 to 1048576
postern.yaml:16:77: exits.scan.limits.in_flight: must be from 1 to 65536
postern.yaml:16:83: exits.scan.limits.transfers: ` + notProcess + `
postern.yaml:16:97: exits.scan.limits.block: ` + notProcess},
		{"limits of filters", "exits: {vet: {wasm: x, limits: {transfers: none, block: 1KiB}}, w: {wasm: x, limits: {transfers: 70000, block: 5MiB}}}\n",
			`postern.yaml:10:44: exits.vet.limits.transfers: must be from 1 to 65536
postern.yaml:10:57: exits.vet.limits.block: must be from 4KiB to 4MiB
postern.yaml:10:98: exits.w.limits.transfers: must be from 1 to 65536
postern.yaml:10:112: exits.w.limits.block: must be from 4KiB to 4MiB`},
		{"modules that may have more than all together", "plugins: {memory: 64MiB}\nexits: {vet: {wasm: x, limits: {memory: 65MiB}}, w: {wasm: x}}\n",
			`postern.yaml:11:41: exits.vet.limits.memory: is more than all modules have together (plugins.memory)`},
		{"memory without an end", "plugins: {memory: none}\n", `postern.yaml:10:19: plugins.memory: must be from 16MiB to 1TiB: modules need an end`},
		{"counts that are none", "exits: {vet: {wasm: x, limits: {fuel: 20MiB}}, w: {wasm: x, limits: {fuel: 99999999999999999G}}}\n",
			`postern.yaml:10:39: exits.vet.limits.fuel: "20MiB" is not a number like 5000, 250k, 20M or 1G
postern.yaml:10:76: exits.w.limits.fuel: "99999999999999999G" is not a number like 5000, 250k, 20M or 1G`},
		{"trust that cannot be", "plugins: {trust: [./none.pub, RWAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA]}\n",
			`postern.yaml:10:19: plugins.trust[0]: lstat DIR/none.pub: no such file or directory
postern.yaml:10:31: plugins.trust[1]: is no public key of minisign`},
		{"a signature of nobody", "plugins: {require: signature}\n",
			`postern.yaml:10:20: plugins.require: signature needs trust: the keys whose signatures count`},
	} {
		t.Run(c.says, func(t *testing.T) {
			_, err := load(t, "postern.yaml", small+c.text)
			here, werr := os.Getwd()
			if werr != nil {
				t.Fatal(werr)
			}
			wantFaults(t, err, strings.ReplaceAll(c.want, "DIR", here))
		})
	}
}

// checked loads with everything that the configuration points at.
func checked(o *Options) {
	o.Secrets = fixedSecrets{"secret://env/TOKEN": "sesame", "secret://env/EMPTY": "", "secret://env/LINES": "a\nb"}
}

func TestACheckOpensTheFilesOfExits(t *testing.T) {
	text := small + `exits:
  vet: {wasm: exits/vet.wasm, sha256: "0000000000000000000000000000000000000000000000000000000000000000"}
  open: {wasm: exits/open.wasm}
  gone: {wasm: exits/gone.wasm, grants: {folders: {a: ./exits/vet.wasm, b: ./gone}}}
  scan: {process: [exits/plain], sandbox: {write: [./gone]}, environment: {A: secret://env/EMPTY}, config: {b: [x, secret://env/LINES]}}
`
	path := write(t, "postern.yaml", text)
	writePlugins(t)
	for name, mode := range map[string]os.FileMode{"exits/open.wasm": 0o666, "exits/plain": 0o600} {
		if err := os.WriteFile(name, []byte("module"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Path: path, Protocols: protocols()}
	if _, err := Load(o); err != nil {
		t.Errorf("without secrets the files are left alone: %v", err)
	}
	checked(&o)
	_, err = Load(o)
	wantFaults(t, err, strings.ReplaceAll(`postern.yaml:11:15: exits.vet.wasm: DIR/exits/vet.wasm: it is not the file that is pinned: the pin is sha256 0000000000000000000000000000000000000000000000000000000000000000, the file has 120970d812836f19888625587a4606a5ad23cef31c8684e601771552548fc6b9
postern.yaml:12:16: exits.open.wasm: DIR/exits/open.wasm: others could change it: the mode of the file is -rw-rw-rw- (chmod go-w)
postern.yaml:13:16: exits.gone.wasm: lstat DIR/exits/gone.wasm: no such file or directory
postern.yaml:13:55: exits.gone.grants.folders.a: DIR/exits/vet.wasm is no folder
postern.yaml:13:76: exits.gone.grants.folders.b: stat DIR/gone: no such file or directory
postern.yaml:14:20: exits.scan.process[0]: DIR/exits/plain: it is not a regular file, or not one that can be executed: its mode is -rw------- (chmod +x)
postern.yaml:14:52: exits.scan.sandbox.write[0]: stat DIR/gone: no such file or directory
postern.yaml:14:79: exits.scan.environment.A: secret://env/EMPTY is empty, or holds control characters
postern.yaml:14:116: exits.scan.config.b[1]: secret://env/LINES is empty, or holds control characters`, "DIR", here))
}

func TestAnExitComesWithItsSecretsAndTheyAreNeverShown(t *testing.T) {
	path := write(t, "postern.yaml", small+`exits:
  vet:
    wasm: exits/vet.wasm
    grants: {http: ["https://a"], headers: {"https://a": {Authorization: secret://env/TOKEN, X-Plain: hush-hush}}, verify_password: true}
    config: {key: secret://env/TOKEN, list: [1, secret://env/TOKEN], password: hush-too}
  scan: {process: [exits/scan, secret://env/TOKEN], environment: {A: secret://env/TOKEN, B: hush-again}}
`)
	writePlugins(t)
	o := Options{Path: path, Protocols: protocols()}
	checked(&o)
	l, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	vet, scan := l.Exit("vet"), l.Exit("scan")
	if h := vet.Grants.Headers["https://a"]; h["Authorization"] != "sesame" || h["X-Plain"] != "hush-hush" {
		t.Errorf("headers: %v", h)
	}
	if got, err := json.Marshal(vet.Config); err != nil || string(got) != `{"key":"sesame","list":[1,"sesame"],"password":"hush-too"}` {
		t.Errorf("config: %s (%v)", got, err)
	}
	if scan.Environment["A"] != "sesame" || scan.Environment["B"] != "hush-again" || scan.Process[1] != "secret://env/TOKEN" {
		t.Errorf("process: %+v", scan)
	}
	for _, format := range []Format{FormatYAML, FormatJSON} {
		text := shown(t, l, format, false)
		if strings.Contains(text, "hush") || strings.Contains(text, "sesame") || !strings.Contains(text, "secret://env/TOKEN") {
			t.Errorf("secrets in %s:\n%s", format, text)
		}
	}
	o.Secrets = fixedSecrets{"secret://env/TOKEN": "changed"}
	next, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	if got := Diff(l, next).Keys(); !reflect.DeepEqual(got, []string{"exits.scan", "exits.vet"}) {
		t.Errorf("a secret changed behind its reference, told are %v", got)
	}
}

func TestExitsHaveDefaultsByTheirKindAndAbsolutePaths(t *testing.T) {
	l := mustLoad(t, "postern.yaml", small+"exits:\n  vet: {wasm: vet.wasm, limits: {fuel: 1500}}\n  scan: {process: [scan, -x], grants: {file: true}}\n",
		environ("POSTERN_EXITS__VET__LIMITS__MEMORY=1MiB", "POSTERN_EXITS__SCAN__PROCESS=scan,-y"))
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	vet, scan := l.Exits["vet"], l.Exits["scan"]
	if vet.Wasm != filepath.Join(here, "vet.wasm") || vet.Kind != "auto" || vet.OnError != "refuse" || vet.Limits != (ExitLimits{Memory: 1 << 20, Fuel: 1500}) {
		t.Errorf("module: %+v", vet)
	}
	if !reflect.DeepEqual(scan.Process, []string{filepath.Join(here, "scan"), "-y"}) || scan.Kind != "" || scan.Limits != (ExitLimits{}) || !scan.Grants.File {
		t.Errorf("process: %+v", scan)
	}
	if text := shown(t, l, FormatYAML, false); !strings.Contains(text, "fuel: \"1500\"") && !strings.Contains(text, "fuel: 1500") || strings.Contains(text, " sandbox:") {
		t.Errorf("shown is\n%s", text)
	}
}

func TestAnExitKnowsWhereItIsListedAndAWarningSaysNowhere(t *testing.T) {
	l := mustLoad(t, "postern.yaml", strings.Replace(small, "address: \"127.0.0.1:0\"", "address: \"127.0.0.1:0\", points: {done: [vet]}", 1)+
		"  OUT: {path: y, points: {verify: [vet]}}\nexits: {vet: {wasm: x}, idle: {wasm: y, sha256: \""+strings.Repeat("0", 64)+"\"}}\npoints: {identify: [vet, directory]}\n")
	if got := l.PointsOf("vet"); !reflect.DeepEqual(got, []sdk.Point{sdk.PointIdentify, sdk.PointVerify, sdk.PointDone}) {
		t.Errorf("vet is listed at %v", got)
	}
	wantFaults(t, l.Warnings(), `postern.yaml:11:9: exits.vet: has neither a pin (sha256) nor a signature: whoever changes its file changes what it decides
postern.yaml:11:25: exits.idle: is listed at no point: it is loaded and never asked`)
}

func TestAnExitsOwnSettingsMayBeOfAnyShape(t *testing.T) {
	l := mustLoad(t, "postern.yaml", small+`exits:
  vet: {wasm: vet.wasm, config: {routes: {A: {B: {C: [1, {d: [x, y]}, [z]]}}}, rules: [{partner: "P*", hours: {from: "06:00"}}]}}
`)
	b, err := json.Marshal(l.Exits["vet"].Config)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"routes":{"A":{"B":{"C":[1,{"d":["x","y"]},["z"]]}}},"rules":[{"hours":{"from":"06:00"},"partner":"P*"}]}`
	if string(b) != want {
		t.Errorf("got %s", b)
	}
}
