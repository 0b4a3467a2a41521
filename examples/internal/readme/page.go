package readme

import (
	"net"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced block of a page.
type block struct{ lang, file, text string }

func blocks(page string) (out []block) {
	in := false
	for line := range strings.SplitSeq(page, "\n") {
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && in:
			in = false
		case fence:
			in = true
			b := block{}
			for i, word := range strings.Fields(info) {
				if file, ok := strings.CutPrefix(word, "file="); ok {
					b.file = file
				} else if i == 0 {
					b.lang = word
				}
			}
			out = append(out, b)
		case in:
			out[len(out)-1].text += line + "\n"
		}
	}
	return out
}

// command is one command of a console block with what it is to print.
type command struct {
	text string
	want []string
}

func commands(text string) (out []command) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		text, ok := strings.CutPrefix(lines[i], "$ ")
		if !ok {
			if len(out) > 0 {
				out[len(out)-1].want = append(out[len(out)-1].want, lines[i])
			}
			continue
		}
		for strings.HasSuffix(text, `\`) && i+1 < len(lines) {
			i++
			text += "\n" + lines[i]
		}
		out = append(out, command{text: text})
	}
	return out
}

var blanks = regexp.MustCompile(`\s+`)

// expectation is what a command is to print. Blanks are loose.
func expectation(want []string) *regexp.Regexp {
	var p strings.Builder
	p.WriteString(`(?s)^`)
	for _, line := range want {
		switch line = strings.TrimSpace(line); line {
		case "":
		case "...":
			p.WriteString(`(?:.*\n)??\s*(?:.*?)`)
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

var loopback = regexp.MustCompile(`127\.0\.0\.1[: ]17[0-9][0-9]\b`)

// ports are the addresses of a page with those that stand for them.
type ports struct{ free, page map[string]string }

func newPorts(true map[string]string) *ports {
	p := &ports{free: map[string]string{}, page: map[string]string{}}
	for page, at := range true {
		p.free[page], p.page[at] = at, page
	}
	return p
}

func (p *ports) there(t testing.TB, text string) string {
	return loopback.ReplaceAllStringFunc(text, func(found string) string {
		a := strings.Replace(found, " ", ":", 1) // as nc takes it
		if p.free[a] == "" {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			p.free[a], p.page[l.Addr().String()] = l.Addr().String(), a
			l.Close()
		}
		return strings.Replace(p.free[a], ":", found[len("127.0.0.1"):][:1], 1)
	})
}

func (p *ports) home(text string) string {
	for free, page := range p.page {
		text = strings.ReplaceAll(text, free, page)
	}
	return text
}
