package wire

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestEveryPrintableCharacterSurvivesEBCDIC(t *testing.T) {
	seen := map[byte]bool{}
	for c := byte(' '); c <= '~'; c++ {
		b, ok := toEBCDIC(c)
		if !ok || seen[b] || fromEBCDIC(b) != c {
			t.Errorf("%q: %02X", c, b)
		}
		seen[b] = true
	}
	for _, c := range []byte{0, 0x1F, 0x7F, 0xE9} {
		if _, ok := toEBCDIC(c); ok {
			t.Errorf("%02X was translated", c)
		}
	}
	if fromEBCDIC(0) != ' ' || fromEBCDIC(0x01) != '?' {
		t.Error("control characters")
	}
}

func TestARawPreConnectionHasNoPrefix(t *testing.T) {
	want := vector(t, "V15 pre-connection")[2:]
	l := Logon{"PESIT", "PART1", "secret"}
	if out, err := AppendLogon([]byte{9}, Raw, l); err != nil || !bytes.Equal(out[1:], want) {
		t.Errorf("% X, %v", out, err)
	}
	got, used, err := ReadLogon(append(bytes.Clone(want), 1, 2, 3), Raw)
	if err != nil || used != LogonSize || got != l {
		t.Errorf("%v, %d, %v", got, used, err)
	}
	if out := AppendLogonAnswer(nil, Raw, false); !bytes.Equal(out, raw(t, "D5C1D2F0")) {
		t.Errorf("% X", out)
	}
	if ok, used, err := ReadLogonAnswer(raw(t, "C1C3D2F0 00"), Raw); !ok || used != 4 || err != nil {
		t.Errorf("%v %d %v", ok, used, err)
	}
}

func TestOddPreConnectionsAreRefused(t *testing.T) {
	var e *Error
	if _, _, err := ReadLogon(raw(t, "0019"), Prefixed); !errors.As(err, &e) || e.Diagnostic != ProtocolError {
		t.Errorf("25 bytes: %v", err)
	}
	if _, _, err := ReadLogonAnswer(raw(t, "0004 C1C3D2F1"), Prefixed); !errors.As(err, &e) || e.Diagnostic != ProtocolError {
		t.Errorf("ACK1: %v", err)
	}
	if _, _, err := ReadLogonAnswer(raw(t, "0006"), Prefixed); !errors.As(err, &e) || e.Diagnostic != ProtocolError {
		t.Errorf("6 bytes: %v", err)
	}
	for _, l := range []Logon{{Service: "NINECHARS"}, {ID: "é"}, {Password: "a\tb"}} {
		if out, err := AppendLogon([]byte("kept"), Prefixed, l); err == nil || string(out) != "kept" {
			t.Errorf("%v was encoded", l)
		}
	}
}

func TestNoWayOfPrintingALogonShowsItsPassword(t *testing.T) {
	l := Logon{"PESIT", "PART1", "topsecr"}
	for _, form := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(form, l); strings.Contains(got, "topsecr") || !strings.Contains(got, "PART1") {
			t.Errorf("%s: %s", form, got)
		}
	}
	if got := (Logon{Service: "PESIT"}).String(); strings.Contains(got, "***") {
		t.Errorf("an absent password prints as %s", got)
	}
}
