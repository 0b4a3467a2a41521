package main

import (
	"reflect"

	"github.com/postern/postern/sdk"
)

// dialogue are the messages inside an event of a protocol. No exit asks for a fact in them.
var dialogue = []message{
	{"Counts", reflect.TypeFor[sdk.Counts](), nil},
	{"Hello", reflect.TypeFor[sdk.Hello](), nil},
	{"Welcome", reflect.TypeFor[sdk.Welcome](), nil},
	{"Request", reflect.TypeFor[sdk.Request](), nil},
	{"Grant", reflect.TypeFor[sdk.Grant](), nil},
	{"Reply", reflect.TypeFor[sdk.Reply](), nil},
	{"DirEntry", reflect.TypeFor[sdk.DirEntry](), nil},
	{"Space", reflect.TypeFor[sdk.Space](), nil},
}

// protocol writes their codec.
func protocol() {
	g := &generator{quiet: true}
	g.line("// Code generated from the contract by go generate; DO NOT EDIT.\n\npackage wire\n")
	g.line("import \"github.com/postern/postern/sdk\"\n")
	for _, m := range dialogue {
		g.message(m, find(m.name))
	}
	g.save("protocol_gen.go")
}
