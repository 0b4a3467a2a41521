package chain

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/sdk"
)

// failing lists the ways in which an exit gives no answer.
func failing(release <-chan struct{}) map[string]sdk.Exit {
	return map[string]sdk.Exit{
		"an error": answers(func(context.Context, sdk.Question) (sdk.Verdict, error) { return sdk.AllowVerdict(), errBroken }),
		"a refusal given as an error": answers(func(context.Context, sdk.Question) (sdk.Verdict, error) {
			return sdk.Verdict{}, sdk.Refuse(sdk.PartnerHours, "not like this")
		}),
		"a panic": answers(func(context.Context, sdk.Question) (sdk.Verdict, error) { panic("oops") }),
		"an ended goroutine": answers(func(context.Context, sdk.Question) (sdk.Verdict, error) {
			runtime.Goexit()
			return sdk.AllowVerdict(), nil
		}),
		"lateness": answers(func(ctx context.Context, _ sdk.Question) (sdk.Verdict, error) {
			<-ctx.Done()
			return sdk.AllowVerdict(), ctx.Err()
		}),
		"lateness without looking at the deadline": answers(func(context.Context, sdk.Question) (sdk.Verdict, error) {
			<-release
			return sdk.AllowVerdict(), nil
		}),
	}
}

func TestAnExitThatGivesNoAnswerDoesWhatThePointsRowSays(t *testing.T) {
	for _, row := range sdk.Points() {
		if row.Point == sdk.PointFilter {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			for how, exit := range failing(release) {
				s := asked(t, row.Point, Link{Name: "x", Exit: exit})
				began := time.Now()
				res, r := ask(t, s, row.Point)
				if took := time.Since(began); took > row.Deadline {
					t.Errorf("%s, %s: the caller waited %v, the deadline is %v", row.Point, how, took, row.Deadline)
				}
				if d := res.Decisions[0]; !d.Failed || d.Code != sdk.ExitFailed {
					t.Errorf("%s, %s: decision %+v", row.Point, how, d)
				}
				if row.Refuse {
					if codeOf(r) != sdk.ExitFailed || r.Temporary != (row.Failure == sdk.FailRefuseTemporary) || r.Exit != "x" {
						t.Errorf("%s, %s: refused with %+v", row.Point, how, r)
					}
					continue
				}
				if r != nil || len(res.Failed) != 1 || res.Retry != (row.Failure == sdk.FailRetry) {
					t.Errorf("%s, %s: refusal %v, failed %v, retry %v", row.Point, how, r, res.Failed, res.Retry)
				}
			}
			close(release)
		})
	}
}

func TestOnErrorPassGoesOn(t *testing.T) {
	for _, row := range sdk.Points() {
		if !row.PassFail {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			for how, exit := range failing(release) {
				s := asked(t, row.Point, Link{Name: "x", Exit: exit, OnError: Pass}, Link{Name: "y", Exit: passes(sdk.Changes{})})
				res, r := ask(t, s, row.Point)
				if r != nil || len(res.Decisions) != 2 || len(res.Failed) != 0 || res.Retry || !res.Decisions[0].Failed || res.Decisions[0].Verdict != sdk.Pass {
					t.Errorf("%s, %s: %v, %+v", row.Point, how, r, res.Decisions)
				}
			}
			close(release)
		})
	}
}

func TestALinksOwnDeadlineCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := asked(t, sdk.PointOpen, Link{Name: "x", Deadline: 5 * time.Second, Exit: failing(nil)["lateness"]})
		began := time.Now()
		_, r := ask(t, s, sdk.PointOpen)
		if took := time.Since(began); took != 5*time.Second || !errors.Is(r, ErrLate) {
			t.Errorf("gave up after %v with %v", took, r)
		}
	})
}

func TestALateExitsAnswerIsDroppedAndCloseWaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, ended := make(chan struct{}), false
		s := asked(t, sdk.PointOpen, Link{Name: "slow", Exit: answers(func(context.Context, sdk.Question) (sdk.Verdict, error) {
			<-release
			ended = true
			return sdk.Verdict{Kind: sdk.Pass, Set: sdk.Changes{Path: to("late")}}, nil
		})})
		res, r := ask(t, s, sdk.PointOpen)
		if codeOf(r) != sdk.ExitFailed || res.Changes.Path != nil {
			t.Fatalf("a late exit gave %v and %v", r, res.Changes.Path)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "slow") {
			t.Fatalf("Close did not name the late exit: %v", err)
		}
		close(release)
		if err := s.Close(t.Context()); err != nil || !ended {
			t.Fatalf("Close returned %v, the exit had ended: %v", err, ended)
		}
		if res.Changes.Path != nil {
			t.Fatal("the late answer changed the result")
		}
		if _, r := ask(t, s, sdk.PointOpen); codeOf(r) != sdk.ExitFailed || !errors.Is(r, ErrClosed) {
			t.Fatalf("a closed set answered: %v", r)
		}
	})
}

func TestLateCallsDoNotPileUpWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := asked(t, sdk.PointOpen, Link{Name: "x", Exit: failing(release)["lateness without looking at the deadline"]})
		for range maxLate {
			ask(t, s, sdk.PointOpen)
		}
		began := time.Now()
		if _, r := ask(t, s, sdk.PointOpen); codeOf(r) != sdk.ExitFailed || time.Since(began) != 0 {
			t.Errorf("with %d late calls one more took %v and gave %v", maxLate, time.Since(began), r)
		}
		close(release)
		synctest.Wait()
		if s.links["x"].lateCalls() != 0 {
			t.Errorf("%d late calls are left", s.links["x"].lateCalls())
		}
	})
}

func TestAnEndedContextAsksNobody(t *testing.T) {
	called := false
	s := asked(t, sdk.PointOpen, Link{Name: "x", Exit: answers(func(context.Context, sdk.Question) (sdk.Verdict, error) {
		called = true
		return sdk.PassVerdict(), nil
	})})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Ask(ctx, sdk.PointOpen, facts(), Scope{}); sdk.CodeOf(err) != sdk.ExitFailed || !errors.Is(err, context.Canceled) || called {
		t.Errorf("%v, called %v", err, called)
	}
}

func TestADeliveryThatIsTriedAgainAsksOnlyThoseThatFailed(t *testing.T) {
	var order []string
	tell := func(name string, err error) Link {
		return Link{Name: name, Exit: answers(func(context.Context, sdk.Question) (sdk.Verdict, error) {
			order = append(order, name)
			return sdk.PassVerdict(), err
		})}
	}
	s := asked(t, sdk.PointDone, tell("a", nil), tell("b", errBroken), tell("c", nil))
	res, _ := ask(t, s, sdk.PointDone)
	if !res.Retry || len(res.Failed) != 1 || res.Failed[0] != "b" {
		t.Fatalf("%+v", res)
	}
	s.Ask(t.Context(), sdk.PointDone, facts(), Scope{Only: res.Failed})
	if strings.Join(order, "") != "abcb" {
		t.Errorf("asked %v, want a b c, then b", order)
	}
}
