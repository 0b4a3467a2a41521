package toolchain

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// Required is the variable of the environment that turns skips into failures: for a machine that has everything.
const Required = "POSTERN_TOOLCHAIN_REQUIRED"

// Need skips the test when what builds a language is not there: "c", "rust", "assemblyscript", "wat" or "make".
func Need(t testing.TB, languages ...string) {
	t.Helper()
	for _, l := range languages {
		err := Ready(l)
		switch {
		case err == nil:
		case errors.Is(err, errUnknown) || os.Getenv(Required) == "1":
			t.Fatalf("%s cannot be built: %v", l, err)
		default:
			t.Skipf("%s cannot be built: %v; scripts/toolchain says what is missing", l, err)
		}
	}
}

var errUnknown = errors.New("no such language")

// Ready says what a language lacks to be built, nil when nothing.
func Ready(language string) error {
	var errs []error
	for _, tool := range needs(language) {
		if _, err := Find(tool); err != nil {
			errs = append(errs, err)
		}
	}
	if needs(language) == nil {
		return errUnknown
	}
	return one(errs)
}

func needs(language string) []string {
	switch language {
	case "c":
		return []string{"make", "clang", "wasm-ld", "wasi-libc"}
	case "rust":
		return []string{"make", "rustc", "wasm-ld"}
	case "assemblyscript":
		return []string{"make", "node", "asc"}
	case "wat":
		return []string{"wat2wasm"}
	case "make":
		return []string{"make"}
	}
	return nil
}

// one puts several faults on one line.
func one(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	lines := make([]string, len(errs))
	for i, err := range errs {
		lines[i] = err.Error()
	}
	return errors.New(strings.Join(lines, ", "))
}
