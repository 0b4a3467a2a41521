package main

import (
	"net/netip"
	"reflect"
	"time"

	"github.com/postern/postern/sdk"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// field is one field of the contract with the one of package sdk that it stands for.
type field struct {
	full  string // Message.field
	value reflect.StructField
	p     protoreflect.FieldDescriptor
	num   int
}

// list reports whether an empty list differs from none.
func (f field) list() bool {
	return f.value.Type.Kind() == reflect.Slice && f.value.Type != reflect.TypeFor[sdk.Terms]()
}

func (f field) emitAppend(g *generator) {
	x, t := "x."+f.value.Name, f.value.Type
	call := func(name, arg string) { g.line("b = append%s(b, %d, %s)", name, f.num, arg) }
	switch {
	case special[f.full] == "clock":
		call("Clock", x)
	case t == reflect.TypeFor[time.Time]():
		call("Time", x)
	case t == reflect.TypeFor[time.Duration]():
		call("Duration", x)
	case t == reflect.TypeFor[netip.AddrPort]():
		call("Address", x)
	case t == reflect.TypeFor[[]netip.Prefix]():
		call("Networks", x)
	case t == reflect.TypeFor[sdk.Terms]():
		call("Terms", x)
	case t == reflect.TypeFor[[]time.Weekday]():
		call("Days", x)
	case t == reflect.TypeFor[*time.Location]():
		call("Zone", x)
	case t == reflect.TypeFor[sdk.Secret]():
		call("Text", x+".Reveal()")
	case f.p.IsMap():
		call("Map", x)
	case f.p.IsList() && f.p.Kind() == protoreflect.MessageKind:
		g.line("for i := range %s {\nvar at int\nb, at = begin(b, %d)\nb = end(append%s(b, &%s[i], show), at)\n}", x, f.num, f.p.Message().Name(), x)
	case f.p.IsList():
		call("Texts", x)
	case f.p.Kind() == protoreflect.MessageKind:
		g.line("if %s != nil {\nvar at int\nb, at = begin(b, %d)\nb = end(append%s(b, %s, show), at)\n}", x, f.num, f.p.Message().Name(), x)
	case t.Kind() == reflect.Pointer:
		f.emitOptional(g, x, t.Elem())
	case t.Kind() == reflect.Bool:
		call("Bool", x)
	case t.Kind() == reflect.String:
		call("Text", "string("+x+")")
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64 || t.Kind() == reflect.Uint32 || t.Kind() == reflect.Uint8:
		call("Int", "int64("+x+")")
	default:
		fail("%s: no way to write a %v", f.full, t)
	}
}

// emitOptional writes a value that may be absent, zero included.
func (f field) emitOptional(g *generator, x string, t reflect.Type) {
	switch t.Kind() {
	case reflect.String:
		g.line("if %s != nil { b = appendText0(b, %d, string(*%s)) }", x, f.num, x)
	case reflect.Bool:
		g.line("if %s != nil { b = appendVarint(appendTag(b, %d, typeVarint), uint64(number(*%s))) }", x, f.num, x)
	case reflect.Int:
		g.line("if %s != nil { b = appendVarint(appendTag(b, %d, typeVarint), uint64(int64(*%s))) }", x, f.num, x)
	default:
		fail("%s: no way to write a *%v", f.full, t)
	}
}

func (f field) emitParse(g *generator) {
	x, t := "x."+f.value.Name, f.value.Type
	set := func(how string) { g.line("%s = %s", x, how) }
	add := func(how string) { g.line("%s = append(%s, %s)", x, x, how) }
	switch {
	case special[f.full] == "clock":
		set("r.clock()")
	case t == reflect.TypeFor[time.Time]():
		set("r.time()")
	case t == reflect.TypeFor[time.Duration]():
		set("r.duration()")
	case t == reflect.TypeFor[netip.AddrPort]():
		set("r.address()")
	case t == reflect.TypeFor[[]netip.Prefix]():
		add("r.network()")
	case t == reflect.TypeFor[sdk.Terms]():
		add("r.term()")
	case t == reflect.TypeFor[[]time.Weekday]():
		add("r.day()")
	case t == reflect.TypeFor[*time.Location]():
		set("r.zone()")
	case t == reflect.TypeFor[sdk.Secret]():
		set("sdk.NewSecret(r.text())")
	case f.p.IsMap():
		set("r.pair(" + x + ")")
	case f.p.IsList() && f.p.Kind() == protoreflect.MessageKind:
		g.line("var one %v\nr.within(parse%s(&one, r.message()))\n%s = append(%s, one)", t.Elem(), f.p.Message().Name(), x, x)
	case f.p.IsList():
		add(t.Elem().String() + "(r.text())")
	case f.p.Kind() == protoreflect.MessageKind:
		g.line("if %s == nil { %s = new(%v) }\nr.within(parse%s(%s, r.message()))", x, x, t.Elem(), f.p.Message().Name(), x)
	case t.Kind() == reflect.Pointer:
		g.line("v := %v(%s)\n%s = &v", t.Elem(), readers[t.Elem().Kind()], x)
	case readers[t.Kind()] != "":
		set(t.String() + "(" + readers[t.Kind()] + ")")
	default:
		fail("%s: no way to read a %v", f.full, t)
	}
}

var readers = map[reflect.Kind]string{reflect.String: "r.text()", reflect.Bool: "r.flag()", reflect.Int: "r.int()",
	reflect.Int64: "r.int()", reflect.Uint32: "r.int()", reflect.Uint8: "r.int()"}
