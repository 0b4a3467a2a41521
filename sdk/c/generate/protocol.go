package main

import (
	_ "embed"
	"strings"

	"github.com/postern/postern/sdk"
	"google.golang.org/protobuf/reflect/protoreflect"
)

//go:embed protocolhead.h
var protocolHead string

//go:embed protocoltail.h
var protocolTail string

// protocol writes postern_protocol.h: the messages of a dialogue that postern.h does not have, and what answers them.
func (g *generator) protocol() {
	g.WriteString(protocolHead)
	file := find("Event").ParentFile()
	for _, name := range []string{"EventKind", "Role", "Next"} {
		values := file.Enums().ByName(protoreflect.Name(name)).Values()
		g.line("enum {")
		for i := range values.Len() {
			v := values.Get(i)
			// EVENT_KIND_HELLO is POSTERN_KIND_HELLO; the others keep their names.
			g.line("    POSTERN_%s = %d,", strings.TrimPrefix(string(v.Name()), "EVENT_"), v.Number())
		}
		g.line("};\n")
	}
	for _, name := range []string{"BeginRequest", "BeginReply", "HearRequest", "Event", "SayRequest", "SayReply"} {
		g.message(find(name))
	}
	g.codes()
	g.WriteString(protocolTail)
}

// codes writes the closed list of refusal codes: a protocol may name no other.
func (g *generator) codes() {
	g.line("/* A code of the closed list. */\ntypedef struct {\n    const char *code;\n    bool temporary;      /* the peer may try again */\n    const char *public; /* the sentence for the peer */\n} postern_code;\n")
	g.line("static const postern_code postern__codes[] = {")
	for _, row := range sdk.Codes() {
		g.line("    {%q, %t, %q},", row.Code, row.Temporary, row.Public)
	}
	g.line("};\n")
}
