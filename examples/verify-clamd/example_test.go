package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// scan has a scanner look at a file, as the settings say.
func scan(t *testing.T, address, timeout string, file io.Reader, size int64) (string, error) {
	t.Helper()
	config := `{"address":"` + address + `"`
	if timeout != "" {
		config += `,"timeout":"` + timeout + `"`
	}
	s, err := parse([]byte(config + `}`))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := s.within(t.Context())
	defer cancel()
	return s.scan(ctx, file, size)
}

func TestTheWholeFileIsScanned(t *testing.T) {
	s := &standIn{answer: func(sent string) string {
		if len(sent) != 200_000 || strings.Trim(sent, "x") != "" {
			return "stream: Wrong FOUND"
		}
		return scanner(sent)
	}}
	file := strings.Repeat("x", 200_000)
	if found, err := scan(t, "tcp:"+s.start(t), "", iotest.HalfReader(strings.NewReader(file)), int64(len(file))); found != "" || err != nil {
		t.Errorf("found %q, %v", found, err)
	}
}

func TestWhatIsFoundIsNamed(t *testing.T) {
	s := &standIn{answer: scanner}
	if found, err := scan(t, "tcp:"+s.start(t), "", strings.NewReader(eicar), int64(len(eicar))); found != "Eicar-Test" || err != nil {
		t.Errorf("found %q, %v", found, err)
	}
}

func TestEveryOtherEndIsAFailure(t *testing.T) {
	always := func(answer string) *standIn { return &standIn{answer: func(string) string { return answer }} }
	large := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		scanner *standIn
		file    io.Reader
		size    int64
	}{
		"it hangs up":                {always(""), strings.NewReader("a"), 1},
		"an error":                   {always("stream: Can't allocate memory ERROR"), strings.NewReader("a"), 1},
		"garbage":                    {always("stream: OKAY"), strings.NewReader("a"), 1},
		"an answer to another":       {always("OK"), strings.NewReader("a"), 1},
		"a name without a name":      {always("stream:  FOUND"), strings.NewReader("a"), 1},
		"an endless answer":          {always(strings.Repeat("stream: OK", 1000)), strings.NewReader("a"), 1},
		"the file is too large":      {&standIn{answer: scanner, limit: 100_000}, strings.NewReader(large), 1 << 20},
		"the file is cut":            {always("stream: OK"), strings.NewReader("a"), 2},
		"the file cannot be read":    {always("stream: OK"), io.MultiReader(strings.NewReader("a"), iotest.ErrReader(errors.New("no"))), 2},
		"it does not answer in time": {&standIn{answer: scanner, hold: true}, strings.NewReader("a"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			found, err := scan(t, "tcp:"+c.scanner.start(t), "500ms", c.file, c.size)
			if err == nil || found != "" {
				t.Errorf("found %q, %v", found, err)
			}
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
	if _, err := scan(t, "unix:"+t.TempDir()+"/none", "", strings.NewReader("a"), 1); err == nil {
		t.Error("nobody listens, and the file passes")
	}
}

func TestBadSettingsAreAFailure(t *testing.T) {
	for _, config := range []string{``, `{}`, `{"address":"/run/clamd"}`, `{"address":"udp:1"}`, `{"address":"tcp:127.0.0.1:1","timeout":"soon"}`,
		`{"address":"tcp:127.0.0.1:1","timeout":"-1s"}`} {
		if _, err := parse([]byte(config)); err == nil {
			t.Errorf("%s is taken", config)
		}
	}
}
