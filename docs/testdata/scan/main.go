// Scan is the program of docs/plugins/process.md.
package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process"
)

func main() {
	process.Serve(sdk.Functions{Name: "scan", Version: "1.0.0", Grants: []string{sdk.GrantFile}, Verify: verify})
}

// verify refuses programs for a certain system.
func verify(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	file := process.File(q) // an io.Reader, as the server sends it; nil without the grant
	if file == nil {
		return sdk.Verdict{}, errors.New("it does not see the file")
	}
	head := make([]byte, 2)
	if _, err := io.ReadFull(file, head); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return sdk.Verdict{}, err // a failure: the point's row says what follows
	}
	if bytes.Equal(head, []byte("MZ")) {
		slog.Warn("a program", "flow", q.Facts.Flow.ID)
		return sdk.DenyVerdict(sdk.Refuse(sdk.DataRejected, "a program from %s", q.Facts.Partner.ID)), nil
	}
	return sdk.PassVerdict(), nil
}
