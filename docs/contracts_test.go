package docs_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/line"
)

func codesTable() string {
	t := newTable("code", "try again", "PeSIT", "OFTP", "SFTP", "said to the other side")
	for _, r := range sdk.Codes() {
		said := r.Public
		if r.PeSIT == "" && r.OFTP == "" && r.SFTP == "" {
			said = "never said; in the catalog only"
		}
		t.row(code(string(r.Code)), yes(r.Temporary), cmp.Or(r.PeSIT, "–"), cmp.Or(r.OFTP, "–"), cmp.Or(r.SFTP, "–"), said)
	}
	return t.String()
}

func pointsTable() string {
	t := newTable("phase", "point", "asked", "may change", "can refuse", "deadline", "when an exit fails")
	for _, r := range sdk.Points() {
		t.row(r.Phase.String(), fmt.Sprintf("[%s](points/%s.md)", r.Point, r.Point), r.Asked, code(r.Changes...), yes(r.Refuse),
			r.Deadline.String(), failure(r.Failure))
	}
	return strings.ReplaceAll(t.String(), "(points/", "(")
}

func failure(f sdk.OnFailure) string {
	return map[sdk.OnFailure]string{
		sdk.FailRefuse: "refused", sdk.FailRefuseTemporary: "refused, the peer may try again",
		sdk.FailInterrupt: "the transfer is interrupted", sdk.FailLog: "logged", sdk.FailRetry: "asked again",
	}[f]
}

func pointTable(t *testing.T, args []string) string {
	r, ok := sdk.Point(strings.Join(args, "")).Row()
	if !ok {
		t.Fatalf("there is no exit point %q", args)
	}
	out := newTable("", "")
	out.row("phase", r.Phase.String())
	out.row("asked", r.Asked)
	out.row("new facts", code(r.Facts...))
	out.row("may change", code(r.Changes...))
	out.row("needs an exit that allows", yes(r.Allow))
	out.row("can refuse", yes(r.Refuse))
	out.row("deadline of one answer", r.Deadline.String())
	out.row("when an exit fails or is late", failure(r.Failure))
	out.row("`on_error: pass` is legal", yes(r.PassFail))
	return out.String()
}

func termsTable(t *testing.T, args []string) string {
	described := map[string]sdk.Description{"pesit": pesit.Protocol{}.Describe(), "line": line.Protocol{}.Describe()}
	d, ok := described[args[0]]
	if !ok {
		t.Fatalf("no protocol %q", args[0])
	}
	list := d.Terms
	if args[1] == "settings" {
		list = d.Settings
	}
	out := newTable("key", "default", "legal", "meaning")
	for _, s := range list {
		out.row(code(s.Name), termDefault(s), termLegal(s), s.Describe)
	}
	return out.String()
}

func termDefault(s sdk.TermSpec) string {
	switch s.Kind {
	case sdk.TermNumber:
		return number(s.Number, s.Bytes)
	case sdk.TermFlag:
		return fmt.Sprint(s.Flag)
	}
	return code(s.Words...)
}

func termLegal(s sdk.TermSpec) string {
	switch {
	case s.Kind == sdk.TermFlag:
		return "true, false"
	case s.Kind == sdk.TermWords && len(s.Values) == 0:
		return "a word"
	case s.Kind == sdk.TermWords:
		return code(s.Values...)
	case s.Max == 0:
		return "from " + number(s.Min, s.Bytes)
	}
	return number(s.Min, s.Bytes) + " to " + number(s.Max, s.Bytes)
}

func number(n int64, bytes bool) string {
	switch {
	case bytes && n > 0 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case bytes && n > 0 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprint(n)
}

// factsTables describes each section of sdk.Facts from its source.
func factsTables(t *testing.T) string {
	structs := sources(t, filepath.Join(root, "sdk"))
	var out strings.Builder
	facts := reflect.TypeFor[sdk.Facts]()
	for i := range facts.NumField() {
		f := facts.Field(i)
		name := jsonName(reflect.StructTag(f.Tag))
		typ := f.Type
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || structs[typ.Name()] == nil {
			continue
		}
		fmt.Fprintf(&out, "### %s\n\n%s\n\n%s\n", name, code("sdk."+typ.Name()), fieldsTable(structs, typ.Name()))
	}
	return out.String()
}

func fieldsTable(structs map[string]*ast.StructType, name string) string {
	rows := newTable("field", "in Go", "meaning")
	addFields(rows, structs, name)
	return rows.String()
}

func addFields(rows *table, structs map[string]*ast.StructType, name string) {
	for _, f := range structs[name].Fields.List {
		if len(f.Names) == 0 { // embedded: its fields are ours
			if id, ok := f.Type.(*ast.Ident); ok && structs[id.Name] != nil {
				addFields(rows, structs, id.Name)
			}
			continue
		}
		tag := reflect.StructTag("")
		if f.Tag != nil {
			tag = reflect.StructTag(strings.Trim(f.Tag.Value, "`"))
		}
		comment := strings.TrimSpace(f.Doc.Text() + f.Comment.Text())
		for _, n := range f.Names {
			in := code(jsonName(tag))
			rows.row(in, code(n.Name), comment)
		}
	}
}

func jsonName(tag reflect.StructTag) string {
	name, _, _ := strings.Cut(tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

// sources finds the structs that the files of a package declare, with their comments.
func sources(t *testing.T, dir string) map[string]*ast.StructType {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*ast.StructType{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if s, ok := spec.Type.(*ast.StructType); ok {
					out[spec.Name.Name] = s
				}
			}
			return true
		})
	}
	return out
}

// words says what the source leaves to the name of a field's type.
var words = map[string]string{
	"id": "26 letters and digits, sorted by time", "kind": "`file`, `message`", "direction": "`receive`, `send`: seen from this server",
	"role": "`server`, `requester`: who was called, who called", "stage": "see above", "step": "see above", "status": "see above",
	"partner": "its name in the configuration", "flow": "its name in the configuration", "protocol": "spoken on the last session",
	"label": "longer name of the file, from the peer or the offer", "records": "whole ones; 0 where there are none",
	"session": "the last one that held it, as in the log", "created_at": "written first", "updated_at": "last moved",
	"started_at": "data was first granted; null before", "ended_at": "ended or last stopped; null before",
	"listener": "where the last call came in", "backend": "where the file is", "on_exists": "the rule it was accepted with",
	"comment": "from an exit or an acknowledgement", "attributes": "as the peer gave them", "labels": "of the partner or an exit",
	"decisions": "what exits, operators and the server itself decided, with the rule and its place", "ack": "whether the peer acknowledged the file",
	"restart_point": "the last durable sync point; 0: the beginning",
}

// entryTable describes the public fields of a catalog entry from its source.
func entryTable(t *testing.T) string {
	s := sources(t, filepath.Join(root, "core", "catalog"))
	out := newTable("field", "meaning")
	seen := map[string]bool{} // what both say is said once
	for _, part := range []string{"Entry", "publicEntry"} {
		for _, f := range s[part].Fields.List {
			if f.Tag == nil {
				continue
			}
			if name := jsonName(reflect.StructTag(strings.Trim(f.Tag.Value, "`"))); name != "" && !seen[name] {
				seen[name] = true
				meaning := strings.TrimSpace(f.Doc.Text() + f.Comment.Text())
				for _, n := range f.Names {
					meaning = strings.TrimPrefix(meaning, n.Name+" is ")
				}
				out.row(code(name), cmp.Or(words[name], meaning))
			}
		}
	}
	return out.String()
}
