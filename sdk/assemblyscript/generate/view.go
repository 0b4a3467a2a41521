package main

import "google.golang.org/protobuf/reflect/protoreflect"

// view writes the class that reads a message, those of the messages in it first.
func (g *generator) view(d protoreflect.MessageDescriptor) {
	if !g.once(string(d.Name())) {
		return
	}
	g.viewsIn(d)
	g.line("")
	if d.Name() == "Term" {
		g.WriteString(termView)
		return
	}
	g.comment("", string(d.Name()))
	g.line("@final\nexport class %s extends View {\n  constructor() { super(%d); }", d.Name(), highest(d))
	g.getters(d)
	g.line("}")
}

func (g *generator) viewsIn(d protoreflect.MessageDescriptor) {
	for _, f := range fields(d) {
		if k := kindOf(f); k == list || k == message {
			g.view(f.Message())
		}
	}
}

func (g *generator) getters(d protoreflect.MessageDescriptor) {
	for _, f := range fields(d) {
		if kindOf(f) == span {
			unit := "Nanoseconds."
			if f.Message().Name() == "Timestamp" {
				unit = "Nanoseconds since 1970, UTC."
			}
			g.comment("  ", name(f), unit)
		} else {
			g.comment("  ", name(f))
		}
		g.line("  get %s(): %s { return %s; }", camel(f), viewType(f), read(f))
		if kindOf(f) == message {
			g.line("  private %s_: %s = new %s();", camel(f), viewType(f), viewType(f))
		}
		if kindOf(f) == message || f.HasOptionalKeyword() {
			g.line("  get has%s(): bool { return this.$has(%d); }", upper(camel(f)), f.Number())
		}
	}
}

// highest is the last number that a view must note; maps are read when they are asked for.
func highest(d protoreflect.MessageDescriptor) (n protoreflect.FieldNumber) {
	for _, f := range fields(d) {
		n = max(n, f.Number())
	}
	return n
}

func viewType(f protoreflect.FieldDescriptor) string {
	switch kindOf(f) {
	case text:
		return "string"
	case flag:
		return "bool"
	case texts:
		return "string[]"
	case pairs:
		return "Pairs"
	case list:
		return string(f.Message().Name()) + "[]"
	case message:
		return string(f.Message().Name())
	}
	return "i64" // number, span
}

func read(f protoreflect.FieldDescriptor) string {
	n := n10(f.Number())
	switch kindOf(f) {
	case text:
		return "this.$text(" + n + ")"
	case flag:
		return "this.$flag(" + n + ")"
	case span:
		return "this.$span(" + n + ")"
	case texts:
		return "this.$texts(" + n + ")"
	case pairs:
		return "new Pairs(this, " + n + ")"
	case list:
		return "this.$list<" + string(f.Message().Name()) + ">(" + n + ")"
	case message:
		return "this.$inner(" + n + ", this." + camel(f) + "_)"
	}
	return "this.$int(" + n + ")"
}

// termView is written by hand: it is the contract's only choice of several values.
const termView = `/** What kind of value a term has. */
export enum TermKind { None, Number, Flag, Words }

/** Term is one negotiable value of a protocol. */
@final
export class Term extends View {
  constructor() { super(4); }
  get name(): string { return this.$text(1); }
  get kind(): TermKind {
    if (this.$has(2)) return TermKind.Number;
    if (this.$has(3)) return TermKind.Flag;
    return this.$has(4) ? TermKind.Words : TermKind.None;
  }
  get number(): i64 { return this.$int(2); }
  get isSet(): bool { return this.$flag(3); }
  /** The words of a set. */
  get words(): string[] { return this.$inner(4, new Words()).words; }
}

/** findTerm looks a term up by its name; null if there is none. */
export function findTerm(terms: Term[], name: string): Term | null {
  for (let i = 0; i < terms.length; i++) {
    if (terms[i].name == name) return terms[i];
  }
  return null;
}
`
