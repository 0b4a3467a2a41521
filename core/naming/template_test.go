package naming

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

var when = time.Date(2026, 3, 9, 7, 8, 9, 0, time.UTC)

func values() Values {
	return Values{Partner: "PARIS", Group: "eu", Flow: "INVOICES", File: "F1.txt", Label: "dir/F1.txt", ID: "01JX",
		Origin: "O", Destination: "D", Listener: "pesit", Var: map[string]string{"x": "ex", "a_1": "é"}, Time: when}
}

func TestATemplateExpandsToAPath(t *testing.T) {
	for template, want := range map[string]string{
		"in/{{.Partner}}/{{.File}}-{{.ID}}":     "in/PARIS/F1.txt-01JX",
		"plain":                                 "plain",
		"{{ .Group }}/{{.Flow}}/{{ .Listener}}": "eu/INVOICES/pesit",
		`{{date "20060102"}}/{{date "15" }}h{{ date` + " `04` }}": "20260309/07h08",
		"{{.Var.x}}{{.Var.a_1}}":                                  "exé",
		"{{.Origin}}.{{.Destination}}..x":                         "O.D..x",
		"a{b}/c}d{":                                               "a{b}/c}d{",
		`{{date "2006\u005f01"}}`:                                 "2026_03",
	} {
		p, err := Parse(template)
		if err != nil {
			t.Errorf("parse %s: %v", template, err)
			continue
		}
		if got, err := p.Expand(values()); err != nil || got != want {
			t.Errorf("%s gives %q (%v), want %q", template, got, err, want)
		}
		if p.String() != template {
			t.Errorf("%s prints as %s", template, p)
		}
	}
}

func TestAFolderIsKeptAndABlankOneLeavesNothing(t *testing.T) {
	for _, c := range []struct{ template, folder, want, path string }{
		{"in/{{.Partner}}/{{.Folder}}/{{.File}}-{{.ID}}", "a/b", "in/PARIS/a/b/F1.txt-01JX", "in/PARIS/a/b"},
		{"in/{{.Partner}}/{{.Folder}}/{{.File}}", "", "in/PARIS/F1.txt", "in/PARIS"},
		{"{{.Folder}}/{{.File}}", "é è", "é è/F1.txt", "é è"},
		{"{{.Folder}}/{{.File}}", "", "F1.txt", ""},
		{"{{.Folder}}/x", "", "x", ""},
	} {
		p, err := Parse(c.template)
		if err != nil {
			t.Fatal(err)
		}
		v := values()
		v.Folder = c.folder
		got, err1 := p.Expand(v)
		folder, err2 := p.FolderPath(v)
		if got != c.want || folder != c.path || err1 != nil || err2 != nil || !p.KeepsFolders() {
			t.Errorf("%s with %q gives %q in %q (%v, %v)", c.template, c.folder, got, folder, err1, err2)
		}
	}
}

func TestAFolderGoesNowhereElse(t *testing.T) {
	p, err := Parse("in/{{.Folder}}/{{.File}}")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"..", "a/..", "/a", "a/", "a//b", ".a", "a/.b", "a\\b", "a\x00", strings.Repeat("a", MaxValue+1), strings.Repeat("a/", 3000) + "a"} {
		v := values()
		v.Folder = folder
		_, err1 := p.Expand(v)
		_, err2 := p.FolderPath(v)
		if sdk.CodeOf(err1) != sdk.FileName || sdk.CodeOf(err2) != sdk.FileName {
			t.Errorf("the folder %.40q gave %v and %v", folder, err1, err2)
		}
	}
}

