package wire

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDiagnosticsOnTheWireAndAsText(t *testing.T) {
	for text, wire := range map[string]string{"0-000": "000000", "2-226": "0200E2", "3-304": "030130", "3-311": "030137", "1-100": "010064"} {
		d, err := ParseDiagnostic(text)
		if err != nil || d.String() != text || !bytes.Equal(d.Append(nil), raw(t, wire)) || d.OK() != (text == "0-000") {
			t.Errorf("%s: %s % X, %v", text, d, d.Append(nil), err)
		}
	}
	for _, text := range []string{"", "2", "2226", "x-226", "2-x", "256-1", "2-65536", "-1-2", "2--2"} {
		if d, err := ParseDiagnostic(text); err == nil {
			t.Errorf("%q read as %s", text, d)
		}
	}
}

func TestAnyDiagnosticIsTakenAndShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := NewDiagnostic(rapid.Byte().Draw(t, "kind"), rapid.Uint16().Draw(t, "reason"))
		again, err := ParseDiagnostic(d.String())
		if err != nil || again != d || d.Meaning() == "" {
			t.Fatalf("%s: %s %q %v", d, again, d.Meaning(), err)
		}
	})
}

func TestEveryListedDiagnosticHasItsOwnMeaning(t *testing.T) {
	var listed []string
	add := func(kind, from, to int) {
		for r := from; r <= to; r++ {
			listed = append(listed, fmt.Sprintf("%d-%03d", kind, r))
		}
	}
	add(0, 0, 0)
	add(1, 100, 100)
	add(2, 200, 243)
	add(2, 245, 247)
	listed = append(listed, "2-250", "2-254", "2-299")
	add(3, 300, 333)
	listed = append(listed, "3-399")
	for _, text := range listed {
		d, err := ParseDiagnostic(text)
		if err != nil || strings.HasPrefix(d.Meaning(), "unlisted") {
			t.Errorf("%s: %q, %v", text, d.Meaning(), err)
		}
	}
	for d, want := range map[Diagnostic]string{NewDiagnostic(1, 999): "unlisted transmission error", NewDiagnostic(2, 298): "unlisted file or transfer error",
		NewDiagnostic(3, 398): "unlisted connection or protocol error", NewDiagnostic(9, 1): "unlisted diagnostic", NewDiagnostic(0, 1): "success with a warning"} {
		if d.Meaning() != want {
			t.Errorf("%s: %q", d, d.Meaning())
		}
	}
}
