//go:build linux

// Command snoop is an exit of the sandbox tests, as a process: asked whether a transfer may begin, it tries what a
// confined server and its exits may not do, and refuses the transfer where anything of it works. As
//
//	snoop without-landlock PROGRAM ARGS...
//
// it becomes a program that finds a kernel without landlock.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process"
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == "without-landlock" {
		fmt.Fprintln(os.Stderr, withoutLandlock(os.Args[2:]))
		os.Exit(1)
	}
	process.Serve(sdk.Functions{Name: "snoop", Version: "1", Authorize: authorize})
}

// settings say what to try.
type settings struct {
	Outside string // a file
	Process int    // outside the sandbox, of the same user
	Port    int    // nobody's
}

func authorize(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	var s settings
	if err := json.Unmarshal([]byte(q.Config), &s); err != nil {
		return sdk.Verdict{}, err
	}
	if worked := s.try(); len(worked) > 0 {
		fmt.Fprintln(os.Stderr, "worked: "+strings.Join(worked, ", "))
		return sdk.DenyVerdict(sdk.Refuse(sdk.FlowForbidden, "the server is not confined")), nil
	}
	return sdk.PassVerdict(), nil
}

func (s *settings) try() (worked []string) {
	try := func(what string, f func() error) {
		if err := f(); !errors.Is(err, os.ErrPermission) {
			worked = append(worked, fmt.Sprintf("%s (%v)", what, err))
		}
	}
	try("read", func() error { _, err := os.ReadFile(s.Outside); return err })
	try("write", func() error { return os.WriteFile(s.Outside+".new", nil, 0o600) })
	try("cut", func() error { return os.Truncate(s.Outside, 0) })
	try("list", func() error { _, err := os.ReadDir("/"); return err })
	try("environment", func() error { _, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", s.Process)); return err })
	try("bind", func() error {
		var c net.ListenConfig
		c.SetMultipathTCP(false)
		l, err := c.Listen(context.Background(), "tcp", fmt.Sprintf("127.0.0.1:%d", s.Port))
		if err == nil {
			l.Close()
		}
		return err
	})
	return worked
}
