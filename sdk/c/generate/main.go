// Command generate writes postern.h and postern_protocol.h: the types of the contract's messages, and tables by which they are
// read and written, between the parts of the headers that are written by hand and lie beside this file.
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/contract"
	"google.golang.org/protobuf/reflect/protoreflect"
)

//go:embed head.h
var head string

//go:embed tail.h
var tail string

//go:embed memory.h
var memory string

//go:embed exports.h
var exports string

func main() {
	g := &generator{done: map[string]bool{}}
	g.WriteString(head)
	g.line("/* ---- Messages %s */\n", strings.Repeat("-", 101))
	g.WriteString(kinds)
	for _, row := range sdk.Points() {
		g.point(row.Point)
	}
	g.message(find("HttpRequest"))
	g.message(find("HttpReply"))
	g.message(find("Hours"))
	g.line("/* The words of a term, read into a list. */\nstatic const struct postern__entry postern__table_words_fields[] = {[1] = {POSTERN__LIST, 2, 0, NULL POSTERN__NAME(\"words\")}};")
	g.line("static const struct postern__message postern__table_words = {1, postern__table_words_fields};\n")
	g.description()
	g.WriteString(tail)
	g.WriteString(memory)
	g.line("#ifndef POSTERN_PROTOCOL_H /* which has exports of its own */\n")
	g.dispatch()
	g.WriteString(exports)
	g.save("postern.h")
	g.protocol()
	g.save("postern_protocol.h")
}

// save writes a header, and begins the next one.
func (g *generator) save(name string) {
	if err := os.WriteFile(filepath.Join("sdk", "c", name), g.Bytes(), 0o644); err != nil {
		fail("%v: run it from the root of the repository", err)
	}
	g.Reset()
}

// kinds is what a table says of a field.
const kinds = `/* How a field is read and written; NAMES are there only if somebody defined POSTERN_NAMES. */
enum {
    POSTERN__NONE,
    POSTERN__TEXT,
    POSTERN__OPT_TEXT,
    POSTERN__INT,
    POSTERN__BOOL,
    POSTERN__OPT_INT,
    POSTERN__OPT_BOOL,
    POSTERN__SECONDS, /* of a time */
    POSTERN__NANOS,
    POSTERN__TIME,
    POSTERN__MESSAGE,
    POSTERN__LIST, /* and what follows: struct postern__seq */
    POSTERN__MAP,
    POSTERN__TERMS,
    POSTERN__HOURS,
    POSTERN__ROWS,
};

struct postern__entry {
    uint8_t kind, type; /* type: of the wire */
    uint16_t offset;
    const struct postern__message *message;
#ifdef POSTERN_NAMES
    const char *name;
#endif
};

#ifdef POSTERN_NAMES
#define POSTERN__NAME(s) , s
#else
#define POSTERN__NAME(s)
#endif

/* The fields of a message by their numbers. */
struct postern__message {
    uint32_t last;
    const struct postern__entry *fields;
};

/* How deep messages may lie in messages. */
enum { POSTERN__DEEPEST = 6 };

/* A time or a duration is read as nanoseconds. */
static const struct postern__entry postern__table_time_fields[] = {
    [1] = {POSTERN__SECONDS, 0, 0, NULL POSTERN__NAME("")},
    [2] = {POSTERN__NANOS, 0, 0, NULL POSTERN__NAME("")},
};
static const struct postern__message postern__table_time = {2, postern__table_time_fields};

`

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "generate: "+format+"\n", args...)
	os.Exit(1)
}

func find(name string) protoreflect.MessageDescriptor {
	d := lookup(name)
	if d == nil {
		fail("the contract has no message %s", name)
	}
	return d
}

func lookup(name string) protoreflect.MessageDescriptor {
	for _, f := range []protoreflect.FileDescriptor{contract.File_facts_proto, contract.File_exit_proto, contract.File_plugin_proto, contract.File_protocol_proto} {
		if d := f.Messages().ByName(protoreflect.Name(name)); d != nil {
			return d
		}
	}
	return nil
}

type generator struct {
	bytes.Buffer
	done map[string]bool // messages that were written
}

func (g *generator) line(format string, args ...any) { fmt.Fprintf(g, format+"\n", args...) }

// title is a point's name as its messages begin: Identify.
func title(p sdk.Point) string { return strings.ToUpper(string(p[:1])) + string(p[1:]) }

// changes gives the message of a point's changes, nil where nothing may be changed.
func changes(p sdk.Point) protoreflect.MessageDescriptor { return lookup(title(p) + "Changes") }

