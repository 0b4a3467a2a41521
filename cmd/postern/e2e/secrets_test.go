package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

// Every secret of the test begins with the same letters, so that one search finds all of them.
const canary = "qZx7W"

var canaries = map[string]string{"PARIS_PW": canary + "env", "OUR_PW": canary + "our", "EXIT_TOKEN": canary + "-exit-token", "HEADER": canary + "-header", "WRONG": canary + "wng", "ROME_PW": canary + "hsh"}

const filed = canary + "fil" // LYON's, in a file

// secretive is a configuration with a secret wherever one may stand. more goes to the end of the partners.
func secretive(more string) string {
	return strings.Replace(basics, "level: info", "level: debug", 1) + quick + `
listeners: {p: {protocol: pesit, address: "127.0.0.1:0"}}
partners:
  PARIS: {protocols: [pesit], password: "secret://env/PARIS_PW", local_password: "secret://env/OUR_PW", receive: ["*"], send: ["*"], messages: true}
  LYON:  {protocols: [pesit], password: "secret://file/lyon.pw", local_password: "secret://env/OUR_PW", receive: ["*"], send: ["*"]}
  ROME:  {protocols: [pesit], password: "secret://file/rome.pw", receive: ["*"]}
` + more + `
exits:
  vet: {wasm: ./vet.wasm, config: {token: "secret://env/EXIT_TOKEN"}, grants: {secrets: [password, stored], http: ["https://ldap.example.org"], headers: {"https://ldap.example.org": {Authorization: "secret://env/HEADER"}}}}
points: {authorize: [vet, grants]}
flows:
  IN:  {path: "in/{{.File}}-{{.ID}}"}
  OUT: {path: "out/{{.File}}-{{.ID}}"}
`
}

// keeper runs verbs and keeps all that they say.
type keeper struct {
	*server
	heard bytes.Buffer
}

func (k *keeper) hear(args ...string) (status int) {
	out, errs, status := k.try(args...)
	fmt.Fprintf(&k.heard, "$ postern %s\n%s%s", strings.Join(args, " "), out, errs)
	return status
}

func (k *keeper) must(want int, args ...string) {
	k.Helper()
	if got := k.hear(args...); got != want {
		all := k.heard.String()
		k.Errorf("status %d, want %d: %s", got, want, all[strings.LastIndex(all, "$ postern"):])
	}
}

// find looks for a canary in any clothes.
func find(b []byte) string {
	clothes := [][]byte{[]byte(canary), []byte(hex.EncodeToString([]byte(canary))), []byte(strings.ToUpper(hex.EncodeToString([]byte(canary)))), {0x98, 0xE9, 0xA7, 0xF7, 0xE6}} // EBCDIC
	for shift := range 3 {
		code := base64.StdEncoding.EncodeToString(append(bytes.Repeat([]byte{0}, shift), canary...))
		from, until := (8*shift+5)/6, 8*(shift+len(canary))/6 // the characters that hold nothing else
		clothes = append(clothes, []byte(code[from:until]))
	}
	for _, c := range clothes {
		if at := bytes.Index(b, c); at >= 0 {
			return string(b[max(0, at-60):min(len(b), at+40)])
		}
	}
	return ""
}

func TestNoSecretIsLeftAnywhere(t *testing.T) {
	module, err := os.ReadFile("../../../docs/testdata/vet.wasm")
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range canaries {
		t.Setenv(name, value)
	}
	t.Setenv("GOTRACEBACK", "all")
	k := &keeper{server: prepare(t, secretive(""))}
	hash := exec.Command(postern, "partner", "password")
	hash.Stdin = strings.NewReader(canaries["ROME_PW"] + "\n")
	out, err := hash.Output()
	if err != nil {
		t.Fatal(err)
	}
	k.write("lyon.pw", filed)
	k.write("rome.pw", strings.TrimSpace(string(out)))
	k.write("vet.wasm", string(module))
	k.write("hello.txt", "hello")
	k.faults()
	k.runWith("--record", "recorded")
	k.calls()
	k.write("lyon.pw", canary+"chg")
	k.configure(secretive("  NICE: {template: true}"))
	k.hear("reload")
	k.configure(secretive("  BAD: {password: " + canary + "plain}"))
	k.must(2, "reload")
	k.verbs()
	k.crash()
	k.search(strings.TrimSpace(string(out)))
}

// runWith starts the server with more flags.
func (k *keeper) runWith(flags ...string) { k.Helper(); k.extra = flags; k.run(); k.extra = nil }

