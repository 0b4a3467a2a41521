package exchange

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/sdk"
)

func TestWhatIsSaidAndWhatIsFramedLeaveInTheirOrder(t *testing.T) {
	talking(t, Options{Opening: []byte("[Opening]")}, func(k *talk) {
		released := 0
		k.say(sdk.KindStart)
		k.frame("one", &released)
		k.frame("two", &released)
		k.say(sdk.KindSync)
		k.frame("three", &released)
		k.say(sdk.KindEnd)
		got := make(chan string)
		go func() { got <- k.reads() }()
		k.next(Drained)
		if s := <-got; s != "[Opening][Start]#one#two[Sync]#three[End]" || released != 3 {
			t.Errorf("the peer got %q, %d of 3 buffers were released", s, released)
		}
	})
}

func TestAFramedBufferIsReleasedOnceWhateverBecomesOfIt(t *testing.T) {
	for name, play := range map[string]func(k *talk){
		"written":         func(k *talk) { go k.reads(); k.next(Drained) },
		"never written":   func(*talk) {},
		"cut by the peer": func(k *talk) { k.peer.Close(); k.next(Gone) },
		"cut while under way": func(k *talk) {
			k.x.writer.flush()
			k.x.writer.hand()
			synctest.Wait()
			k.x.conn.Close()
			k.next(Gone)
		},
	} {
		t.Run(name, func(t *testing.T) {
			released := [3]int{}
			talking(t, Options{}, func(k *talk) {
				for i := range released {
					k.frame("x", &released[i])
				}
				play(k)
			})
			if released != [3]int{1, 1, 1} {
				t.Errorf("released %v times", released)
			}
		})
	}
}

func TestABufferOfWhichNothingWasTakenStaysTheCallers(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		k.d.blocked = true
		released := 0
		k.frame("x", &released)
		k.x.Close()
		if released != 0 {
			t.Errorf("released %d times", released)
		}
	})
}

func TestNothingIsHeardWhileAnAnswerIsOwed(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		k.sends("ask\nask twice\ndata\n")
		for range 3 {
			if e := k.next(Heard).Event; e.Kind != sdk.KindRequest {
				t.Fatalf("heard %s", e.Kind)
			}
			k.x.Tell("knock")
			k.next(Noticed) // and not the next request
			k.say(sdk.KindGrant)
		}
		if e := k.next(Heard).Event; e.Kind != sdk.KindData {
			t.Fatalf("heard %s", e.Kind)
		}
	})
}

func TestALateAnswerToAFullBufferIsNoUnitTooLong(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		k.sends("ask twice\n" + strings.Repeat("data\n", 200_000))
		k.next(Heard)
		for range 20 { // everything that has room comes while the answer is owed
			k.x.Tell("knock")
			k.next(Noticed)
			synctest.Wait()
		}
		k.say(sdk.KindGrant)
		if e := k.next(Heard).Event; e.Kind != sdk.KindRequest {
			t.Fatalf("heard %s", e.Kind)
		}
	})
}

func TestAUnitIsHeardWholeWhenTheLargeBufferIsGivenBackInItsMiddle(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		k.x.Receiving(true)
		k.sends("data\nbig \n" + strings.Repeat("x", 20_000))
		k.next(Heard)
		k.x.Tell("knock")
		k.next(Noticed)
		synctest.Wait()
		k.x.Receiving(false)
		k.x.Arm(sdk.TimerOfIdle, time.Minute)
		k.sends(strings.Repeat("x", 20_000))
		if e := k.next(Heard).Event; e.Kind != sdk.KindSync {
			t.Fatalf("heard %s", e.Kind)
		}
	})
}

func TestAPausedExchangeReadsNothingAndLosesNothing(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		k.x.behind = 1
		k.sends("data\n")
		k.x.Arm(sdk.TimerOfMessage, time.Second)
		k.next(Expired)
		k.x.behind = 0
		k.next(Heard)
		k.x.behind = 1
		k.sends("data\n")
		k.x.behind = 0
		k.next(Heard)
	})
}

func TestWhatCameBeforeTheConnectionEndedIsHeardFirst(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		go func() {
			_, _ = io.WriteString(k.peer, "ask\ndata\n")
			k.peer.Close()
		}()
		k.next(Heard)
		k.say(sdk.KindGrant)
		k.next(Heard)
		if o := k.next(Gone); !errors.Is(o.Err, io.EOF) && !errors.Is(o.Err, io.ErrClosedPipe) { // it read nothing either
			t.Errorf("gone with %v", o.Err)
		}
		k.next(Gone) // and again
	})
}

func TestABugOfTheDialogueEndsTheExchange(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		k.sends("bug\n")
		if o := k.next(Gone); o.Err == nil || errors.Is(o.Err, io.EOF) {
			t.Errorf("gone with %v", o.Err)
		}
	})
}

func TestAPeerThatFloodsAndDoesNotReadIsNotHeardAnyMore(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		const requests = 1_000_000
		k.sends(strings.Repeat("ask\n", requests))
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		answered := 0
		for o := k.x.Next(ctx); o.What == Heard; o = k.x.Next(ctx) {
			k.say(sdk.KindGrant)
			answered++
		}
		if n := k.x.writer.behind(); n > sayLimit+1<<10 || answered == requests {
			t.Fatalf("%d bytes wait after %d answers", n, answered)
		}
		go func() { _, _ = io.Copy(io.Discard, k.peer) }()
		for answered < requests {
			if o := k.x.Next(context.Background()); o.What == Heard {
				k.say(sdk.KindGrant)
				answered++
			}
		}
	})
}

func TestAPeerThatTakesNothingIsCut(t *testing.T) {
	talking(t, Options{Stall: time.Minute}, func(k *talk) {
		began := time.Now()
		k.say(sdk.KindGrant)
		if o := k.next(Gone); !isTimeout(o.Err) || time.Since(began) != time.Minute {
			t.Errorf("gone after %s with %v", time.Since(began), o.Err)
		}
	})
}

func TestNobodyWhoTellsHasToWait(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		for n := range 100 {
			k.x.Tell(n)
		}
		for n := range 50 {
			if o := k.next(Noticed); o.Notice != n {
				t.Fatalf("notice %v, want %d", o.Notice, n)
			}
		}
		left := 0
		k.x.Discard(func(Notice) { left++ })
		if left != 50 {
			t.Errorf("%d notices were left, want 50", left)
		}
	})
}