func TestAFaultyTemplateIsRefusedWithItsPlace(t *testing.T) {
	for _, c := range []struct {
		template string
		column   int
		says     string
	}{
		{"", 1, "empty"},
		{"in/{{.File}}/{{.Folder}}/x", 4, "before {{.Folder}}"},
		{`in/{{date "2006"}}/{{.Folder}}/x`, 4, "before {{.Folder}}"},
		{"in/{{.Folder}}", 4, "element of its own"},
		{"in/x{{.Folder}}/y", 5, "element of its own"},
		{"in/{{.Folder}}-{{.File}}", 4, "element of its own"},
		{"in/{{.Folder}}/x/{{.File}}", 15, "one element only"},
		{"{{.Folder}}/{{.Folder}}/x", 13, "one element only"},
		{"/in/a", 1, "relative"},
		{"in/", 4, "ends with /"},
		{"in//a", 4, "empty"},
		{"in/../a", 4, ".. is not possible"},
		{"./a", 1, ". is not possible"},
		{"in/.hidden", 4, "begins with a dot"},
		{"é/.{{.File}}", 3, "begins with a dot"},
		{"in/a\x00", 4, "U+0000"},
		{`in\a`, 1, `U+005C`},
		{"in/\xff", 4, "not UTF-8"},
		{"in/ /a", 4, "blank"},
		{"in/{{.File", 4, "{{ without }}"},
		{"in/File}}", 8, "}} without {{"},
		{"in/{{}}", 6, "nothing between"},
		{"in/{{.Name}}", 6, `variable ".Name" is unknown`},
		{"in/{{.file}}", 6, "did you mean .File?"},
		{"in/{{ .File .ID }}", 13, "takes nothing"},
		{"in/{{.File | upper}}", 12, "pipelines"},
		{"in/{{.Var}}", 6, "unknown"},
		{"in/{{.Var.}}", 11, "no variable's name"},
		{"in/{{.Var.a.b}}", 11, "no variable's name"},
		{"in/{{.File.Name}}", 6, "unknown"},
		{"in/{{upper .File}}", 6, `function "upper" is unknown`},
		{"in/{{File}}", 6, "{{.File}}"},
		{"in/{{if .File}}a{{end}}", 6, "if is not possible"},
		{"in/{{- .File}}", 6, "not possible"},
		{"in/{{/* x */}}", 6, "not possible"},
		{"in/{{$x}}", 6, "not possible"},
		{"in/{{date}}", 10, "wants a layout"},
		{"in/{{date 20060102}}", 11, "quoted layout"},
		{`in/{{date "YYYYMMDD"}}`, 11, "no date in it"},
		{`in/{{date "2006/01/02"}}`, 11, "U+002F"},
		{`in/{{date ".2006"}}`, 11, "begins with a dot"},
		{`in/{{date "2006" "01"}}`, 18, "nothing may stand behind"},
		{strings.Repeat("x", 300), 1, "300 bytes"},
		{strings.Repeat("x/", 3000), 1, "6000 bytes"},
	} {
		_, err := Parse(c.template)
		var fault *Error
		if !errors.As(err, &fault) {
			t.Errorf("%.60q: the error is %v", c.template, err)
			continue
		}
		if fault.Column() != c.column || !strings.Contains(fault.Problem, c.says) {
			t.Errorf("%.60q: the fault is %q, want one at character %d that says %q", c.template, err, c.column, c.says)
		}
	}
}

func TestAValueIsAPieceOfOneElement(t *testing.T) {
	p, err := Parse("in/{{.Partner}}/{{.File}}-{{.ID}}")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", " ", "\t", ".", "..", ".x", "...", "a/b", "/a", "a/", `a\b`, "a\x00", "a\n", "\x1b[31m",
		"\u0085", "\xc0\xae", "\xed\xa0\x80", "a\u202e", strings.Repeat("x", 201)} {
		for _, set := range []func(*Values){
			func(v *Values) { v.Partner = bad }, func(v *Values) { v.File = bad }, func(v *Values) { v.ID = bad },
		} {
			v := values()
			set(&v)
			if got, err := p.Expand(v); sdk.CodeOf(err) != sdk.FileName {
				t.Errorf("the value %.40q gave %q (%v)", bad, got, err)
			}
		}
	}
	v := values()
	v.Var = nil
	if p, err = Parse("{{.Var.x}}"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Expand(v); sdk.CodeOf(err) != sdk.FileName {
		t.Errorf("a variable that nobody set gave %v", err)
	}
}

func TestWhatTheValuesMakeTogetherIsCheckedAgain(t *testing.T) {
	p, err := Parse("{{.File}}{{.Label}}")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 128)
	if _, err := p.Expand(Values{File: long, Label: long}); sdk.CodeOf(err) != sdk.FileName {
		t.Errorf("an element of 256 bytes gave %v", err)
	}
	if _, err := p.Expand(Values{File: long, Label: long[1:]}); err != nil {
		t.Errorf("an element of 255 bytes gave %v", err)
	}
	p, err = Parse(strings.TrimSuffix(strings.Repeat("{{.File}}/", 40), "/"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Expand(Values{File: long}); sdk.CodeOf(err) != sdk.FileName {
		t.Errorf("a path of more than 4096 bytes gave %v", err)
	}
}

func TestATemplateTellsItsVariables(t *testing.T) {
	p, err := Parse(`{{.File}}/{{.Var.b}}{{date "06"}}{{.File}}`)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Variables(); !slices.Equal(got, []string{"File", "Var.b"}) {
		t.Errorf("the variables are %q", got)
	}
}

func TestFileIsTheLastElementOfTheLabelOrTheName(t *testing.T) {
	for _, c := range []struct{ file, label, want string }{
		{"ORDERS", "", "ORDERS"},
		{"ORDERS", "/data/out/o.txt", "o.txt"},
		{"ORDERS", `C:\out\o.txt`, "o.txt"},
		{`a\b/c`, "", "c"},
		{"a/../..", "", ".."},
		{"ORDERS", "dir/", ""},
		{"", "", ""},
	} {
		if got := FileOf(c.file, c.label); got != c.want {
			t.Errorf("file %q with label %q gives %q, want %q", c.file, c.label, got, c.want)
		}
	}
}