// faults are configurations that cannot be: their messages must not show what is wrong in plain.
func (k *keeper) faults() {
	for _, bad := range []string{
		`X: {protocols: [pesit], password: ` + canary + `plain}`,
		`X: {protocols: [pesit], password: "$argon2id$` + canary + `"}`,
		`X: {protocols: [pesit], local_password: ` + canary + `plain}`,
		`X: {protocols: [pesit], password: ["` + canary + `"]}`,
		`X: {protocols: [pesit], password: {a: ` + canary + `}}`,
	} {
		k.configure(secretive("  " + bad))
		k.must(2, "config", "check")
		k.hear("serve")
	}
	k.configure(secretive(""))
	k.hear("config", "check", "--set", "partners.PARIS.password="+canary+"set")
	all := k.heard.String() // the command line itself is the user's own
	k.heard.Reset()
	k.heard.WriteString(strings.ReplaceAll(all, "--set partners.PARIS.password="+canary+"set", ""))
}

// calls are logins that go well and that do not, transfers that do and that do not, and an end in the middle.
func (k *keeper) calls() {
	k.Helper()
	state := []string{"--to", k.address["p"], "--state", filepath.Join(k.dir, "state")}
	send := func(want int, partner, env string, more ...string) {
		k.must(want, append(append([]string{"send", "--as", partner, "--password-env", env, "--flow", "IN"}, state...), more...)...)
	}
	k.Setenv("LYON_PW", filed)
	send(0, "PARIS", "PARIS_PW", "--server-password-env", "OUR_PW", "--trace", "hello.txt")
	send(0, "LYON", "LYON_PW", "--trace", "--preconnect", "hello.txt")
	send(0, "ROME", "ROME_PW", "-o", "json", "hello.txt")
	send(3, "PARIS", "WRONG", "--trace", "hello.txt")
	send(3, "NOBODY", "PARIS_PW", "hello.txt")
	send(1, "PARIS", "PARIS_PW", "--server-password-env", "WRONG", "hello.txt")
	p := k.call(peer.Hello{Name: "PARIS", Password: canaries["PARIS_PW"], Access: 2, Interval: 1, Window: 1})
	p.writing(peer.File{Name: "IN", Number: 9, Format: 0x80})
	p.ok(p.Article([]byte("half")))
	p.Close()
	d := k.dial() // a password where none is due, and a changed one
	_, _ = d.Connect(peer.Hello{Name: "PARIS", Password: canaries["PARIS_PW"] + canary + "new"})
	d.Close()
}

// verbs tell everything that they know.
func (k *keeper) verbs() {
	k.Helper()
	k.configure(secretive(""))
	for _, v := range [][]string{{"config", "show"}, {"config", "show", "--origins"}, {"config", "show", "-o", "json"}, {"config", "schema"}, {"config", "check"}, {"status"}, {"partner", "list"},
		{"catalog", "list"}, {"refusals", "list"}, {"plugin", "list"}, {"partner", "disable", "ROME"}} {
		k.must(0, v...)
	}
	k.hear("catalog", "check", "--digest")
	for _, e := range k.entries() {
		k.must(0, "catalog", "show", e.ID)
		k.must(0, "catalog", "explain", e.ID, "-o", "json")
	}
}

// crash makes the server die with the stacks of all goroutines, while a partner is in.
func (k *keeper) crash() {
	k.Helper()
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", k.cmd.Process.Pid))
	if err == nil && !strings.Contains(strings.Join(strings.Fields(string(limits)), " "), "Max core file size 0 0 bytes") {
		k.Errorf("a crash would leave a core dump:\n%s", limits)
	}
	k.call(peer.Hello{Name: "PARIS", Password: canaries["PARIS_PW"], Access: 2})
	k.signal(syscall.SIGQUIT)
	k.exited(30 * time.Second)
	if !strings.Contains(k.said.String(), "goroutine 1 ") {
		k.Error("the server left no stacks: nothing was tried")
	}
}

// search looks through everything that is there now.
func (k *keeper) search(hash string) {
	k.Helper()
	look := func(what string, b []byte) {
		if bad := find(b); bad != "" {
			k.Errorf("%s has a secret: %q", what, bad)
		}
		if bytes.Contains(b, []byte(hash)) {
			k.Errorf("%s has the hash of a password", what)
		}
	}
	look("what the server said", []byte(k.said.String()))
	look("what the verbs said", k.heard.Bytes())
	files := 0
	err := filepath.WalkDir(k.dir, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(k.dir, path)
		if err != nil || !d.Type().IsRegular() || name == "lyon.pw" || name == "rome.pw" || name == "postern.yaml" {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		look(name, b)
		return err
	})
	recorded, _ := filepath.Glob(filepath.Join(k.dir, "recorded", "*.json"))
	if err != nil || files < 5 || len(recorded) == 0 {
		k.Errorf("only %d files and %d recorded decisions were searched: %v", files, len(recorded), err)
	}
}

func TestTheSearchForSecretsFindsThemInAnyClothes(t *testing.T) {
	for shift := range 3 {
		in := append(bytes.Repeat([]byte("a"), shift), canary+"secret"...)
		for _, b := range [][]byte{in, []byte(base64.StdEncoding.EncodeToString(in)), []byte(hex.EncodeToString(in))} {
			if find(b) == "" {
				t.Errorf("%q is not found in %q", canary, b)
			}
		}
	}
}
