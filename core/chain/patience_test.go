package chain

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/sdk"
)

func TestAnExitIsWaitedForAsLongAsItSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := answers(func(ctx context.Context, _ sdk.Question) (sdk.Verdict, error) {
			<-ctx.Done()
			return sdk.Verdict{}, ctx.Err()
		})
		patience := func(p sdk.Point) time.Duration {
			if p == sdk.PointOpen {
				return 7 * time.Second
			}
			return time.Second
		}
		s := asked(t, sdk.PointOpen, Link{Name: "x", Exit: slow, Deadline: time.Minute, Patience: patience})
		began := time.Now()
		_, err := s.Ask(t.Context(), sdk.PointOpen, &sdk.Facts{}, Scope{})
		if took := time.Since(began); took != 7*time.Second || !errors.Is(err, ErrLate) {
			t.Errorf("it was waited for %v: %v", took, err)
		}
	})
}

// A prompt exit works in its caller's goroutine, with everything that holds for the others.
func TestAPromptExitIsAskedAsAnyOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ask := func(f func(context.Context, sdk.Question) (sdk.Verdict, error)) error {
			s := asked(t, sdk.PointOpen, Link{Name: "x", Exit: answers(f), Deadline: 3 * time.Second, Prompt: true})
			_, err := s.Ask(t.Context(), sdk.PointOpen, &sdk.Facts{}, Scope{})
			return err
		}
		if err := ask(func(context.Context, sdk.Question) (sdk.Verdict, error) { return sdk.PassVerdict(), nil }); err != nil {
			t.Errorf("pass: %v", err)
		}
		began := time.Now()
		err := ask(func(ctx context.Context, _ sdk.Question) (sdk.Verdict, error) {
			<-ctx.Done()
			return sdk.Verdict{}, ctx.Err()
		})
		if took := time.Since(began); took != 3*time.Second || !errors.Is(err, ErrLate) {
			t.Errorf("it was waited for %v: %v", took, err)
		}
		if err := ask(func(context.Context, sdk.Question) (sdk.Verdict, error) { panic("no") }); sdk.CodeOf(err) != sdk.ExitFailed {
			t.Errorf("a panic: %v", err)
		}
		s := asked(t, sdk.PointOpen, Link{Name: "x", Prompt: true, Exit: answers(func(context.Context, sdk.Question) (sdk.Verdict, error) { return sdk.PassVerdict(), nil })})
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Ask(t.Context(), sdk.PointOpen, &sdk.Facts{}, Scope{}); !errors.Is(err, ErrClosed) {
			t.Errorf("a closed set: %v", err)
		}
	})
}
