package requester_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/postern/postern/core/requester"
	"github.com/postern/postern/sdk"
)

// against plays a server of the line protocol that says what a script says, and lets f call it. A line of the script is
//
//	< PATTERN    the server gets that line; * stands for anything
//	<< "RAW"     it gets these bytes
//	> TEXT       it says a line
//	>> "RAW"     it says these bytes
//	hangs up     it closes the connection
//	silent       it says nothing more, and reads until the caller hangs up
func against(t *testing.T, script string, f func(t *testing.T, h *house, c *requester.Call)) {
	t.Helper()
	againstIn(t, t.TempDir(), script, f)
}

// againstIn is against with a folder of contexts that outlives the bubble: a second call goes on with what the first left.
func againstIn(t *testing.T, dir, script string, f func(t *testing.T, h *house, c *requester.Call)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := lineHouse(t)
		var err error
		if h.contexts, err = requester.OpenContexts(dir); err != nil {
			t.Fatal(err)
		}
		near, far := net.Pipe()
		defer far.Close()
		played := make(chan error, 1)
		go func() {
			defer near.Close()
			played <- play(near, "< HELLO PARIS secret *\n> WELCOME secret=ours\n"+script)
		}()
		c, err := requester.Open(t.Context(), h.options(far))
		if err != nil {
			t.Fatal(err)
		}
		f(t, h, c)
		c.Close(t.Context())
		if err := <-played; err != nil {
			t.Errorf("the server: %v", err)
		}
		if n := h.pool.InUse(); n != 0 {
			t.Errorf("the caller still holds %d buffers", n)
		}
	})
}

func play(c net.Conn, script string) error {
	in := bufio.NewReader(c)
	for n, line := range strings.Split(strings.TrimSpace(script), "\n") {
		verb, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
		if verb == "hangs" {
			return c.Close()
		}
		if err := step(c, in, verb, arg); err != nil {
			return fmt.Errorf("line %d, %s: %w", n-1, strings.TrimSpace(line), err)
		}
	}
	_, err := io.Copy(io.Discard, in)
	return err
}

func step(c net.Conn, in *bufio.Reader, verb, arg string) error {
	switch verb {
	case "<":
		got, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		expr := "^" + strings.ReplaceAll(regexp.QuoteMeta(arg), `\*`, ".*") + "\n$"
		if !regexp.MustCompile(expr).MatchString(got) {
			return fmt.Errorf("got %q", got)
		}
	case "<<", ">>":
		raw, err := strconv.Unquote(arg)
		if err != nil {
			return err
		}
		if verb == ">>" {
			_, err = io.WriteString(c, raw)
			return err
		}
		got := make([]byte, len(raw))
		if _, err := io.ReadFull(in, got); err != nil || string(got) != raw {
			return fmt.Errorf("got %q: %w", got, err)
		}
	case ">":
		_, err := io.WriteString(c, arg+"\n")
		return err
	case "silent", "":
	default:
		return fmt.Errorf("no such step")
	}
	return nil
}

const (
	putBegins = `
		< PUT IN *
		> GRANT
		< BEGIN none
		> START 0
		`
	getBegins = `
		< GET OUT
		> GRANT number=9 file=data.txt
		< BEGIN 0
		> START 0
		`
	ends = `
		< LEAVE*
		> LEFT
		< BYE
		> GOODBYE`
)

// wants is what an error should be.
type wants struct {
	code        sdk.Code
	interrupted bool
	contexts    int
}

func (w wants) check(t *testing.T, h *house, err error) {
	t.Helper()
	var cut *requester.Interrupted
	is := asInterrupted(err, &cut)
	if sdk.CodeOf(err) != w.code || is != w.interrupted || len(h.kept()) != w.contexts {
		t.Errorf("interrupted %t with %d contexts: %v", is, len(h.kept()), err)
	}
}

// silent is a server that only listens.
func silent(t *testing.T) net.Conn {
	near, far := net.Pipe()
	go func() {
		_, _ = io.Copy(io.Discard, near)
		near.Close()
	}()
	t.Cleanup(func() { far.Close() })
	return far
}
