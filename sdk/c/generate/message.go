package main

import (
	"strings"
	"unicode"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// member is a field of a struct that no message has.
type member struct{ typ, name, comment string }

// cName is the C type of a message: postern_identify_facts, postern_partner.
func cName(d protoreflect.MessageDescriptor) string {
	switch d.Name() {
	case "TransferRequest":
		return "postern_request"
	case "Request": // of a protocol
		return "postern_file_request"
	}
	var b strings.Builder
	for _, r := range string(d.Name()) {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return "postern" + b.String()
}

// table is the name of a message's table.
func table(d protoreflect.MessageDescriptor) string {
	return "postern__table_" + strings.TrimPrefix(cName(d), "postern_")
}

// message writes the struct of a message and its table, after those of the messages in it.
func (g *generator) message(d protoreflect.MessageDescriptor, more ...member) {
	if g.done[string(d.Name())] {
		return
	}
	g.done[string(d.Name())] = true
	fields := d.Fields()
	for i := range fields.Len() {
		if k := kindOf(fields.Get(i)); k.name == "MESSAGE" || k.name == "HOURS" || k.name == "ROWS" {
			g.message(fields.Get(i).Message())
		}
	}
	g.comment("", strings.TrimSpace(comments[string(d.Name())]))
	g.line("typedef struct {\n    bool present;")
	last := 0
	for i := range fields.Len() {
		f := fields.Get(i)
		g.comment("    ", comments[string(d.Name())+"."+string(f.Name())])
		g.line("    %s %s;", kindOf(f).typ, f.Name())
		last = max(last, int(f.Number()))
	}
	for _, m := range more {
		g.comment("    ", m.comment)
		g.line("    %s %s;", m.typ, m.name)
	}
	g.line("} %s;\n", cName(d))
	g.line("static const struct postern__entry %s_fields[] = {", table(d))
	for i := range fields.Len() {
		f := fields.Get(i)
		k, message := kindOf(f), "NULL"
		switch k.name {
		case "MESSAGE":
			message = "&" + table(f.Message())
		case "TIME":
			message = "&postern__table_time"
		}
		g.line("    [%d] = {POSTERN__%s, %d, offsetof(%s, %s), %s POSTERN__NAME(\"%s\")},", f.Number(), k.name, k.wire, cName(d), f.Name(), message, f.Name())
	}
	g.line("};\nstatic const struct postern__message %s = {%d, %s_fields};\n", table(d), last, table(d))
}

func (g *generator) comment(indent, text string) {
	if text != "" {
		g.line("%s/* %s */", indent, text)
	}
}

// kind is how a field is stored: the name in the tables, the type in C, the type on the wire.
type kind struct {
	name, typ string
	wire      int
}

func kindOf(f protoreflect.FieldDescriptor) kind {
	switch {
	case f.IsMap():
		return kind{"MAP", "postern_map", 2}
	case f.IsList() && f.Kind() == protoreflect.MessageKind && f.Message().Name() == "Term":
		return kind{"TERMS", "postern_terms", 2}
	case f.IsList() && f.Kind() == protoreflect.MessageKind && f.Message().Name() == "Hours":
		return kind{"HOURS", "postern_hours_list", 2}
	case f.IsList() && f.Kind() == protoreflect.StringKind:
		return kind{"LIST", "postern_list", 2}
	case f.IsList() && f.Kind() == protoreflect.MessageKind && f.Message().Name() == "DirEntry":
		return kind{"ROWS", "postern_rows", 2}
	case f.IsList():
	case f.Kind() == protoreflect.MessageKind && (f.Message().Name() == "Timestamp" || f.Message().Name() == "Duration"):
		return kind{"TIME", "int64_t", 2}
	case f.Kind() == protoreflect.MessageKind:
		return kind{"MESSAGE", cName(f.Message()), 2}
	case f.Kind() == protoreflect.StringKind || f.Kind() == protoreflect.BytesKind:
		if f.HasPresence() {
			return kind{"OPT_TEXT", "postern_str", 2}
		}
		return kind{"TEXT", "postern_str", 2}
	case f.Kind() == protoreflect.BoolKind:
		if f.HasPresence() {
			return kind{"OPT_BOOL", "postern_opt_bool", 0}
		}
		return kind{"BOOL", "bool", 0}
	case f.Kind() == protoreflect.EnumKind:
		return kind{"INT", "int64_t", 0}
	case f.Kind() == protoreflect.Int64Kind || f.Kind() == protoreflect.Int32Kind || f.Kind() == protoreflect.Uint32Kind:
		if f.HasPresence() {
			return kind{"OPT_INT", "postern_opt_int", 0}
		}
		return kind{"INT", "int64_t", 0}
	}
	fail("%s: no way to read it", f.FullName())
	return kind{}
}
