package main

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// isTime reports whether a message is a time or a duration: nanoseconds.
func isTime(f protoreflect.FieldDescriptor) bool {
	return f.Kind() == protoreflect.MessageKind && (f.Message().Name() == "Timestamp" || f.Message().Name() == "Duration")
}

func isMessage(f protoreflect.FieldDescriptor) bool {
	return f.Kind() == protoreflect.MessageKind && !f.IsMap() && !isTime(f) && f.Message().Name() != "Term"
}

// readName is the type of a message that is read. That of changes belongs to those asked earlier.
func readName(d protoreflect.MessageDescriptor) string {
	return strings.Replace(string(d.Name()), "Changes", "Earlier", 1)
}

// writeName is the type of a message that is written.
func writeName(d protoreflect.MessageDescriptor) string {
	if strings.HasSuffix(string(d.Name()), "Changes") || d.Name() == "HttpRequest" {
		return string(d.Name())
	}
	return "New" + string(d.Name())
}

// borrows reports whether a message that is read has anything but numbers.
func borrows(d protoreflect.MessageDescriptor) bool {
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		if f.IsMap() || f.IsList() || f.Kind() == protoreflect.StringKind || f.Kind() == protoreflect.BytesKind || isMessage(f) && borrows(f.Message()) {
			return true
		}
	}
	return false
}

func name(f protoreflect.FieldDescriptor) string {
	if f.Name() == "type" {
		return "r#type"
	}
	return string(f.Name())
}

func number(f protoreflect.FieldDescriptor) string {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return "bool"
	case protoreflect.Int64Kind:
		return "i64"
	case protoreflect.Int32Kind:
		return "i32"
	case protoreflect.Uint32Kind:
		return "u32"
	}
	fail("%s: no way to read it", f.FullName())
	return ""
}

// readType is the type of a field that is read.
func readType(f protoreflect.FieldDescriptor) string {
	one := ""
	switch {
	case f.IsMap():
		return "List<'a, (&'a str, &'a str)>"
	case isTime(f):
		one = "i64"
	case f.Kind() == protoreflect.MessageKind && f.Message().Name() == "Term":
		one = "Term<'a>"
	case f.Kind() == protoreflect.MessageKind && borrows(f.Message()):
		one = readName(f.Message()) + "<'a>"
	case f.Kind() == protoreflect.MessageKind:
		one = readName(f.Message())
	case f.Kind() == protoreflect.StringKind:
		one = "&'a str"
	case f.Kind() == protoreflect.BytesKind:
		one = "&'a [u8]"
	default:
		one = number(f)
	}
	if f.IsList() {
		return "List<'a, " + one + ">"
	}
	if f.HasOptionalKeyword() {
		return "Option<" + one + ">"
	}
	return one
}

// entry is how a field is read, and where its struct has it at that place.
func entry(f protoreflect.FieldDescriptor, at string) string {
	kind := ""
	switch {
	case f.IsMap() || f.IsList():
		kind = "List"
	case isTime(f):
		return fmt.Sprintf("Entry::within(Kind::Time, %s, &TIME)", at)
	case f.Kind() == protoreflect.MessageKind:
		return fmt.Sprintf("Entry::within(Kind::Message, %s, &%s)", at, tableName(readName(f.Message())))
	case f.Kind() == protoreflect.StringKind:
		kind = "Text"
	case f.Kind() == protoreflect.BytesKind:
		kind = "Bytes"
	default:
		kind = map[string]string{"bool": "Bool", "i64": "Int64", "i32": "Int32", "u32": "Uint32"}[number(f)]
	}
	if f.HasOptionalKeyword() {
		kind = "Opt" + kind
	}
	return fmt.Sprintf("Entry::new(Kind::%s, %s)", kind, at)
}

// tableName is the name of the table of a type: OPEN_FACTS.
func tableName(name string) string {
	var b strings.Builder
	for i, c := range name {
		if i > 0 && c >= 'A' && c <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(c)
	}
	return strings.ToUpper(b.String())
}

// table writes the table of a message from its entries by the numbers of fields.
func (g *generator) table(name string, entries map[int]string) {
	last := 0
	for n := range entries {
		last = max(last, n)
	}
	g.line("static %s: [Entry; %d] = [", name, last+1)
	for n := range last + 1 {
		if e := entries[n]; e != "" {
			g.line("    %s,", e)
		} else {
			g.line("    Entry::UNKNOWN,")
		}
	}
	g.line("];\n")
}

// beside is a field of a struct that its message does not have.
type beside struct{ comment, name, kind string }

