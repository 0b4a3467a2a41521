// Command is an exit of the command kind, in Go and without an SDK. What it does is in its settings: "do".
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	var q struct {
		Point  string
		Config struct {
			Do, Path string
		}
		Facts struct {
			Time  time.Time
			Claim struct{ Name string }
		}
	}
	if err := json.NewDecoder(os.Stdin).Decode(&q); err != nil {
		fmt.Fprintln(os.Stderr, "stdin:", err)
		os.Exit(2)
	}
	detail := ""
	note := func(v any, err error) {
		if err != nil {
			detail = "error: " + err.Error()
			return
		}
		detail = fmt.Sprint(v)
	}
	switch q.Config.Do {
	case "name":
		detail = q.Facts.Claim.Name
	case "time":
		detail = fmt.Sprint(time.Now().Equal(q.Facts.Time))
	case "world":
		detail = fmt.Sprint(len(os.Args), len(os.Environ()))
	case "sleep":
		began := time.Now()
		time.Sleep(20 * time.Millisecond)
		detail = fmt.Sprint(time.Since(began) >= 20*time.Millisecond)
	case "sleep long":
		time.Sleep(time.Hour)
	case "exit":
		os.Exit(3)
	case "panic":
		panic("something is wrong")
	case "flood":
		fmt.Print(strings.Repeat("x", 100_000))
	case "silent":
		return
	case "read":
		b, err := os.ReadFile(q.Config.Path)
		note(string(b), err)
	case "list":
		entries, err := os.ReadDir(q.Config.Path)
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		note(strings.Join(names, " "), err)
	case "stat":
		i, err := os.Stat(q.Config.Path)
		if err == nil {
			note(fmt.Sprint(i.Size(), i.IsDir()), nil)
		} else {
			note(nil, err)
		}
	case "write":
		note("written", os.WriteFile(q.Config.Path, []byte("x"), 0o600))
	case "remove":
		note("removed", os.Remove(q.Config.Path))
	}
	fmt.Fprintln(os.Stderr, "did", q.Config.Do)
	b, _ := json.Marshal(map[string]any{"verdict": "refuse", "code": "exit.refused", "detail": detail})
	os.Stdout.Write(b)
}
