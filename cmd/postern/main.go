// Command postern is a file-transfer server, its requester and its tools: one binary, one verb per file.
//
// The verbs are listed in root.go. What they print goes to standard output, everything else to standard error; the
// exit status is 0 done, 1 failed, 2 wrong usage or configuration, 3 refused by the other side or nothing to receive,
// 4 interrupted and restartable.
package main

import (
	"context"
	"os"

	"github.com/postern/postern/cmd/internal/wiring"
)

func main() {
	dumpNoCore()
	if len(os.Args) > 1 && os.Args[1] == wiring.ConfineVerb { // a step in the start of an exit's process, no verb of the user's
		os.Exit(wiring.Confine(os.Args[2:], os.Stderr))
	}
	instrument()
	os.Exit(run(context.Background(), newApp(), os.Args[1:]))
}
