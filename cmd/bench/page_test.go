package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// machine is what a figure depends on.
func machine() map[string]string {
	m := map[string]string{"cores": fmt.Sprint(runtime.NumCPU()), "go": runtime.Version(), "date": time.Now().UTC().Format(time.DateOnly),
		"cpu": field("/proc/cpuinfo", "model name"), "memory": field("/proc/meminfo", "MemTotal"), "disk": said("df", "--output=fstype", os.TempDir()),
		"revision": said("git", "describe", "--always", "--dirty")}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	m["system"] = runtime.GOOS + "/" + runtime.GOARCH + " " + strings.TrimSpace(string(kernel))
	return m
}

// field is the first line with a name in one of the system's tables.
func field(path, name string) string {
	b, _ := os.ReadFile(path)
	for line := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// said is the last line that a program prints, or nothing.
func said(name string, args ...string) string {
	b, _ := exec.Command(name, args...).Output()
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// end writes the report, when it was asked for: all of performance.json, and the measured parts of performance.md. What
// people have written around them stays.
func (r *reporter) end(dir string) error {
	if dir == "" || len(r.results) == 0 {
		return nil
	}
	b, err := json.MarshalIndent(map[string]any{"machine": machine(), "rounds": *rounds, "results": r.results}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "performance.json"), append(b, '\n'), 0o644); err != nil {
		return err
	}
	path := filepath.Join(dir, "performance.md")
	page, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the page that the figures belong into: %w", err)
	}
	return os.WriteFile(path, []byte(r.into(string(page))), 0o644)
}

var marked = regexp.MustCompile(`(?s)<!-- measured: (\w+) -->\n.*?<!-- end -->`)

// into puts what was measured between the marks of a page. A part that was not measured stays.
func (r *reporter) into(page string) string {
	return marked.ReplaceAllStringFunc(page, func(part string) string {
		name, text := marked.FindStringSubmatch(part)[1], ""
		switch name {
		case "machine":
			m := machine()
			text = fmt.Sprintf("%s, %s cores, %s of memory, temporary files on %s; %s, %s, revision %s; %s, %d rounds.\n",
				m["cpu"], m["cores"], m["memory"], m["disk"], m["system"], m["go"], m["revision"], m["date"], *rounds)
		case "figures":
			text = r.table()
		case "profile":
			text = r.profile()
		}
		if text == "" {
			return part
		}
		return "<!-- measured: " + name + " -->\n" + text + "<!-- end -->"
	})
}

// table is every figure, and the notes about them.
func (r *reporter) table() string {
	var b strings.Builder
	b.WriteString("| what | unit | median | min | max | baseline | ratio | goal | |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, x := range r.results {
		base, ratio, ok := "", "", ""
		if x.Ratio > 0 {
			base, ratio = figure(x.Baseline), figure(x.Ratio)
		}
		if x.Goal != "" {
			ok = map[bool]string{true: "met", false: "**missed**"}[x.OK]
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", x.Name, x.Unit, figure(x.Median), figure(x.Min), figure(x.Max), base, ratio, x.Goal, ok)
	}
	b.WriteString("\n")
	for _, x := range r.results {
		if x.Note != "" {
			fmt.Fprintf(&b, "- **%s**: %s.\n", x.Name, x.Note)
		}
	}
	return b.String()
}

// profile is what other programs said, as they said it.
func (r *reporter) profile() string {
	var b strings.Builder
	for _, x := range r.blocks {
		fmt.Fprintf(&b, "%s:\n\n```text\n%s\n```\n\n", x.name, x.text)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
