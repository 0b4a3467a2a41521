package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/postern/postern/cmd/internal/author"
	"github.com/postern/postern/cmd/internal/wiring"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/sdk"
)

// passFile passes a file through a filter.
func (a *app) passFile(ctx context.Context, bench *wiring.Bench, own json.RawMessage, events []author.Event, p pluginTest) (err error) {
	if len(events) != 1 {
		return usagef("--file passes one file: give one --event")
	}
	in, err := os.Open(p.file)
	if err != nil {
		return err
	}
	defer in.Close()
	var out *os.File
	if p.out == "" {
		out, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	} else {
		out, err = os.OpenFile(p.out, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	config := events[0].Config
	if own != nil {
		config = own
	}
	plugin, err := bench.Load(ctx, config, []sdk.Point{sdk.PointFilter})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plugin.Close(ctx)) }()
	sum, err := author.Pass(ctx, plugin, events[0].Question.Facts, in, out)
	refusal, refused := sdk.AsRefusal(err)
	if err != nil && !refused {
		return err
	}
	return a.passed(sum, refusal, p.expect)
}

// passed prints what became of a file.
func (a *app) passed(sum author.Passed, refusal *sdk.Refusal, expect string) error {
	verdict, detail := "pass", ""
	if refusal != nil {
		verdict, detail = "refuse", refusal.Error()
		if refusal.Code == sdk.ExitFailed {
			verdict = "fail"
		}
	}
	var err error
	if a.json() {
		err = a.printJSON(struct {
			Verdict string `json:"verdict"`
			Detail  string `json:"detail,omitempty"`
			author.Passed
		}{verdict, detail, sum})
	} else {
		if detail != "" {
			verdict += " " + detail
		}
		err = a.printf("%s\n%s in, %s out, %s, %.0f MB/s\n", safe(verdict), count.Of(sum.In, "byte"), count.Of(sum.Out, "byte"),
			count.Of(sum.Blocks, "block"), sum.MBs)
	}
	switch {
	case err != nil:
		return err
	case expect == "" && refusal != nil && refusal.Code == sdk.ExitFailed:
		return exit(statusFailed, nil)
	case expect != "" && !strings.HasPrefix(verdict, expect):
		return fmt.Errorf("expected %s, got %s", expect, verdict)
	}
	return nil
}
