// Command generate writes contract_gen.go, the part of package wire that follows from the contract: for each message a
// function that appends the value of package sdk it stands for, and one that parses it. It fails when a field of one
// has no field in the other, so that neither can grow alone.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"reflect"
	"strings"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/contract"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// message pairs a message with its type in package sdk.
type message struct {
	name string // of the message
	typ  reflect.Type
	omit []string // Go fields that do not cross
}

var messages = []message{
	{"Call", reflect.TypeFor[sdk.CallFacts](), nil},
	{"Claim", reflect.TypeFor[sdk.Claim](), nil},
	{"Partner", reflect.TypeFor[sdk.Partner](), nil},
	{"Hours", reflect.TypeFor[sdk.Hours](), nil},
	{"TransferRequest", reflect.TypeFor[sdk.RequestFacts](), []string{"Mode"}}, // the core acts on it
	{"Flow", reflect.TypeFor[sdk.Flow](), []string{"Points"}},
	{"Target", reflect.TypeFor[sdk.TargetFacts](), []string{"Content"}},
	{"Restart", reflect.TypeFor[sdk.RestartFacts](), nil},
	{"FilterStart", reflect.TypeFor[sdk.FilterFacts](), nil},
	{"File", reflect.TypeFor[sdk.FileFacts](), []string{"Content"}},
	{"Message", reflect.TypeFor[sdk.MessageFacts](), nil},
	{"Interrupt", reflect.TypeFor[sdk.InterruptFacts](), nil},
	{"Done", reflect.TypeFor[sdk.DoneFacts](), nil},
	{"Close", reflect.TypeFor[sdk.CloseFacts](), nil},
	{"DescribeReply", reflect.TypeFor[sdk.Manifest](), nil},
}

// secrets are shown only on this condition.
var secrets = map[string]string{"Claim.secret": "show.Password", "Claim.new_secret": "show.Password",
	"Partner.password": "show.Stored", "Partner.local_password": "show.Stored"}

// special names the codec of a field that its Go type does not tell; "zone" also because its names differ.
var special = map[string]string{"Hours.from": "clock", "Hours.to": "clock"}

var renamed = map[string]string{"Hours.timezone": "Zone"}

func main() {
	g := &generator{}
	g.line("// Code generated from the contract by go generate; DO NOT EDIT.\n\npackage wire\n")
	g.line("import (\n\"net/netip\"\n\"github.com/postern/postern/sdk\"\n)\n")
	for _, m := range messages {
		d := find(m.name)
		g.message(m, d)
	}
	g.union("Facts", reflect.TypeFor[sdk.Facts]())
	g.union("Changes", reflect.TypeFor[sdk.Changes]())
	g.masks()
	g.save("contract_gen.go")
	protocol()
}

// save writes a file of package wire.
func (g *generator) save(name string) {
	src, err := format.Source(g.Bytes())
	if err != nil {
		fmt.Fprintln(os.Stderr, g.String())
		fail("%v", err)
	}
	if err := os.WriteFile(name, src, 0o644); err != nil {
		fail("%v", err)
	}
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "generate: "+format+"\n", args...)
	os.Exit(1)
}

// find looks a message up in the contract.
func find(name string) protoreflect.MessageDescriptor {
	for _, f := range []protoreflect.FileDescriptor{contract.File_facts_proto, contract.File_exit_proto, contract.File_plugin_proto,
		contract.File_protocol_proto} {
		if d := f.Messages().ByName(protoreflect.Name(name)); d != nil {
			return d
		}
	}
	fail("the contract has no message %s", name)
	return nil
}

type generator struct {
	bytes.Buffer
	quiet bool // no facts: nothing is walked
}

func (g *generator) line(format string, args ...any) { fmt.Fprintf(g, format+"\n", args...) }

// fields pairs the fields of a message with those of its type, in the order of the message.
func fields(m message, d protoreflect.MessageDescriptor) (out []field) {
	left := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(m.typ) {
		if !f.Anonymous && f.IsExported() {
			left[strings.ToLower(f.Name)] = f
		}
	}
	for _, name := range m.omit {
		delete(left, strings.ToLower(name))
	}
	for i := range d.Fields().Len() {
		p := d.Fields().Get(i)
		full := m.name + "." + string(p.Name())
		name := strings.ReplaceAll(string(p.Name()), "_", "")
		if n := renamed[full]; n != "" {
			name = strings.ToLower(n)
		}
		f, ok := left[name]
		if !ok {
			if p.Name() == "clear" {
				continue
			}
			fail("%s.%s has no field in %v", m.name, p.Name(), m.typ)
		}
		delete(left, name)
		out = append(out, field{full: full, value: f, p: p, num: int(p.Number())})
	}
	for _, f := range left {
		fail("%v.%s has no field in the message %s", m.typ, f.Name, m.name)
	}
	return out
}

func (g *generator) message(m message, d protoreflect.MessageDescriptor) {
	all := fields(m, d)
	clear := d.Fields().ByName("clear")
	g.line("func append%s(b []byte, x *%v, show Shown) []byte {", m.name, m.typ)
	for _, f := range all {
		if cond := secrets[f.full]; cond != "" {
			g.line("if %s {", cond)
			f.emitAppend(g)
			g.line("}")
		} else {
			f.emitAppend(g)
		}
	}
	if clear != nil {
		for _, f := range all {
			if f.list() {
				g.line("if x.%s != nil && len(x.%s) == 0 { b = appendText0(b, %d, %q) }", f.value.Name, f.value.Name, clear.Number(), f.p.Name())
			}
		}
	}
	g.line("return b\n}\n")
	g.line("func parse%s(x *%v, r reader) error {", m.name, m.typ)
	if clear != nil {
		g.line("var empty []string")
	}
	g.line("for r.next() {\nswitch r.num {")
	for _, f := range all {
		g.line("case %d:", f.num)
		f.emitParse(g)
	}
	if clear != nil {
		g.line("case %d: empty = append(empty, r.text())", clear.Number())
	}
	g.line("}\n}")
	if clear != nil {
		g.line("for _, name := range empty {\nswitch name {")
		for _, f := range all {
			if f.list() {
				g.line("case %q: x.%s = %v{}", f.p.Name(), f.value.Name, f.value.Type)
			}
		}
		g.line("default: return bad(\"clear names %%q, which is no list of %s\", name)\n}\n}", m.name)
	}
	g.line("return r.err\n}\n")
	if g.quiet {
		return
	}
	g.line("func walk%s(w walker, x *%v, show Shown) bool {", m.name, m.typ)
	for _, f := range all {
		if cond := secrets[f.full]; cond != "" {
			g.line("if %s {", cond)
			f.emitWalk(g)
			g.line("}")
		} else {
			f.emitWalk(g)
		}
	}
	g.line("return true\n}\n")
}
