package main

import (
	"strings"

	"github.com/postern/postern/sdk"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// probes writes, for every point, a function that gives any fact by its dotted name as text.
func (g *generator) probes() {
	var functions generator
	functions.done = map[string]bool{}
	var imports []string
	for _, row := range sdk.Points() {
		if row.Point == sdk.PointFilter {
			continue
		}
		t := title(row.Point)
		imports = append(imports, t+"Facts")
		extra := ""
		if find(t+"Request").Fields().ByName("allowed") != nil {
			extra += "  if (key == \"allowed\") return v.allowed.toString();\n"
		}
		if c := lookup(t + "Changes"); c != nil {
			extra += "  if (key.startsWith(\"earlier.\")) return probe" + string(c.Name()) + "(v.earlier, key.substring(8));\n"
			functions.probe(c, "", &imports)
		}
		functions.probe(find(t+"Facts"), extra, &imports)
	}
	g.line("// Code generated from the contract by sdk/assemblyscript/generate; DO NOT EDIT.\n")
	g.line("import { Pairs, Term, TermKind } from \"../../assembly/postern\";")
	g.line("import {\n  %s,\n} from \"../../assembly/messages\";", strings.Join(imports, ", "))
	g.WriteString(termProbe)
	g.Write(functions.Bytes())
}

func (g *generator) probe(d protoreflect.MessageDescriptor, extra string, imports *[]string) {
	if d.Name() == "Term" || !g.once(string(d.Name())) {
		return
	}
	for _, f := range fields(d) {
		if k := kindOf(f); k == list || k == message {
			g.probe(f.Message(), "", imports)
		}
	}
	if !strings.HasSuffix(string(d.Name()), "Facts") {
		*imports = append(*imports, string(d.Name()))
	}
	g.line("\nexport function probe%s(v: %s, key: string): string | null {", d.Name(), d.Name())
	for _, f := range fields(d) {
		if f.Name() == "clear" {
			continue // not a fact of its own
		}
		g.probeField(f)
	}
	g.line("%s  return null;\n}", extra)
}

func (g *generator) probeField(f protoreflect.FieldDescriptor) {
	key, n, k := string(f.Name()), camel(f), kindOf(f)
	is := func(value string) {
		if f.HasOptionalKeyword() {
			value = "v.has" + upper(n) + " ? " + value + " : null"
		}
		g.line("  if (key == %q) return %s;", key, value)
	}
	below := func(value string) { g.line("  if (key.startsWith(%q)) return %s;", key+".", value) }
	rest := "key.substring(" + n10(protoreflect.FieldNumber(len(key)+1)) + ")"
	switch {
	case k == text:
		is("v." + n)
	case k == texts:
		is("v." + n + ".join(\",\")")
	case k == pairs:
		below("v." + n + ".find(" + rest + ")")
	case k == list && f.Message().Name() == "Term":
		below("probeTerms(v." + n + ", " + rest + ")")
	case k == list:
		g.line("  if (key.startsWith(%q)) {\n    const rest = %s;\n    const dot = rest.indexOf(\".\");\n    const i = dot > 0 ? <i32>parseInt(rest.substring(0, dot)) : -1;", key+".", rest)
		g.line("    const all = v.%s;\n    return i >= 0 && i < all.length ? probe%s(all[i], rest.substring(dot + 1)) : null;\n  }", n, f.Message().Name())
	case k == message:
		below("v.has" + upper(n) + " ? probe" + string(f.Message().Name()) + "(v." + n + ", " + rest + ") : null")
	default:
		is("v." + n + ".toString()")
	}
}

const termProbe = `
function probeTerms(terms: Term[], name: string): string | null {
  for (let i = 0; i < terms.length; i++) {
    const t = terms[i];
    if (t.name != name) continue;
    if (t.kind == TermKind.Number) return t.number.toString();
    if (t.kind == TermKind.Flag) return t.isSet.toString();
    return t.words.join(",");
  }
  return null;
}
`
