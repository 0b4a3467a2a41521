package docs_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// TestEveryExampleRuns plays the console blocks of each page in a folder of its own, in their order. A line that begins
// with "$ " is a command, the lines after it are what it prints: "..." alone stands for any lines, within a line for any
// text. A command must end with status 0; "; echo status $?" shows another one. A server in the background (&) runs to
// the end of the page or to a "kill". A block with file=NAME is written to that file first. With needs=TOOL the rest of
// the page is skipped where the tool is missing, with slow under the race detector; with program=scan a program that
// works is exits/scan from there on.
func TestEveryExampleRuns(t *testing.T) {
	for _, page := range pages(t) {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			var sh *shell
			for _, b := range blocks(t, page) {
				if b.lang != "console" && b.file() == "" {
					continue
				}
				if sh == nil {
					sh = newShell(t)
				}
				b.needs(t)
				sh.program(b)
				if b.lang == "console" {
					sh.play(page, b)
				} else {
					sh.write(b)
				}
			}
		})
	}
}

// command is one command of a console block with what it is to print.
type command struct {
	text string
	want []string
	line int
}

func commands(b block) (out []command) {
	lines := strings.Split(strings.TrimSuffix(b.text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		text, ok := strings.CutPrefix(lines[i], "$ ")
		if !ok {
			if len(out) > 0 {
				out[len(out)-1].want = append(out[len(out)-1].want, lines[i])
			}
			continue
		}
		c := command{text: text, line: b.line + i}
		for strings.HasSuffix(c.text, `\`) && i+1 < len(lines) {
			i++
			c.text += "\n" + lines[i]
		}
		out = append(out, c)
	}
	return out
}

// shell is the folder, the environment and the servers of one page.
type shell struct {
	*testing.T
	dir      string
	env      []string
	password string            // that init has shown last
	ports    map[string]string // of the page to free ones
	back     map[string]string
	servers  []*server
}

func newShell(t *testing.T) *shell {
	t.Helper()
	dir, err := os.MkdirTemp("", "pd-") // short: sockets lie in it
	if err != nil {
		t.Fatal(err)
	}
	sh := &shell{T: t, dir: dir, ports: map[string]string{}, back: map[string]string{}}
	t.Cleanup(func() {
		for _, s := range sh.servers {
			s.stop(t)
		}
		os.RemoveAll(dir)
	})
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); !strings.HasPrefix(name, "POSTERN_") && name != "PATH" && name != "HOME" && !strings.HasPrefix(name, "XDG_") {
			sh.env = append(sh.env, e)
		}
	}
	sh.env = append(sh.env, "PATH="+filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+dir,
		"TZ=UTC", "NO_COLOR=1", "GOCACHE="+goCache(t), "PARIS_PW=sesame12", "OUR_PW=opensesa", "S3_SECRET=open-the-store")
	writeCertificates(t, dir)
	writeExits(t, dir)
	return sh
}

func (sh *shell) write(b block) {
	sh.Helper()
	name := filepath.Join(sh.dir, filepath.FromSlash(b.file()))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		sh.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(sh.there(b.text)), 0o600); err != nil {
		sh.Fatal(err)
	}
}

var assignment = regexp.MustCompile(`^export ([A-Za-z_]+)=(\S+)`)

func (sh *shell) play(page string, b block) {
	sh.Helper()
	for _, c := range commands(b) {
		place := fmt.Sprintf("%s:%d", page, c.line)
		text := sh.there(c.text)
		switch set := assignment.FindStringSubmatch(text); {
		case set != nil && set[2] == "...":
			sh.env = append(sh.env, set[1]+"="+sh.password)
		case set != nil:
			sh.env = append(sh.env, set[1]+"="+strings.Trim(set[2], `'"`))
		case strings.HasPrefix(text, "kill "):
			sh.kill(place, text)
		case strings.HasSuffix(text, "&"):
			sh.compare(place, c, sh.start(place, strings.TrimSuffix(text, "&")))
		default:
			sh.compare(place, c, sh.run(place, text))
		}
		sh.portsInFiles()
	}
}

// compare fails when the output is not what the page says, loosely: blanks and ... stand for any.
func (sh *shell) compare(place string, c command, got string) {
	sh.Helper()
	if m := shown.FindStringSubmatch(got); m != nil {
		sh.password = m[1]
	}
	got = strings.TrimSpace(sh.home(got))
	if pattern := expectation(c.want); !pattern.MatchString(got) {
		sh.Errorf("%s: $ %s\nprints\n%s\nbut the page says\n%s", place, c.text, got, strings.Join(c.want, "\n"))
	}
}

var (
	shown  = regexp.MustCompile(`with the password (\S+)`)
	blanks = regexp.MustCompile(`\s+`)
)

func expectation(want []string) *regexp.Regexp {
	var p strings.Builder
	p.WriteString(`(?s)^`)
	for _, line := range want {
		switch line = strings.TrimSpace(line); line {
		case "":
		case "...":
			p.WriteString(`(?:.*\n)??\s*`) // any lines
			p.WriteString(`(?:.*?)`)
		default:
			for i, word := range strings.Split(line, "...") {
				if i > 0 {
					p.WriteString(`[^\n]*?`)
				}
				p.WriteString(blanks.ReplaceAllString(regexp.QuoteMeta(word), `[ \t]+`))
			}
			p.WriteString(`[ \t]*(?:\n\s*|$)`)
		}
	}
	p.WriteString(`$`)
	return regexp.MustCompile(p.String())
}

var loopback = regexp.MustCompile(`127\.0\.0\.1:17[0-9][0-9]\b`)

// there puts free ports in the place of those of the page; home puts those of the page back.
func (sh *shell) there(text string) string {
	return loopback.ReplaceAllStringFunc(text, func(a string) string {
		if sh.ports[a] == "" {
			sh.ports[a] = freeAddress(sh.T)
			sh.back[sh.ports[a]] = a
		}
		return sh.ports[a]
	})
}

func (sh *shell) home(text string) string {
	for free, page := range sh.back {
		text = strings.ReplaceAll(text, free, page)
	}
	return strings.ReplaceAll(text, sh.dir, "/srv/postern")
}

// portsInFiles gives free ports to a configuration that a command has just written.
func (sh *shell) portsInFiles() {
	sh.Helper()
	files, err := filepath.Glob(filepath.Join(sh.dir, "*.yaml"))
	if err != nil {
		sh.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			sh.Fatal(err)
		}
		if text := sh.there(string(b)); text != string(b) {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				sh.Fatal(err)
			}
		}
	}
}

