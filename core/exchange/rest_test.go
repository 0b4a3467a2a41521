package exchange

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/sdk"
)

// sleeper is an exchange whose owner goes to rest, and what it finds when it goes on.
type sleeper struct {
	*talk
	life context.Context
	kill context.CancelFunc
	next chan Occurrence
}

// resting plays a test with an exchange that rests since its peer was quiet. idle is its timer, 0 none.
func resting(t *testing.T, idle time.Duration, play func(*sleeper)) {
	t.Helper()
	k := &sleeper{next: make(chan Occurrence)}
	o := Options{Resume: func(ctx context.Context) { k.next <- k.x.Next(ctx) }}
	talking(t, o, func(inner *talk) {
		k.talk, k.next = inner, make(chan Occurrence) // of this bubble
		k.life, k.kill = context.WithCancel(context.Background())
		defer k.kill()
		k.x.Arm(sdk.TimerOfIdle, idle)
		began := time.Now()
		if o := k.x.Next(k.life); o.What != Resting || time.Since(began) != quietTime {
			k.Fatalf("occurrence %d after %s", o.What, time.Since(began))
		}
		play(k)
		if k.x.resting.Load() { // nobody may close what nobody owns
			k.x.Tell("the end")
			k.wakes(Noticed)
		}
	})
}

// wakes waits for what the owner finds.
func (k *sleeper) wakes(want What) Occurrence {
	k.Helper()
	o := <-k.next
	if o.What != want {
		k.Fatalf("it woke up to occurrence %d (%v), want %d", o.What, o.Err, want)
	}
	return o
}

func TestAnExchangeThatRestsIsRousedByWhateverHappens(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*sleeper)
		want    What
		after   time.Duration
	}{
		"the peer speaks":    {func(k *sleeper) { k.sends("hello\n") }, Heard, 0},
		"the peer leaves":    {func(k *sleeper) { k.peer.Close() }, Gone, 0},
		"somebody tells":     {func(k *sleeper) { k.x.Tell("news") }, Noticed, 0},
		"its life ends":      {func(k *sleeper) { k.kill() }, Cancelled, 0},
		"its timer runs out": {func(*sleeper) {}, Expired, time.Minute - quietTime},
	} {
		t.Run(name, func(t *testing.T) {
			resting(t, time.Minute, func(k *sleeper) {
				began := time.Now()
				c.happens(k)
				k.wakes(c.want)
				if took := time.Since(began).Round(time.Millisecond); took != c.after {
					t.Errorf("after %s, want %s", took, c.after)
				}
			})
		})
	}
}

func TestAnExchangeHasOneOwnerHoweverManyRouseIt(t *testing.T) {
	resting(t, time.Minute, func(k *sleeper) {
		k.sends("hello\n")
		k.kill()
		for range 10 {
			k.bg.Go(func() { k.x.Tell("news") })
		}
		<-k.next
		synctest.Wait()
		select {
		case o := <-k.next:
			t.Errorf("another goroutine owns it, with occurrence %d", o.What)
		default:
		}
	})
}

func TestAnExchangeRestsAgainUntilItsTimerRunsOut(t *testing.T) {
	resting(t, time.Minute, func(k *sleeper) {
		began := time.Now()
		for range 3 {
			time.Sleep(10 * time.Second)
			k.x.Tell("news")
			k.wakes(Noticed)
			k.bg.Go(func() { k.next <- k.x.Next(k.life) })
			k.wakes(Resting)
		}
		k.wakes(Expired)
		if took := time.Since(began).Round(time.Millisecond); took != time.Minute-quietTime {
			t.Errorf("the timer ran out after %s", took)
		}
	})
}

func TestAnExchangeRestsWithoutAnIdleTimer(t *testing.T) {
	resting(t, 0, func(k *sleeper) {
		select {
		case o := <-k.next:
			t.Errorf("it woke up to occurrence %d", o.What)
		case <-time.After(time.Hour):
		}
	})
}

func TestWhatRestsHoldsNothingThatIsMadeAnewInAMoment(t *testing.T) {
	resting(t, time.Minute, func(k *sleeper) {
		x := k.x
		if x.events != nil || x.writer.out != nil || x.writer.spare != nil || x.timer.t != nil || x.notices != nil {
			t.Errorf("%d events, %d and %d bytes of output, a timer: %t, room for notices: %t", cap(x.events),
				cap(x.writer.out), cap(x.writer.spare), x.timer.t != nil, x.notices != nil)
		}
		if n := len(x.reader.buf); n > smallBuffer {
			t.Errorf("a buffer of %d bytes", n)
		}
	})
}

func TestAnExchangeDoesNotRestWhileItWrites(t *testing.T) {
	talking(t, Options{Resume: func(context.Context) { panic("it never rested") }}, func(k *talk) {
		k.say(sdk.KindWelcome) // which nobody reads
		k.x.Arm(sdk.TimerOfIdle, time.Minute)
		began := time.Now()
		k.next(Expired)
		if took := time.Since(began); took != time.Minute {
			t.Errorf("the timer ran out after %s", took)
		}
	})
}

func TestWithoutAWayToGoOnNothingRests(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		k.x.Arm(sdk.TimerOfIdle, time.Minute)
		k.bg.Go(func() {
			time.Sleep(time.Second)
			k.peer.Close()
		})
		if o := k.next(Gone); !errors.Is(o.Err, io.EOF) {
			t.Error(o.Err)
		}
	})
}
