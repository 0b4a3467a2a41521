// Command script is an exit without any SDK: a program that reads a question from standard input and writes the answer
// to standard output, both JSON. It refuses files whose label is not as the settings say: {"labels": {FLOW: regular expression}}.
package main

import (
	"encoding/json"
	"log"
	"os"
	"regexp"
)

type question struct {
	Config struct{ Labels map[string]string }
	Facts  struct {
		Flow    struct{ ID string }
		Request struct{ Label string }
	}
}

type answer struct {
	Verdict string `json:"verdict"`
	Code    string `json:"code,omitempty"`
	Public  string `json:"public,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

func main() {
	var q question
	if err := json.NewDecoder(os.Stdin).Decode(&q); err != nil {
		log.Fatal(err) // a status other than 0: the exit has failed
	}
	pattern, ok := q.Config.Labels[q.Facts.Flow.ID]
	a := answer{Verdict: "pass"}
	if ok && !regexp.MustCompile(pattern).MatchString(q.Facts.Request.Label) {
		a = answer{"refuse", "file.name", "not a label of this flow", q.Facts.Request.Label + " does not match " + pattern}
	}
	if err := json.NewEncoder(os.Stdout).Encode(a); err != nil {
		log.Fatal(err)
	}
}
