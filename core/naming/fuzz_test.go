package naming

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"in/{{.Partner}}/{{.File}}-{{.ID}}", `{{date "20060102"}}`, "{{.Var.x}}", "../a", "{{if}}",
		"a{{", "}}", `{{date "2006\`, "{{.File | x}}", "\xff", ".{{.ID}}", "a//{{.ID}}"} {
		f.Add(s)
	}
	good := values()
	good.Label = "L"
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		var fault *Error
		if err != nil {
			if !errors.As(err, &fault) || fault.Offset < 0 || fault.Offset > len(text) || fault.Problem == "" {
				t.Fatalf("the error of %q is %#v", text, err)
			}
			_ = fault.Error()
			return
		}
		good.Var = map[string]string{}
		for _, v := range p.Variables() {
			good.Var[strings.TrimPrefix(v, varPrefix)] = "v"
		}
		path, err := p.Expand(good)
		if err != nil && !long(text) {
			t.Fatalf("%q was accepted and does not expand: %v", text, err)
		}
		if err == nil && sdk.CheckPath(path) != nil {
			t.Fatalf("%q gave %q", text, path)
		}
	})
}

// long reports whether good values may make a path too long.
func long(text string) bool {
	return len(text) > 200
}

func FuzzExpand(f *testing.F) {
	for _, s := range []string{"a", "..", "a/b", `a\b`, "\x00", ".x", "\xc0\xae", "\u202e", " ", "x/../../y"} {
		f.Add(s, "PARIS", int64(0))
	}
	p, err := Parse(`in/{{.Partner}}/{{date "20060102"}}/{{.File}}-{{.ID}}`)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, file, partner string, at int64) {
		path, err := p.Expand(Values{File: file, Partner: partner, ID: "id", Time: time.Unix(at%(1<<36), 0).UTC()})
		if err != nil {
			if sdk.CodeOf(err) != sdk.FileName || path != "" {
				t.Fatalf("the refusal is %v with path %q", err, path)
			}
			return
		}
		elements := strings.Split(path, "/")
		if len(elements) != 4 || elements[0] != "in" || elements[1] != partner || elements[3] != file+"-id" {
			t.Fatalf("partner %q and file %q gave %q", partner, file, path)
		}
	})
}
