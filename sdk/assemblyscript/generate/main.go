// Command generate writes what of the AssemblyScript SDK follows from the contract: assembly/messages.ts, with a view of
// each message that an exit reads and a class for each that it writes, and the reference exit's table of all facts.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/contract"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const folder = "sdk/assemblyscript"

func main() {
	g := &generator{done: map[string]bool{}}
	g.WriteString(head)
	for _, row := range sdk.Points() {
		g.point(row.Point)
	}
	g.save("assembly/messages.ts")

	p := &generator{done: map[string]bool{}}
	p.probes()
	p.save("testdata/reference/probe.ts")
}

const head = `// Code generated from the contract by sdk/assemblyscript/generate; DO NOT EDIT.
//
// Views show the request: nothing is decoded before it is asked for, so keep what you use twice. A view is good until the
// function returns. New… and …Set are written into the reply.

import { View, Pairs } from "./read";
import { putInt, putFlag, putText, putTexts, NewPairs, open, close, reply } from "./write";
import { Reply, Again } from "./reply";
import { serve } from "./serve";
`

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "generate: "+format+"\n", args...)
	os.Exit(1)
}

// lookup finds a message of the contract, nil if there is none of that name.
func lookup(name string) protoreflect.MessageDescriptor {
	for _, f := range []protoreflect.FileDescriptor{contract.File_facts_proto, contract.File_exit_proto, contract.File_plugin_proto} {
		if d := f.Messages().ByName(protoreflect.Name(name)); d != nil {
			return d
		}
	}
	return nil
}

func find(name string) protoreflect.MessageDescriptor {
	d := lookup(name)
	if d == nil {
		fail("the contract has no message %s", name)
	}
	return d
}

type generator struct {
	bytes.Buffer
	done map[string]bool // what was written
}

func (g *generator) line(format string, args ...any) { fmt.Fprintf(g, format+"\n", args...) }

// once is true the first time it is asked about a name.
func (g *generator) once(name string) bool {
	was := g.done[name]
	g.done[name] = true
	return !was
}

func (g *generator) save(name string) {
	if err := os.WriteFile(filepath.Join(folder, name), g.Bytes(), 0o644); err != nil {
		fail("%v: run it from the root of the repository", err)
	}
}

// comment writes what the contract says of a message or a field, and what else there is to say.
func (g *generator) comment(indent, name string, more ...string) {
	if c := comments[name]; c != "" {
		more = append([]string{c}, more...)
	}
	if len(more) > 0 {
		g.line("%s/** %s */", indent, strings.Join(more, " "))
	}
}

// camel is a field's name as TypeScript spells names.
func camel(f protoreflect.FieldDescriptor) string {
	parts := strings.Split(string(f.Name()), "_")
	for i := 1; i < len(parts); i++ {
		parts[i] = upper(parts[i])
	}
	return strings.Join(parts, "")
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// title is a point's name as its messages begin.
func title(p sdk.Point) string { return upper(string(p)) }

// kind sorts fields by how they are read and written.
type kind int

const (
	text kind = iota
	flag
	number
	span
	texts
	pairs
	list    // of messages
	message // one
)

func kindOf(f protoreflect.FieldDescriptor) kind {
	switch k := f.Kind(); {
	case f.IsMap():
		return pairs
	case f.IsList() && k == protoreflect.MessageKind:
		return list
	case f.IsList() && k == protoreflect.StringKind:
		return texts
	case k == protoreflect.MessageKind && f.Message().ParentFile().Package() == "google.protobuf":
		return span
	case k == protoreflect.MessageKind:
		return message
	case k == protoreflect.StringKind:
		return text
	case k == protoreflect.BoolKind:
		return flag
	case k == protoreflect.Int64Kind || k == protoreflect.Int32Kind:
		return number
	}
	fail("%s: no way to read or write it", f.FullName())
	return 0
}

func fields(d protoreflect.MessageDescriptor) (out []protoreflect.FieldDescriptor) {
	for i := range d.Fields().Len() {
		out = append(out, d.Fields().Get(i))
	}
	return out
}

func name(f protoreflect.FieldDescriptor) string {
	return string(f.Parent().Name()) + "." + string(f.Name())
}
