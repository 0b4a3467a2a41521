// Package readme runs the README of an example as it is written: files are laid down, a real server is started, files are
// transferred. It is for the tests of examples only.
//
// A line of a console block that begins with "$ " is a command, the lines behind it are what it prints: "..." alone stands for
// any lines, within a line for any text. A command must end with status 0; "; echo status $?" shows another one. A server in
// the background (&) runs to the end of the page or to "kill %1". A block with file=NAME is written to that file. Ports
// 127.0.0.1:17xx stand for free ones.
package readme

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk/sdktest/toolchain"
)

const patience = 2 * time.Minute

// Page is a README that is run, with the folder that it runs in.
type Page struct {
	Dir     string // a copy of the example, built
	Env     []string
	ports   *ports
	servers []*server
}

// Open builds the server and, in a copy, the example in the test's folder. A port 127.0.0.1:17xx of the page that somebody of the
// test listens at is given with its true address.
func Open(t testing.TB, true map[string]string) *Page {
	t.Helper()
	p := &Page{Dir: toolchain.Make(t, "."), ports: newPorts(true)}
	bin := t.TempDir()
	if _, err := toolchain.Program(bin, "github.com/postern/postern/cmd/postern", false); err != nil {
		t.Fatal(err)
	}
	for _, e := range toolchain.Env() {
		name, value, _ := strings.Cut(e, "=")
		switch {
		case strings.HasPrefix(name, "POSTERN_"), strings.HasPrefix(name, "XDG_STATE"):
		case name == "PATH":
			p.Env = append(p.Env, "PATH="+bin+string(os.PathListSeparator)+value)
		default:
			p.Env = append(p.Env, e)
		}
	}
	p.Env = append(p.Env, "XDG_STATE_HOME="+t.TempDir(), "NO_COLOR=1", "TZ=UTC")
	t.Cleanup(func() {
		for _, s := range p.servers {
			s.stop(t)
		}
	})
	return p
}

// Play runs every block of the README.
func (p *Page) Play(t testing.TB) {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	p.movePorts(t)
	for _, b := range blocks(string(text)) {
		switch {
		case b.file != "":
			if err := os.WriteFile(filepath.Join(p.Dir, b.file), []byte(p.ports.there(t, b.text)), 0o600); err != nil {
				t.Fatal(err)
			}
		case b.lang == "console":
			for _, c := range commands(b.text) {
				p.play(t, c)
			}
		}
	}
}

// movePorts gives the example's own configuration free ports.
func (p *Page) movePorts(t testing.TB) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(p.Dir, "*.yaml")) // the pattern is a good one
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(name, []byte(p.ports.there(t, string(b))), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

var export = regexp.MustCompile(`^export ([A-Za-z_]+)=(\S+)$`)

func (p *Page) play(t testing.TB, c command) {
	t.Helper()
	text := p.ports.there(t, c.text)
	set := export.FindStringSubmatch(text)
	var got string
	switch {
	case set != nil:
		p.Env = append(p.Env, set[1]+"="+set[2])
	case text == "kill %1" && len(p.servers) > 0:
		p.servers[len(p.servers)-1].stop(t)
	case strings.HasSuffix(text, "&"):
		got = p.start(t, strings.TrimSuffix(text, "&"))
	default:
		got = p.run(t, text)
	}
	if got = strings.TrimSpace(p.ports.home(got)); !expectation(c.want).MatchString(got) {
		t.Errorf("$ %s\nprints\n%s\nbut the page says\n%s%s", c.text, got, strings.Join(c.want, "\n"), p.logs())
	}
}

func (p *Page) logs() string {
	out := ""
	for _, s := range p.servers {
		out += "\nthe server says\n" + s.out.String()
	}
	return out
}

func (p *Page) run(t testing.TB, text string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", text)
	cmd.Dir, cmd.Env, cmd.WaitDelay = p.Dir, p.Env, time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("$ %s: %v\n%s%s", text, err, out, p.logs())
	}
	return string(out)
}