// read writes the type of a message that is read and its table, after those of the messages in it.
func (g *generator) read(d protoreflect.MessageDescriptor, more ...beside) {
	name0 := readName(d)
	if g.done[name0] {
		return
	}
	g.done[name0] = true
	fs := d.Fields()
	for i := range fs.Len() {
		if isMessage(fs.Get(i)) {
			g.read(fs.Get(i).Message())
		}
	}
	life := ""
	if borrows(d) {
		life = "<'a>"
	}
	if name0 == string(d.Name()) {
		g.comment("", comments[string(d.Name())])
	} else {
		g.line("/// What the exits asked earlier have changed.")
	}
	g.line("#[derive(Clone, Copy, Debug, Default)]\n#[repr(C)]\npub struct %s%s {\n    /// The message is there; otherwise all of it is empty.\n    pub present: bool,", name0, life)
	at, shapes, entries := tableName(name0)+"_AT", []string{"shape::<bool>()"}, map[int]string{}
	nothing := []string{"present: false"}
	field := func(comment, name, kind string) {
		g.comment("    ", comment)
		g.line("    pub %s: %s,", name, kind)
		shapes = append(shapes, "shape::<"+static(kind)+">()")
		nothing = append(nothing, name+": "+nil0(kind))
	}
	for i := range fs.Len() {
		f := fs.Get(i)
		field(comments[string(d.Name())+"."+string(f.Name())], name(f), readType(f))
		entries[int(f.Number())] = entry(f, fmt.Sprintf("%s[%d]", at, i+1))
	}
	for _, m := range more {
		field(m.comment, m.name, m.kind)
	}
	g.line("}\n\nconst %s: [u16; %d] = offsets(\n    [\n        %s,\n    ],\n    shape::<%s>(),\n);", at, len(shapes), strings.Join(shapes, ",\n        "), static(name0+life))
	g.line("const %s: %s = %s {\n    %s,\n};\n", empty(name0), static(name0+life), name0, strings.Join(nothing, ",\n    "))
	g.table(tableName(name0), entries)
	if d.Name() == "Hours" || d.Name() == "HttpReply" {
		g.line("unsafe impl<'a> Read<'a> for %s%s {\n    fn table() -> &'static Table {\n        &%s\n    }\n}\n", name0, life, tableName(name0))
	}
	if d.Name() == "Hours" {
		g.line("impl<'a> Element<'a> for Hours<'a> {\n    fn element(f: &Field<'a>) -> Option<Self> {\n        Hours::read(f.bytes()?)\n    }\n}\n")
	}
}

// empty is the name of a message that is not there.
func empty(name string) string { return tableName(name) + "_EMPTY" }

// nil0 is what a field of a message that is not there holds.
func nil0(kind string) string {
	base, _, _ := strings.Cut(kind, "<")
	switch base {
	case "List":
		return "List::EMPTY"
	case "Option":
		return "None"
	case "&'a str":
		return `""`
	case "&'a [u8]":
		return "&[]"
	case "bool":
		return "false"
	case "i64", "i32", "u32":
		return "0"
	}
	return empty(base)
}

// static is a type whose texts live for ever.
func static(kind string) string { return strings.ReplaceAll(kind, "'a", "'static") }

// writeType is the type of a field that is written.
func writeType(f protoreflect.FieldDescriptor) string {
	switch {
	case f.IsMap():
		return "Vec<(Text, Text)>"
	case f.Kind() == protoreflect.MessageKind && f.Message().Name() == "Term":
		return "Vec<NewTerm>"
	case f.IsList() && f.Kind() == protoreflect.MessageKind:
		return "Vec<" + writeName(f.Message()) + ">"
	case f.IsList():
		return "Vec<Text>"
	case f.Kind() == protoreflect.MessageKind:
		return "Option<" + writeName(f.Message()) + ">"
	case f.Kind() == protoreflect.BytesKind:
		return "Vec<u8>"
	}
	one := "Text"
	if f.Kind() != protoreflect.StringKind {
		one = number(f)
	}
	if f.HasOptionalKeyword() {
		return "Option<" + one + ">"
	}
	return one
}

func writing(f protoreflect.FieldDescriptor) string {
	x, num := "self."+name(f), f.Number()
	switch {
	case f.IsMap():
		return fmt.Sprintf("out.pairs(%d, &%s)", num, x)
	case f.IsList() && f.Kind() == protoreflect.StringKind:
		return fmt.Sprintf("out.texts(%d, &%s)", num, x)
	case f.Kind() == protoreflect.MessageKind: // a list or an option
		return fmt.Sprintf("for m in &%s {\n            out.message(%d, m);\n        }", x, num)
	case f.Kind() == protoreflect.BytesKind:
		return fmt.Sprintf("out.bytes(%d, &%s)", num, x)
	case f.HasOptionalKeyword() && f.Kind() == protoreflect.StringKind:
		return fmt.Sprintf("if let Some(v) = &%s {\n            out.bytes0(%d, v.as_bytes());\n        }", x, num)
	case f.HasOptionalKeyword():
		return fmt.Sprintf("if let Some(v) = %s {\n            out.number0(%d, v as i64);\n        }", x, num)
	case f.Kind() == protoreflect.StringKind:
		return fmt.Sprintf("out.bytes(%d, %s.as_bytes())", num, x)
	}
	return fmt.Sprintf("out.number(%d, %s as i64)", num, x)
}

// write writes the type of a message that is written, after those of the messages in it.
func (g *generator) write(d protoreflect.MessageDescriptor) {
	name0 := writeName(d)
	if g.done[name0] {
		return
	}
	g.done[name0] = true
	fs := d.Fields()
	for i := range fs.Len() {
		if isMessage(fs.Get(i)) {
			g.write(fs.Get(i).Message())
		}
	}
	g.comment("", comments[string(d.Name())])
	g.line("#[derive(Clone, Debug, Default)]\npub struct %s {", name0)
	for i := range fs.Len() {
		g.comment("    ", comments[string(d.Name())+"."+string(fs.Get(i).Name())])
		g.line("    pub %s: %s,", name(fs.Get(i)), writeType(fs.Get(i)))
	}
	g.line("}\n\nimpl Write for %s {\n    fn write(&self, out: &mut Out) {", name0)
	for i := range fs.Len() {
		w := writing(fs.Get(i))
		if !strings.HasSuffix(w, "}") {
			w += ";"
		}
		g.line("        %s", w)
	}
	g.line("    }\n}\n")
}
