package toolchain_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/postern/postern/sdk/sdktest/toolchain"
)

func TestAProgramIsLinkedOnceUntilItsSourcesChange(t *testing.T) {
	t.Setenv("POSTERN_TOOLCHAIN", t.TempDir())
	t.Chdir(t.TempDir())
	write(t, "go.mod", "module example.org/x\n")
	main := func(word string) { write(t, "hello/main.go", "package main\n\nfunc main() { print(\""+word+"\") }\n") }
	build := func() string {
		t.Helper()
		program, err := toolchain.Program(t.TempDir(), "example.org/x/hello", false)
		if err != nil {
			t.Fatal(err)
		}
		return program
	}
	main("one")
	first, second := build(), build()
	main("two")
	third := build()
	for program, want := range map[string]string{first: "one", second: "one", third: "two"} {
		if out, err := exec.Command(program).CombinedOutput(); err != nil || string(out) != want {
			t.Errorf("%s says %q, %v; want %q", filepath.Base(program), out, err, want)
		}
	}
	if a, b := status(t, first), status(t, second); !a.ModTime().Equal(b.ModTime()) {
		t.Error("it was linked again although nothing had changed")
	}
	main("three\n\"")
	if _, err := toolchain.Program(t.TempDir(), "example.org/x/hello", false); err == nil {
		t.Error("a program that does not compile was built")
	}
}

func status(t *testing.T, name string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info
}
