package main

import (
	"strings"

	"github.com/postern/postern/sdk"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// point writes what belongs to one point: its facts, its reply, and the function that registers who answers.
func (g *generator) point(p sdk.Point) {
	t := title(p)
	facts, request, changes := find(t+"Facts"), find(t+"Request"), lookup(t+"Changes")
	g.viewsIn(facts)
	if changes != nil {
		g.view(changes)
		g.builder(t+"Set", changes, "is what to change at "+string(p)+"; what is not set is left alone.")
	}
	g.line("")
	g.comment("", t+"Facts")
	g.line("@final\nexport class %sFacts extends View {", t)
	g.line("  private question: View | null = null;\n  constructor() { super(%d); }", highest(facts))
	g.line("\n  /** about is called by the SDK. */\n  about(question: View): %sFacts {\n    this.question = question;\n    return question.$inner(1, this);\n  }\n", t)
	g.getters(facts)
	if f := request.Fields().ByName("allowed"); f != nil {
		g.comment("  ", name(f))
		g.line("  get allowed(): bool { return this.question!.$flag(%d); }", f.Number())
	}
	if f := request.Fields().ByName("earlier"); f != nil {
		g.comment("  ", name(f))
		g.line("  get earlier(): %s { return this.question!.$inner(%d, this.earlier_); }\n  private earlier_: %s = new %s();", changes.Name(), f.Number(), changes.Name(), changes.Name())
	}
	g.line("}")
	g.reply(p, changes)
	g.register(p)
}

func (g *generator) reply(p sdk.Point, changes protoreflect.MessageDescriptor) {
	t := title(p)
	g.line("\n/** %sReply is the verdict at %s. */\n@final\nexport class %sReply extends Reply {", t, p, t)
	g.line("  /** pass has no opinion; changes count all the same. */\n  static pass(): %sReply { return new %sReply(); }", t, t)
	if row, _ := p.Row(); row.Allow {
		g.line("  /** allow answers the point's question with yes. */\n  static allow(): %sReply {\n    const r = new %sReply();\n    r.yes();\n    return r;\n  }", t, t)
	}
	g.line("  /** refuse says no: with a code of the closed list, a sentence for the peer, and what only the log and the catalog see. */")
	g.line("  static refuse(code: string, publicText: string = \"\", detail: string = \"\", again: Again = Again.AsCode): %sReply {", t)
	g.line("    const r = new %sReply();\n    r.no(code, publicText, detail, again);\n    return r;\n  }", t)
	if changes != nil {
		g.line("\n  private changes: %sSet | null = null;", t)
		g.line("  /** What to change. */\n  get set(): %sSet {\n    let s = this.changes;\n    if (s === null) this.changes = s = new %sSet();\n    return s;\n  }", t, t)
	}
	g.line("\n  /** write is called by the SDK. */\n  write(): i64 {\n    this.head();")
	if changes != nil {
		g.line("    const set = this.changes;\n    if (set !== null) {\n      const at = open(6);\n      set.write();\n      close(at);\n    }")
	}
	g.line("    return reply();\n  }\n}")
}

func (g *generator) register(p sdk.Point) {
	t := title(p)
	method := find("DescribeReply").ParentFile().Enums().ByName("Method").Values().ByName(protoreflect.Name("METHOD_" + strings.ToUpper(string(p))))
	if method == nil {
		fail("the contract has no method for %s", p)
	}
	when := strings.TrimSuffix(strings.TrimPrefix(comments[t+"Facts"], t+"Facts is what is known "), ".")
	g.line("\nlet its%s: ((facts: %sFacts) => %sReply) | null = null;\nlet the%sFacts: %sFacts | null = null;", t, t, t, t, t)
	g.line("\n/** on%s names the function that answers at %s: %s. */", t, p, when)
	g.line("export function on%s(f: (facts: %sFacts) => %sReply): void {\n  its%s = f;\n  the%sFacts = new %sFacts();\n  serve(%d, %q, ask%s);\n}",
		t, t, t, t, t, t, method.Number(), p, t)
	g.line("\nfunction ask%s(question: View): i64 { return its%s!(the%sFacts!.about(question)).write(); }", t, t, t)
}
