package main

import (
	"net/netip"
	"reflect"
	"time"

	"github.com/postern/postern/sdk"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// emitWalk names the value of one field, or the values below it.
func (f field) emitWalk(g *generator) {
	x, t, key := "x."+f.value.Name, f.value.Type, string(f.p.Name())
	is := func(value string) { g.line("if !w.leaf(%q, %s) { return false }", key, value) }
	switch {
	case special[f.full] == "clock":
		is("string(appendClock(nil, 1, " + x + ")[2:])")
	case t == reflect.TypeFor[time.Time]():
		is("nanoseconds(" + x + ")")
	case t == reflect.TypeFor[time.Duration]():
		is("decimal(int64(" + x + "))")
	case t == reflect.TypeFor[netip.AddrPort]():
		is("address(" + x + ")")
	case t == reflect.TypeFor[*time.Location]():
		is("zone(" + x + ")")
	case t == reflect.TypeFor[[]netip.Prefix]():
		is("joined(" + x + ", netip.Prefix.String)")
	case t == reflect.TypeFor[[]time.Weekday]():
		is("joined(" + x + ", dayName)")
	case t == reflect.TypeFor[sdk.Terms]():
		g.line("if !w.terms(%q, %s) { return false }", key, x)
	case t == reflect.TypeFor[sdk.Secret]():
		is(x + ".Reveal()")
	case f.p.IsMap():
		g.line("if !w.pairs(%q, %s) { return false }", key, x)
	case f.p.IsList() && f.p.Kind() == protoreflect.MessageKind:
		g.line("for i := range %s { if !walk%s(w.under(%q).under(decimal(int64(i))), &%s[i], show) { return false } }", x, f.p.Message().Name(), key, x)
	case f.p.IsList():
		is("joined(" + x + ", text)")
	case f.p.Kind() == protoreflect.MessageKind:
		g.line("if %s != nil && !walk%s(w.under(%q), %s, show) { return false }", x, f.p.Message().Name(), key, x)
	case t.Kind() == reflect.Pointer:
		g.line("if %s != nil && !w.leaf(%q, %s) { return false }", x, key, f.plain("*"+x, t.Elem()))
	default:
		is(f.plain(x, t))
	}
}

// plain is a scalar as text.
func (f field) plain(x string, t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "string(" + x + ")"
	case reflect.Bool:
		return "yes(" + x + ")"
	case reflect.Int, reflect.Int64, reflect.Uint32:
		return "decimal(int64(" + x + "))"
	}
	fail("%s: no way to name a %v", f.full, t)
	return ""
}
