package toolchain

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Make copies a folder to a temporary place, with the repository's SDKs beside it so that ../../sdk/c still leads to
// one, runs make in the copy with the given arguments, and returns the copy. A folder outside any Go module is copied
// alone. The same sources, arguments and compilers are built once: later calls get what the first has made.
func Make(t testing.TB, dir string, args ...string) string {
	t.Helper()
	Need(t, "make")
	src, err := gather(dir)
	if err != nil {
		t.Fatalf("gather the sources of %s: %v", dir, err)
	}
	to := t.TempDir()
	if err := src.write(to); err != nil {
		t.Fatal(err)
	}
	built := filepath.Join(to, src.at)
	key := src.key(append([]string{"make"}, args...))
	if fetch(key, built) {
		return built
	}
	if out, err := run(built, "make", args...); err != nil {
		t.Fatalf("make %s in %s: %v\n%s", strings.Join(args, " "), dir, err, out)
	}
	if err := keep(key, built, src); err != nil {
		t.Logf("what make has built in %s is not kept: %v", dir, err)
	}
	return built
}

// Env is the environment in which a Makefile finds the compilers: asc is on its PATH, RUSTC names the right rustc.
func Env() []string {
	env := slices.DeleteFunc(os.Environ(), func(e string) bool {
		name, _, _ := strings.Cut(e, "=")
		return slices.Contains([]string{"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PATH", "RUSTC"}, name) // those of "make test"
	})
	if rustc, err := findRust(); err == nil {
		env = append(env, "RUSTC="+rustc)
	}
	return append(env, "PATH="+ascFolder()+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// run gives a build five minutes: the first Go guest on a slow machine builds the standard library.
func run(dir, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, Env()
	return cmd.CombinedOutput()
}
