package main

import (
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"
)

func n10(n protoreflect.FieldNumber) string { return strconv.Itoa(int(n)) }

// built is the name of the class that writes a message.
func built(d protoreflect.MessageDescriptor) string { return "New" + string(d.Name()) }

// builder writes the class that writes a message, those of the messages in it first.
func (g *generator) builder(class string, d protoreflect.MessageDescriptor, says string) {
	if !g.once(class) {
		return
	}
	for _, f := range fields(d) {
		if k := kindOf(f); k == list || k == message {
			g.builder(built(f.Message()), f.Message(), "is to be written into a reply.")
		}
	}
	g.line("")
	if class == "NewTerm" {
		g.WriteString(termBuilder)
		return
	}
	clear := d.Fields().ByName("clear")
	if clear != nil {
		says += " A list that is null is left as the record or the template has it; one that is empty is meant to be."
	}
	g.line("/** %s %s */\n@final\nexport class %s {", class, says, class)
	for _, f := range fields(d) {
		if f != clear {
			g.member(f)
		}
	}
	g.line("\n  /** write is called by the SDK. */\n  write(): void {")
	for _, f := range fields(d) {
		if f == clear {
			g.clears(d, clear)
			continue
		}
		g.put(f)
	}
	g.line("  }\n}")
}

func (g *generator) member(f protoreflect.FieldDescriptor) {
	g.comment("  ", name(f))
	n := camel(f)
	k := kindOf(f)
	switch {
	case f.HasOptionalKeyword() && k == text:
		g.line("  %s: string | null = null;", n)
	case f.HasOptionalKeyword():
		typ, zero := "i64", "0"
		if k == flag {
			typ, zero = "bool", "false"
		}
		g.line("  set %s(v: %s) { this.%s_ = v; this.has%s_ = true; }", n, typ, n, upper(n))
		g.line("  get %s(): %s { return this.%s_; }", n, typ, n)
		g.line("  private %s_: %s = %s;\n  private has%s_: bool = false;", n, typ, zero, upper(n))
	case k == text:
		g.line("  %s: string = \"\";", n)
	case k == flag:
		g.line("  %s: bool = false;", n)
	case k == number:
		g.line("  %s: i64 = 0;", n)
	case k == texts:
		g.line("  %s: string[] | null = null;", n)
	case k == pairs:
		g.line("  get %s(): NewPairs {\n    let p = this.%s_;\n    if (p === null) this.%s_ = p = new NewPairs();\n    return p;\n  }", n, n, n)
		g.line("  private %s_: NewPairs | null = null;", n)
	case k == list:
		g.line("  %s: %s[] | null = null;", n, built(f.Message()))
	case k == message:
		g.line("  %s: %s | null = null;", n, built(f.Message()))
	default:
		fail("%s: no way to write it", f.FullName())
	}
}

func (g *generator) put(f protoreflect.FieldDescriptor) {
	n, num := camel(f), f.Number()
	k := kindOf(f)
	local := func() { g.line("    const %s = this.%s;", n, n) }
	switch {
	case f.HasOptionalKeyword() && k == text:
		local()
		g.line("    if (%s !== null) putText(%d, %s, true);", n, num, n)
	case f.HasOptionalKeyword() && k == flag:
		g.line("    if (this.has%s_) putFlag(%d, this.%s_, true);", upper(n), num, n)
	case f.HasOptionalKeyword():
		g.line("    if (this.has%s_) putInt(%d, this.%s_, true);", upper(n), num, n)
	case k == text:
		g.line("    putText(%d, this.%s);", num, n)
	case k == flag:
		g.line("    putFlag(%d, this.%s);", num, n)
	case k == number:
		g.line("    putInt(%d, this.%s);", num, n)
	case k == texts:
		local()
		g.line("    if (%s !== null) putTexts(%d, %s);", n, num, n)
	case k == pairs:
		g.line("    const %s = this.%s_;\n    if (%s !== null) %s.write(%d);", n, n, n, n, num)
	case k == message:
		local()
		g.line("    if (%s !== null) {\n      const at = open(%d);\n      %s.write();\n      close(at);\n    }", n, num, n)
	case k == list:
		local()
		g.line("    if (%s !== null) {\n      for (let i = 0; i < %s.length; i++) {\n        const at = open(%d);\n        %s[i].write();\n        close(at);\n      }\n    }", n, n, num, n)
	}
}

// clears names the lists that are meant to be empty.
func (g *generator) clears(d protoreflect.MessageDescriptor, clear protoreflect.FieldDescriptor) {
	for _, f := range fields(d) {
		if k := kindOf(f); f != clear && (k == texts || k == list) {
			n := camel(f)
			if f.Number() > clear.Number() { // what put reads it into comes later
				g.line("    const no%s = this.%s;", upper(n), n)
				n = "no" + upper(n)
			}
			g.line("    if (%s !== null && %s.length == 0) putText(%d, %q);", n, n, clear.Number(), f.Name())
		}
	}
}

const termBuilder = `/** NewTerm is to be written into a reply. */
@final
export class NewTerm {
  private constructor(private name: string, private kind: TermKind, private value: i64, private list: string[]) {}
  static number(name: string, v: i64): NewTerm { return new NewTerm(name, TermKind.Number, v, []); }
  static flag(name: string, v: bool): NewTerm { return new NewTerm(name, TermKind.Flag, v ? 1 : 0, []); }
  static words(name: string, v: string[]): NewTerm { return new NewTerm(name, TermKind.Words, 0, v); }

  /** write is called by the SDK. */
  write(): void {
    putText(1, this.name);
    if (this.kind == TermKind.Words) {
      const at = open(4);
      putTexts(1, this.list);
      close(at);
    } else {
      putInt(this.kind == TermKind.Number ? 2 : 3, this.value, true);
    }
  }
}
`
