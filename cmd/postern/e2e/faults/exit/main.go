// Command exit is the exit of the fault tests, as a process: a filter that turns bits around, and a done exit that notes
// each event in a file.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process"
)

func main() {
	process.Serve(sdk.Functions{Name: "exit", Version: "1", Filter: filter, Done: done})
}

// mask is what every byte of a filtered file is turned around with.
const mask = 0x5a

type turned struct{}

// Block has no state and changes no length.
func (turned) Block(in []byte, _ bool) (sdk.Filtered, error) {
	for i := range in {
		in[i] ^= mask
	}
	return sdk.Filtered{Bytes: in}, nil
}

func (turned) Close() error { return nil }

func filter(context.Context, sdk.Question) (sdk.Filter, error) { return turned{}, nil }

// done notes an event durably before it answers: one line with its id, its transfer and its result.
func done(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	var settings struct{ File string }
	if err := json.Unmarshal([]byte(q.Config), &settings); err != nil {
		return sdk.Verdict{}, err
	}
	f, err := os.OpenFile(settings.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return sdk.Verdict{}, err
	}
	defer f.Close()
	if _, err := fmt.Fprintln(f, q.Facts.Done.EventID, q.Facts.Transfer, q.Facts.Done.Result); err != nil {
		return sdk.Verdict{}, err
	}
	return sdk.PassVerdict(), f.Sync()
}
