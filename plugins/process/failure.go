package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/postern/postern/sdk"
)

// What a call can fail of; test a [*Failure] for them with errors.Is.
const (
	ErrFailed   = failed("failed") // the exit said so itself, or panicked
	ErrDeadline = failed("deadline passed")
	ErrCrashed  = failed("crashed")     // the process ended during the call, or its connection broke
	ErrReply    = failed("bad reply")   // no verdict could be read from what it answered
	ErrDown     = failed("not running") // the process ended and is about to be started again
	ErrOpen     = failed("not asked")   // it failed to start several times and is left alone for a while
	ErrBusy     = failed("busy")        // too many calls run already
	ErrFile     = failed("file")        // the file could not be read for it
	ErrCanceled = failed("canceled")    // the caller did not want the answer any more
	ErrClosed   = failed("closed")      // the exit was unloaded
	ErrPoint    = failed("no such use") // it is asked for what it does not do
	ErrStart    = failed("no start")    // it could not be started
	ErrChanged  = failed("changed")     // the program is not the one that was pinned
)

type failed string

func (f failed) Error() string { return string(f) }

// Failure is why an exit gave no answer. It reads as one sentence: exit scan at verify: no answer within 30s.
type Failure struct {
	Exit  string
	Point sdk.Point
	Kind  error  // one of the above
	What  string // the sentence's second half
	Cause error  // may be nil

	noun string // in place of "exit"
}

func (f *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", cmp.Or(f.noun, "exit"), f.Exit)
	if f.Point != "" {
		fmt.Fprintf(&b, " at %s", f.Point)
	}
	b.WriteString(": " + f.What)
	return b.String()
}

// Unwrap gives the kind and the cause.
func (f *Failure) Unwrap() []error {
	if f.Cause == nil {
		return []error{f.Kind}
	}
	return []error{f.Kind, f.Cause}
}

// fail makes a failure of the exit at a point.
func (e *Exit) fail(p sdk.Point, kind error, format string, args ...any) *Failure {
	return &Failure{noun: e.set.noun, Exit: e.set.Name, Point: p, Kind: kind, What: fmt.Sprintf(format, args...)}
}

// explain says what became of a call that gRPC returned an error for.
func (e *Exit) explain(ctx context.Context, c *child, p sdk.Point, err error) *Failure {
	s, _ := status.FromError(err)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		f := e.fail(p, ErrCanceled, "the call was given up")
		f.Cause = context.Cause(ctx)
		return f
	case ctx.Err() != nil, s.Code() == codes.DeadlineExceeded:
		f := e.fail(p, ErrDeadline, "no answer within %s", e.set.Limits.deadline(p))
		f.Cause = context.DeadlineExceeded
		return f
	}
	switch s.Code() {
	case codes.Unknown, codes.InvalidArgument:
		return e.fail(p, ErrFailed, "it failed: %s", printable(s.Message(), 1000))
	case codes.Unimplemented:
		return e.fail(p, ErrPoint, "it does not serve this point: %s", printable(s.Message(), 200))
	case codes.ResourceExhausted:
		return e.fail(p, ErrReply, "its answer is too long: %s", printable(s.Message(), 200))
	case codes.Unavailable, codes.Canceled: // the connection is closed when the end of the process was seen
		if how := c.ended(afterBreak); how != "" {
			return e.fail(p, ErrCrashed, "its process ended during the call: %s", how)
		}
		return e.fail(p, ErrCrashed, "the connection to its process broke: %s", printable(s.Message(), 200))
	}
	return e.fail(p, ErrFailed, "it failed (%s): %s", s.Code(), printable(s.Message(), 1000))
}

// printable makes text of a process fit for one line of a log.
func printable(s string, most int) string {
	var b strings.Builder
	for _, r := range s {
		if b.Len() >= most {
			b.WriteString("…")
			break
		}
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}
