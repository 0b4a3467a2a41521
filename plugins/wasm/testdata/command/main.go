// Command is an exit of the command kind, in Go and without an SDK. The caller's name says what it does: a verb and a
// path. It reads its question by looking for what it needs, for a JSON package would make the module twice as large.
package main

import (
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	b, err := io.ReadAll(os.Stdin)
	if err != nil {
		os.Exit(2)
	}
	question := string(b)
	do, path, _ := strings.Cut(text(question, "name"), " ")
	detail := ""
	note := func(s string, err error) {
		detail = s
		if err != nil {
			detail = "error: " + err.Error()
		}
	}
	switch do {
	case "settings":
		detail = text(question, "list")
	case "time":
		asked, err := time.Parse(time.RFC3339Nano, text(question, "time"))
		note(strconv.FormatBool(time.Now().Equal(asked)), err)
	case "world":
		detail = strconv.Itoa(len(os.Args)) + " " + strconv.Itoa(len(os.Environ()))
	case "nap":
		began := time.Now()
		time.Sleep(20 * time.Millisecond)
		detail = strconv.FormatBool(time.Since(began) >= 20*time.Millisecond)
	case "hibernate":
		time.Sleep(time.Hour)
	case "exit":
		os.Exit(3)
	case "panic":
		panic("something is wrong")
	case "flood":
		os.Stdout.WriteString(strings.Repeat("x", 100_000))
	case "silent":
		return
	case "read":
		b, err := os.ReadFile(path)
		note(string(b), err)
	case "list":
		entries, err := os.ReadDir(path)
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		note(strings.Join(names, " "), err)
	case "stat":
		if i, err := os.Stat(path); err != nil {
			note("", err)
		} else {
			detail = strconv.FormatInt(i.Size(), 10) + " " + strconv.FormatBool(i.IsDir())
		}
	case "write":
		note("written", os.WriteFile(path, []byte("x"), 0o600))
	case "remove":
		note("removed", os.Remove(path))
	}
	os.Stderr.WriteString("did " + do + "\n")
	os.Stdout.WriteString(`{"verdict":"refuse","code":"exit.refused","detail":` + strconv.Quote(detail) + `}`)
}

// text finds the value of a member of the question.
func text(question, member string) string {
	_, after, _ := strings.Cut(question, `"`+member+`":`)
	value, _, _ := strings.Cut(strings.TrimLeft(after, ` "`), `"`)
	return value
}
