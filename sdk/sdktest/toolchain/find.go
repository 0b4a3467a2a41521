package toolchain

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// assemblyScript is the version that scripts/toolchain.d pins.
const assemblyScript = "0.28.20"

// Find says where a tool is: clang, wasm-ld, rustc (one that has the library for wasm32), asc (the pinned version),
// wasi-libc (its folder of headers), and any other by its name on the PATH.
func Find(tool string) (string, error) {
	switch tool {
	case "rustc":
		return findRust()
	case "asc":
		return findFile(filepath.Join(ascFolder(), "asc"), "AssemblyScript "+assemblyScript)
	case "wasi-libc":
		root := os.Getenv("WASI_SYSROOT")
		if root == "" {
			root = "/usr"
		}
		headers := filepath.Join(root, "include", "wasm32-wasi")
		_, err := findFile(filepath.Join(headers, "stdio.h"), tool)
		return headers, err
	}
	path, err := exec.LookPath(tool)
	if err != nil {
		return "", fmt.Errorf("%s is not installed", tool)
	}
	return path, nil
}

func findFile(path, name string) (string, error) {
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s is not installed", name)
	}
	return path, nil
}

// findRust looks at the distribution's compiler first: a newer one on the PATH often has no library for wasm32.
func findRust() (string, error) {
	onPath, _ := exec.LookPath("rustc")
	for _, rustc := range []string{os.Getenv("RUSTC"), "/usr/bin/rustc", onPath} {
		if rustc == "" {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		root, err := exec.CommandContext(ctx, rustc, "--print", "sysroot").Output()
		cancel()
		if err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(strings.TrimSpace(string(root)), "lib/rustlib/wasm32-unknown-unknown")); err == nil {
			return rustc, nil
		}
	}
	return "", fmt.Errorf("rustc with its library for wasm32 is not installed")
}

func ascFolder() string {
	return filepath.Join(folder(), "assemblyscript-"+assemblyScript, "node_modules", ".bin")
}

// folder is where scripts/toolchain and this package keep things.
func folder() string {
	if dir := os.Getenv("POSTERN_TOOLCHAIN"); dir != "" {
		return dir
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home := os.Getenv("HOME")
		if home == "" {
			home = "/tmp"
		}
		cache = filepath.Join(home, ".cache")
	}
	return filepath.Join(cache, "postern", "toolchain")
}
