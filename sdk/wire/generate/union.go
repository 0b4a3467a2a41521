package main

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/postern/postern/sdk"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// pointMessage finds the message of a point, IdentifyFacts for instance; nil when the point has none.
func pointMessage(p sdk.Point, suffix string) protoreflect.MessageDescriptor {
	name := strings.ToUpper(string(p[:1])) + string(p[1:]) + suffix
	for _, row := range sdk.Points() {
		if row.Point == p && suffix == "Changes" && len(row.Changes) == 0 {
			return nil
		}
	}
	return find(name)
}

// union writes the codec of a value of which each point's message has some fields: a field has one number in all.
func (g *generator) union(suffix string, typ reflect.Type) {
	byName := map[string]field{}
	var names []string
	for _, row := range sdk.Points() {
		d := pointMessage(row.Point, suffix)
		if d == nil {
			continue
		}
		for i := range d.Fields().Len() {
			p := d.Fields().Get(i)
			name := string(p.Name())
			if old, ok := byName[name]; ok {
				if old.num != int(p.Number()) || old.p.Kind() != p.Kind() {
					fail("%s is another field in %s than elsewhere", name, d.Name())
				}
				continue
			}
			f, ok := typ.FieldByNameFunc(func(s string) bool { return strings.EqualFold(s, strings.ReplaceAll(name, "_", "")) })
			if !ok {
				fail("%s.%s has no field in %v", d.Name(), name, typ)
			}
			byName[name] = field{full: suffix + "." + name, value: f, p: p, num: int(p.Number())}
			names = append(names, name)
		}
	}
	if len(byName) != typ.NumField() {
		fail("%v has %d fields, the contract %d of them", typ, typ.NumField(), len(byName))
	}
	g.line("// append%s writes the fields whose bit is set in mask.", suffix)
	g.line("func append%s(b []byte, x *%v, mask uint32, show Shown) []byte {", suffix, typ)
	for n := 1; n <= len(names); n++ {
		for _, name := range names {
			if f := byName[name]; f.num == n {
				g.line("if mask&(1<<%d) != 0 {", n)
				f.emitAppend(g)
				g.line("}")
			}
		}
	}
	g.line("return b\n}\n")
	g.line("func walk%s(w walker, x *%v, mask uint32, show Shown) bool {", suffix, typ)
	for n := 1; n <= len(names); n++ {
		for _, name := range names {
			if f := byName[name]; f.num == n {
				g.line("if mask&(1<<%d) != 0 {", n)
				f.emitWalk(g)
				g.line("}")
			}
		}
	}
	g.line("return true\n}\n")
	g.line("func parse%s(x *%v, r reader) error {\nfor r.next() {\nswitch r.num {", suffix, typ)
	for _, name := range names {
		g.line("case %d:", byName[name].num)
		byName[name].emitParse(g)
	}
	if suffix == "Changes" {
		g.line("default: return bad(\"a change with the number %%d, which nobody makes\", r.num)")
	}
	g.line("}\n}\nreturn r.err\n}\n")
}

// masks writes which facts and changes each point's messages have, and the method numbers.
func (g *generator) masks() {
	g.line("// layouts says what the messages of each point hold: a bit for each field number.\nvar layouts = [...]layout{")
	for _, row := range sdk.Points() {
		req := pointMessage(row.Point, "Request")
		g.line("{%q, %s, %s, %s, %v},", row.Point, method(row.Point), mask(pointMessage(row.Point, "Facts")), mask(pointMessage(row.Point, "Changes")),
			req.Fields().ByName("allowed") != nil)
	}
	g.line("}")
}

func mask(d protoreflect.MessageDescriptor) string {
	var m uint32
	for i := 0; d != nil && i < d.Fields().Len(); i++ {
		m |= 1 << d.Fields().Get(i).Number()
	}
	return fmt.Sprintf("%#x", m)
}

func method(p sdk.Point) string {
	e := find("DescribeReply").ParentFile().Enums().ByName("Method")
	v := e.Values().ByName(protoreflect.Name("METHOD_" + strings.ToUpper(string(p))))
	if v == nil {
		fail("the contract has no method for %s", p)
	}
	return fmt.Sprint(v.Number())
}
