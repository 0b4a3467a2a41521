package main

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// execStatus runs a program and wants its exit status: exec-status N PROGRAM ARGS...
func execStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exec-status status program args...")
	}
	status := 0
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("%s ended with status %d, want %s", strings.Join(args[1:], " "), status, args[0])
	}
}

// waitFor waits until a file holds a text: waitfor FILE REGEXP.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: waitfor file regexp")
	}
	want := regexp.MustCompile(args[1])
	var last string
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		b, err := os.ReadFile(ts.MkAbs(args[0]))
		if last = string(b); err == nil && want.MatchString(last) {
			return
		}
	}
	ts.Fatalf("%s never held %s; it holds:\n%s", args[0], args[1], last)
}

// address sets ADDRESS to where a listener is bound, from the ready line: address FILE LISTENER.
func address(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: address file listener")
	}
	waitFor(ts, false, []string{args[0], `(?m)^ready .*\n`})
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, word := range strings.Fields(string(b)) {
		if at, ok := strings.CutPrefix(word, args[1]+"="); ok {
			ts.Setenv("ADDRESS", at)
			return
		}
	}
	ts.Fatalf("%s names no listener %s:\n%s", args[0], args[1], b)
}
