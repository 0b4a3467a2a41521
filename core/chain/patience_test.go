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
