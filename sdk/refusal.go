package sdk

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Refusal says no: with a code of the closed list, a public sentence for the peer that gives nothing away and a private
// detail for the log. It is an error; compare with errors.Is against another Refusal or a [Code] by [CodeOf].
type Refusal struct {
	Code      Code
	Temporary bool
	Public    string // said to the peer, at most 254 bytes of ASCII
	Detail    string // private: log, refusals, catalog
	Exit      string // the exit that refused, if one did
	Point     Point  // the exit point, if one refused
	Rule      string // the key of the configuration that decided, as RuleOf gives it; "" where none did
	// ByPeer is set when the other side said it; Diagnostic is then its own word, "3-301" for instance.
	ByPeer     bool
	Diagnostic string
	Cause      error
}

// Refuse makes a refusal with the code's own public sentence and temporariness, and a private detail.
func Refuse(c Code, format string, args ...any) *Refusal {
	row, _ := c.Row()
	return &Refusal{Code: c, Temporary: row.Temporary, Public: row.Public, Detail: fmt.Sprintf(format, args...)}
}

// By names the rule of the configuration that decided, and returns the refusal.
func (r *Refusal) By(rule string) *Refusal { r.Rule = rule; return r }

// Because adds the cause to a refusal and returns it.
func (r *Refusal) Because(err error) *Refusal { r.Cause = err; return r }

// Error gives the code and the private detail on one line: whatever does not print is escaped.
func (r *Refusal) Error() string {
	s := string(r.Code)
	if r.ByPeer && r.Diagnostic != "" {
		s += " (" + r.Diagnostic + " from the other side)"
	}
	if r.Detail != "" {
		s += ": " + r.Detail
	} else if r.Public != "" {
		s += ": " + r.Public
	}
	if r.Cause != nil {
		s += ": " + r.Cause.Error()
	}
	return oneLine(s)
}

// oneLine escapes what does not print: a peer's words must not look like another line of a log.
func oneLine(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		q := strconv.QuoteRune(r)
		b.WriteString(q[1 : len(q)-1])
	}
	return b.String()
}

// Unwrap returns the private cause.
func (r *Refusal) Unwrap() error { return r.Cause }

// Is reports whether target is a refusal with the same code.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Code == r.Code
}

// CodeOf returns the code of the refusal in err's chain, or "" when there is none.
func CodeOf(err error) Code {
	if r, ok := AsRefusal(err); ok {
		return r.Code
	}
	return ""
}

// AsRefusal finds the refusal in err's chain.
func AsRefusal(err error) (*Refusal, bool) {
	var r *Refusal
	ok := errors.As(err, &r)
	return r, ok
}

// ToRefusal returns the refusal in err's chain, or wraps err in one with the given code.
func ToRefusal(err error, c Code) *Refusal {
	if err == nil {
		return nil
	}
	if r, ok := AsRefusal(err); ok {
		return r
	}
	row, _ := c.Row()
	return &Refusal{Code: c, Temporary: row.Temporary, Public: row.Public, Cause: err}
}
