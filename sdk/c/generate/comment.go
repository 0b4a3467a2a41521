package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// comments holds what the contract says above a message ("Partner") or a field ("Partner.hours").
var comments = readComments("facts.proto", "exit.proto", "plugin.proto", "protocol.proto")

var (
	messageLine = regexp.MustCompile(`^message (\w+) `)
	fieldLine   = regexp.MustCompile(`^\s+(?:optional |repeated )?[\w.<>, ]+ (\w+) = \d+;`)
)

func readComments(files ...string) map[string]string {
	all := map[string]string{}
	for _, file := range files {
		b, err := os.ReadFile(filepath.Join("sdk", "contract", file))
		if err != nil {
			fail("%v: run it from the root of the repository", err)
		}
		message, above := "", ""
		for line := range strings.Lines(string(b)) {
			if text, ok := strings.CutPrefix(strings.TrimSpace(line), "//"); ok {
				above = strings.TrimSpace(above + text)
				above += " "
				continue
			}
			if m := messageLine.FindStringSubmatch(line); m != nil {
				message = m[1]
				all[message] = strings.TrimSpace(above)
			} else if m := fieldLine.FindStringSubmatch(line); m != nil {
				all[message+"."+m[1]] = strings.TrimSpace(above)
			}
			above = ""
		}
	}
	return all
}