// point writes the types of a point: its changes, and its facts with what a request says beside them.
func (g *generator) point(p sdk.Point) {
	request := find(title(p) + "Request")
	set := changes(p)
	if set != nil {
		g.message(set)
	}
	facts := find(title(p) + "Facts")
	var more []member
	if request.Fields().ByName("allowed") != nil {
		more = append(more, member{"bool", "allowed", "An exit asked earlier at this point has allowed."})
	}
	if set != nil {
		more = append(more, member{cName(set), "earlier", "What the exits asked earlier at this point have changed."})
	}
	g.message(facts, more...)
	g.line("static const struct postern__entry postern__table_%s_request_fields[] = {", p)
	g.line("    [1] = {POSTERN__MESSAGE, 2, 0, &%s POSTERN__NAME(\"\")},", table(facts))
	last := 1
	if f := request.Fields().ByName("allowed"); f != nil {
		last = int(f.Number())
		g.line("    [%d] = {POSTERN__BOOL, 0, offsetof(%s, allowed), NULL POSTERN__NAME(\"allowed\")},", last, cName(facts))
	}
	if f := request.Fields().ByName("earlier"); f != nil {
		last = int(f.Number())
		g.line("    [%d] = {POSTERN__MESSAGE, 2, offsetof(%s, earlier), &%s POSTERN__NAME(\"earlier\")},", last, cName(facts), table(set))
	}
	g.line("};\nstatic const struct postern__message postern__table_%s_request = {%d, postern__table_%s_request_fields};\n", p, last, p)
}

// description writes the struct that an author fills in.
func (g *generator) description() {
	g.line("/* What an exit is: POSTERN_EXIT(.name = ..., .version = ..., .identify = function, ...) at the end of its file. */")
	g.line("struct postern_exit {\n    const char *name, *version;")
	g.line("    const char *grants[8]; /* what it cannot do without: password, stored, verify_password, file, http, folder, clock, store */")
	for _, row := range sdk.Points() {
		set := ""
		if d := changes(row.Point); d != nil {
			set = ", " + cName(d) + " *set"
		}
		g.line("    postern_verdict (*%s)(const postern_%s_facts *facts%s);", row.Point, row.Point, set)
	}
	g.WriteString(`    /* Of a filter: what happens to a block; whether one may come out longer or shorter than it went in; whether what
     * comes out depends on the blocks before. Such a filter can be restarted elsewhere than at byte 0 if it can write its
     * state (at most capacity bytes; it returns how many) and go on from one that it wrote (it returns 0). */
    postern_filtered (*block)(postern_block *block);
    bool changes_length, state;
    int32_t (*snapshot)(uint8_t *out, size_t capacity);
    int32_t (*restore)(const uint8_t *state, size_t size);
};

static const struct postern_exit postern_exit;
#define POSTERN_EXIT(...) static const struct postern_exit postern_exit = {__VA_ARGS__};

`)
}

// dispatch writes what asks the author's functions, and what lists the points that they serve.
func (g *generator) dispatch() {
	g.line("/* ---- Questions %s */\n", strings.Repeat("-", 100))
	g.line("static int64_t postern__reply(const postern_verdict *v, const struct postern__message *m, const void *set, size_t size);\n")
	methods := find("DescribeReply").ParentFile().Enums().ByName("Method").Values()
	for _, row := range sdk.Points() {
		set, table0, arg := "", "NULL, NULL, 0", ""
		if d := changes(row.Point); d != nil {
			set, table0, arg = "    "+cName(d)+" set = {0};\n", "&"+table(d)+", &set, sizeof set", ", &set"
		}
		g.line("static int64_t postern__ask_%s(const uint8_t *head, const uint8_t *end)\n{", row.Point)
		g.line("    postern_%s_facts facts = {0};\n%s    if (!postern__read(&postern__table_%s_request, head, end, &facts))\n        return POSTERN_CANNOT_DECODE;",
			row.Point, set, row.Point)
		g.line("    postern_verdict v = postern_exit.%s(&facts%s);\n    return postern__reply(&v, %s);\n}\n", row.Point, arg, table0)
	}
	g.line("static inline int64_t postern__dispatch(int32_t method, const uint8_t *head, const uint8_t *end)\n{\n    switch (method) {")
	for _, row := range sdk.Points() {
		m := methods.ByName(protoreflect.Name("METHOD_" + strings.ToUpper(string(row.Point))))
		if m == nil {
			fail("the contract has no method for %s", row.Point)
		}
		g.line("    case %d:\n        return postern_exit.%s ? postern__ask_%s(head, end) : POSTERN_NOT_IMPLEMENTED;", m.Number(), row.Point, row.Point)
	}
	g.line("    }\n    return POSTERN_NOT_IMPLEMENTED;\n}\n")
	g.line("static inline void postern__write_points(struct postern__out *b)\n{")
	for _, row := range sdk.Points() {
		g.line("    if (postern_exit.%s)\n        postern__write_text(b, 5, postern_text(\"%s\"));", row.Point, row.Point)
	}
	g.line("}\n")
}
