// Package guest makes a WebAssembly module of an exit that is written in Go: a value of [sdk.Functions].
//
//	package main
//
//	import (
//		"context"
//
//		"github.com/postern/postern/sdk"
//		"github.com/postern/postern/sdk/guest"
//	)
//
//	func init() { guest.Serve(sdk.Functions{Name: "vet", Version: "1", Identify: identify}) }
//
//	func main() {} // a module is called, it does not run
//
//	func identify(ctx context.Context, q sdk.Question) (sdk.Verdict, error) { … }
//
// It is built with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -ldflags='-s -w' -o vet.wasm
//
// [Serve] belongs into init, because the server calls the functions of a module without ever starting its main. What the server
// does for an exit ([Config], [VerifyPassword], [HTTP], …) takes the context that the exit's function was given. The same
// functions can be tested outside a module: there the context says who does it, see [With].
//
// One instance of a module answers one question at a time. The server makes as many instances as it needs and throws one
// away that has failed, so what is kept in variables is a cache and no more. A panic is a failure of the exit. A goroutine
// that is left behind stands still until the next question.
//
// It is not for protocols and backends, and not for exits that need threads, sockets or files that are written: those are
// processes (sdk/process). It imports the standard library only.
package guest