// ports counts the ports that were tried, from a random one on, so that no two pages try the same.
var ports = func() *atomic.Uint32 {
	n := &atomic.Uint32{}
	n.Store(rand.Uint32N(10000))
	return n
}()

// freeAddress finds a port that nobody listens at, below those that systems give out by themselves: a test elsewhere that
// asks for any port does not get it before the server does.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+ports.Add(1)%10000))
		if err != nil {
			continue
		}
		defer l.Close()
		return l.Addr().String()
	}
	t.Fatal("no port is free")
	return ""
}

func TestExpectationsAreLooseButNotBlind(t *testing.T) {
	for _, c := range []struct {
		want, got string
		ok        bool
	}{
		{"a  b", "a b", true}, {"a b", "a c", false}, {"ready pesit=...", "ready pesit=127.0.0.1:1", true},
		{"a\n...\nz", "a\nb\nc\nz", true}, {"a\n...\nz", "a\nz", true}, {"a\n...", "a", true}, {"a\n...\nz", "a\nb", false},
		{"a", "a\nb", false}, {"...\nb", "a\nb", true}, {"", "", true}, {"", "a", false}, {"...", "", true},
		{"x...y", "x\ny", false}, {"ready", "not ready", false},
	} {
		if ok := expectation(strings.Split(c.want, "\n")).MatchString(c.got); ok != c.ok {
			t.Errorf("%q for %q: %v, want %v", c.got, c.want, ok, c.ok)
		}
	}
}
