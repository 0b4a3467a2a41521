package config

import (
	"errors"
	"os"
	"testing"

	"github.com/postern/postern/core/naming"
)

// TestFaultsSayWhereAndWhat is one table row per kind of fault: the file, and every line that must be said about it.
func TestFaultsSayWhereAndWhat(t *testing.T) {
	for _, c := range []struct{ says, file, text, want string }{
		{"an unknown key gets a hint", "postern.yaml", "limits: {max_transfer: 5}\n" + small,
			`postern.yaml:1:10: limits.max_transfer: there is no such key; did you mean max_transfers?`},
		{"an unknown key at the top", "postern.yaml", "partner: {}\n" + small,
			`postern.yaml:1:1: partner: there is no such key; did you mean partners?`},
		{"zero is a fault in limits and timers", "postern.yaml", "limits: {max_sessions: 0}\ntimeouts: {idle: 0s, abort: 0}\n" + small,
			`postern.yaml:1:24: limits.max_sessions: 0 is not a whole number from 1 to 2147483647, or none
postern.yaml:2:18: timeouts.idle: "0s" is not a time with its unit, like 30s, 24h or 30d, or none
postern.yaml:2:29: timeouts.abort: 0 is not a time with its unit, like 30s, 24h or 30d, or none`},
		{"a number too large for its unit", "postern.yaml", small + "  OUT: {path: x, max_size: 99999999TiB}\n",
			`postern.yaml:10:28: flows.OUT.max_size: "99999999TiB" is not a size like 4096, 64KiB, 1MiB or 20M, or none`},
		{"a word that is not one of the words", "postern.yaml", small + "  OUT: {path: x, on_exists: replce}\n",
			`postern.yaml:10:29: flows.OUT.on_exists: "replce" is not one of fail, replace, unique; did you mean replace?`},
		{"an unknown key hides nothing else of its thing", "postern.yaml", small + "  OUT: {path: \"../x\", publsh: true, backend: none}\n",
			`postern.yaml:10:15: flows.OUT.path: character 1: the path element .. is not possible
postern.yaml:10:23: flows.OUT.publsh: there is no such key; did you mean publish?
postern.yaml:10:46: flows.OUT.backend: there is no backend "none"`},
		{"a missing key is at the thing that lacks it", "postern.yaml", small + "  OUT: {publish: true}\n",
			`postern.yaml:10:3: flows.OUT.path: is missing`},
		{"a list where text is wanted", "postern.yaml", small + "  OUT: {path: [x]}\n",
			`postern.yaml:10:15: flows.OUT.path: a list is not text (put it in quotes)`},
		{"a key given twice", "postern.yaml", small + "  IN: {path: y}\n",
			`postern.yaml:10:3: flows.IN: is given twice, first in line 9`},
		{"syntax that is not YAML", "postern.yaml", "limits: {max_sessions: 5\nlisteners: 4\n",
			`postern.yaml:1:1: not YAML: did not find expected ',' or '}'`},
		{"a tab", "postern.yaml", "limits:\n\tmax_sessions: 5\n",
			`postern.yaml:2:1: not YAML: found character that cannot start any token; if it is a tab: YAML is indented with blanks`},
		{"a second document", "postern.yaml", small + "---\na: 1\n",
			`postern.yaml:10:1: a second YAML document: one file is one configuration`},
		{"several faults at once, in the order of the file", "postern.yaml", `listeners:
  a: {protocol: pesitt, address: "127.0.0.1"}
  b: {protocol: sftp, address: "127.0.0.1:70000"}
  c: {protocol: {wasm: ./x.wasm, process: [y]}, address: ":1"}
  d: {protocol: pesit, address: ":1", terms: {sync_windw: 8, sync_window: 16, max_entity: 64KiB, resync: 1, compression: [zstd]}}
partners:
  P: {protocols: [pesit], receive: [INN, "X*"]}
  Q: {name: P, password: plain, local_password: ours, protocols: [pesi], default_flow: NO, allow_from: [300.0.0.1], send: [IN]}
  R: {password: "$argon2id$v=19", require: [key], protocols: [pesit], authorized_keys: [nonsense]}
flows:
  IN: {path: "{{.Bogus}", backend: other, fixed: true, compression: [diagonal]}
`, `postern.yaml:2:17: listeners.a.protocol: "pesitt" is no protocol of this server: it speaks pesit; did you mean pesit?
postern.yaml:2:34: listeners.a.address: "127.0.0.1" is no address: write host:port, like 127.0.0.1:1761
postern.yaml:3:3: listeners.b: sftp is spoken inside SSH: say with which host key, ssh: {host_keys: [host_ed25519]}; ssh-keygen -t ed25519 -N '' -f host_ed25519 makes one
postern.yaml:3:17: listeners.b.protocol: "sftp" is no protocol of this server: it speaks pesit
postern.yaml:3:32: listeners.b.address: "70000" is no port: it must be a number from 0 to 65535
postern.yaml:4:7: listeners.c.protocol: has both wasm and process: it can be one of them
postern.yaml:5:33: listeners.d.address: is the address of listener c too
postern.yaml:5:47: listeners.d.terms.sync_windw: pesit has no such term; did you mean sync_window?
postern.yaml:5:75: listeners.d.terms.sync_window: 16 is not a whole number from 0 to 15
postern.yaml:5:91: listeners.d.terms.max_entity: "64KiB" is not a whole number from 256 to 65535, or a size like 64KiB in that range
postern.yaml:5:106: listeners.d.terms.resync: 1 is not true or false
postern.yaml:5:122: listeners.d.terms.compression: "zstd" is not one of horizontal, vertical
postern.yaml:7:3: partners.P: nobody could prove to be this partner: give it a password, authorized_keys or tls_names
postern.yaml:7:37: partners.P.receive[0]: there is no flow "INN"; did you mean IN?
postern.yaml:8:13: partners.Q.name: partner P calls with the name "P" too
postern.yaml:8:26: partners.Q.password: is plain text; make a hash with: postern partner password, or point at it with secret://env/NAME or secret://file/PATH
postern.yaml:8:49: partners.Q.local_password: is plain text; point at it with secret://env/NAME or secret://file/PATH
postern.yaml:8:67: partners.Q.protocols[0]: "pesi" is no protocol of this server; did you mean pesit?
postern.yaml:8:88: partners.Q.default_flow: there is no flow "NO"
postern.yaml:8:105: partners.Q.allow_from[0]: "300.0.0.1" is no network: write 192.0.2.0/24 or 2001:db8::/32, or one address
postern.yaml:9:17: partners.R.password: is no argon2id hash in PHC format ($argon2id$v=19$m=…,t=…,p=…$salt$hash); make a new one with: postern partner password
postern.yaml:9:89: partners.R.authorized_keys[0]: it is no public key: type and key are needed
postern.yaml:11:14: flows.IN.path: ` + templateFault(t) + `
postern.yaml:11:36: flows.IN.backend: there is no backend "other"
postern.yaml:11:50: flows.IN.fixed: needs record_length
postern.yaml:11:70: flows.IN.compression[0]: "diagonal" is not one of horizontal, vertical`},
		{"a password of the wrong kind is not printed", "postern.yaml", "partners: {P: {password: 12345}}\nlisteners: {a: {protocol: pesit, address: ':0'}}",
			`postern.yaml:1:26: partners.P.password: is not text (put it in quotes)`},
		{"hours and time zones", "postern.yaml", "partners: {P: {tls_names: [x], protocols: [pesit], hours: [{from: '6:00', to: '24:01', timezone: Mars/Phobos, days: [monday]}]}}\nlisteners: {a: {protocol: pesit, address: ':0'}}",
			`postern.yaml:1:118: partners.P.hours[0].days[0]: "monday" is not one of mon, tue, wed, thu, fri, sat, sun`},
		{"hours that are no hours", "postern.yaml", "partners: {P: {tls_names: [x], protocols: [pesit], hours: [{from: '6:00', to: '24:01', timezone: Mars/Phobos}]}}\nlisteners: {a: {protocol: pesit, address: ':0'}}",
			`postern.yaml:1:67: partners.P.hours[0].from: "6:00" is no time of day: write HH:MM, from 00:00 to 23:59
postern.yaml:1:79: partners.P.hours[0].to: "24:01" is no time of day: write HH:MM, from 00:00 to 24:00
postern.yaml:1:98: partners.P.hours[0].timezone: "Mars/Phobos" is no time zone: write a name like Europe/Paris`},
		{"backends that do not fit", "postern.yaml", small + "backends: {a: {type: local}, b: {type: memory, root: x}}\n",
			`postern.yaml:9:3: flows.IN.backend: is missing: there are several backends (a, b)
postern.yaml:10:12: backends.a.root: is missing: a local backend needs a folder
postern.yaml:10:54: backends.b.root: a memory backend has no folder`},
		{"names that cannot be names", "postern.yaml", small + "  a/b: {path: x}\n  .hidden: {path: x}\n",
			`postern.yaml:10:3: flows.a/b: a name must not hold /, \, *, ? or control characters
postern.yaml:11:3: flows.".hidden": a name must not begin with a dot`},
		{"a throttle without a time", "postern.yaml", "throttle: {failures: none, ban: none}\n" + small,
			`postern.yaml:1:33: throttle.ban: needs a time; to switch the throttle off, write failures: none`},
		{"a throttle that hardly throttles", "postern.yaml", "throttle: {failures: 1001}\n" + small,
			`postern.yaml:1:22: throttle.failures: must be at most 1000, or none`},
		{"an empty file listens nowhere", "postern.yaml", "",
			`postern.yaml:1:1: listeners: there is none: the server would listen nowhere`},
		{"a file that is no group of keys", "postern.yaml", "[1, 2]", `postern.yaml:1:1: the file must hold a group of keys`},

		{"JSON: all at once", "postern.json", `{
  "limits": {"max_sessions": 0, "max_sesions": 5},
  "limits": {},
  "listeners": {"é": {"protocol": "pesit", "addres": ":0"}}
}`, `postern.json:2:30: limits.max_sessions: 0 is not a whole number from 1 to 2147483647, or none
postern.json:2:33: limits.max_sesions: there is no such key; did you mean max_sessions?
postern.json:3:3: limits: is given twice, first in line 2
postern.json:4:17: listeners.é.address: is missing
postern.json:4:44: listeners.é.addres: there is no such key; did you mean address?`},
		{"JSON: syntax", "postern.json", "{\n  \"limits\": ]\n}", `postern.json:2:13: not JSON: invalid character ']' looking for beginning of value`},
		{"TOML: all at once", "postern.toml", `data_dir = 5
[limits]
max_sessions = 0
max_sesions = 5
[listeners.pesit]
protocol = "pesit"
terms = { sync_window = 99, compression = ["horizontal", "x"] }
[[partners.PARIS.hours]]
from = "00:00"
`, `postern.toml:1:12: data_dir: 5 is not text (put it in quotes)
postern.toml:3:16: limits.max_sessions: 0 is not a whole number from 1 to 2147483647, or none
postern.toml:4:1: limits.max_sesions: there is no such key; did you mean max_sessions?
postern.toml:5:12: listeners.pesit.address: is missing
postern.toml:8:18: partners.PARIS.hours[0].to: is missing`},
		{"TOML: keys given twice", "postern.toml", "[limits]\nmax_sessions = 5\nmax_sessions = 6\n[limits]\n",
			`postern.toml:3:1: limits.max_sessions: is given twice, first in line 2
postern.toml:4:2: limits: is given twice, first in line 1`},
		{"TOML: syntax", "postern.toml", "[limits\nx = 5\n", `postern.toml:1:8: not TOML: expected character ]`},
	} {
		t.Run(c.says, func(t *testing.T) {
			_, err := load(t, c.file, c.text)
			wantFaults(t, err, c.want)
		})
	}
}

func TestTLSFilesAreReadWhenTheConfigurationIsChecked(t *testing.T) {
	path := write(t, "postern.yaml", `listeners:
  a: {protocol: pesit, address: ":0", tls: {cert: server.pem, key: none.key, client_ca: none.pem}}
  b: {protocol: pesit, address: ":0", tls: {cert: none.pem, key: server.key, client_auth: request}}
  c: {protocol: pesit, address: ":0", tls: {cert: server.key, key: server.key}}
  d: {protocol: pesit, address: ":0", ssh: {host_keys: [k]}}
`)
	writeCertificate(t)
	_, err := Load(Options{Path: path, Protocols: protocols()})
	here, _ := os.Getwd()
	wantFaults(t, err,
		`postern.yaml:2:68: listeners.a.tls.key: open `+here+`/none.key: no such file or directory`,
		`postern.yaml:2:89: listeners.a.tls.client_ca: open `+here+`/none.pem: no such file or directory`,
		`postern.yaml:3:51: listeners.b.tls.cert: open `+here+`/none.pem: no such file or directory`,
		`postern.yaml:3:91: listeners.b.tls.client_auth: request needs client_ca, the authorities of client certificates`,
		`postern.yaml:4:51: listeners.c.tls.cert: tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched`,
		`postern.yaml:5:39: listeners.d.ssh: bears sftp and nothing else: this listener speaks pesit`,
		`postern.yaml:5:57: listeners.d.ssh.host_keys[0]: stat `+here+`/k: no such file or directory; ssh-keygen -t ed25519 -N '' -f `+here+`/k makes one`)
}

func TestAFileThatOthersCanWriteIsRefused(t *testing.T) {
	path := write(t, "postern.yaml", small)
	for mode, fine := range map[os.FileMode]bool{0o600: true, 0o644: true, 0o664: false, 0o602: false} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := Load(Options{Path: path, Protocols: protocols()})
		if (err == nil) != fine {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	if err := os.Chmod(path, 0o664); err != nil {
		t.Fatal(err)
	}
	_, err := Load(Options{Path: path, Protocols: protocols()})
	wantFaults(t, err, "postern.yaml: can be written by others (mode 0664); run: chmod go-w postern.yaml")
}

func TestAFileThatIsNotThereIsTold(t *testing.T) {
	if _, err := Load(Options{Path: "none.yaml"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error: %v", err)
	}
	_, err := Load(Options{Path: "postern.ini"})
	wantFaults(t, err, `postern.ini: ".ini" is no ending of a configuration file: it must be .yaml, .yml, .toml or .json`)
}

// templateFault is what the template's own package says.
func templateFault(t *testing.T) string {
	t.Helper()
	_, err := naming.Parse("{{.Bogus}")
	if err == nil {
		t.Fatal("the template has no fault")
	}
	return err.Error()
}
