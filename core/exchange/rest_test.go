package exchange

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// sleeper is an exchange whose owners rest, and what they find when they go on.
type sleeper struct {
	*talk
	life context.Context
	kill context.CancelFunc
	next chan Occurrence
}

// owns is an owner until something happens: it rests meanwhile, and the exchange is the test's afterwards.
func (k *sleeper) owns(ctx context.Context) {
	owner(&k.x, func(o Occurrence) bool {
		if o.What == Drained { // of an answer
			return false
		}
		k.next <- o
		return true
	})(ctx)
}

// owner owns the exchange that x points at, again and again, and takes what happens until it is told that this is the end.
func owner(x **Exchange, takes func(Occurrence) (over bool)) func(context.Context) {
	return func(ctx context.Context) {
		for {
			o := (*x).Next(ctx)
			switch {
			case o.What == Resting:
				if !(*x).Rest(ctx) {
					return
				}
			case takes(o):
				return
			}
		}
	}
}

// atRest plays a test with an exchange that rests. idle is its timer, 0 none.
func atRest(t *testing.T, idle time.Duration, play func(*sleeper)) {
	t.Helper()
	k := &sleeper{}
	talking(t, Options{Resume: k.owns}, func(inner *talk) {
		k.talk, k.next = inner, make(chan Occurrence) // of this bubble
		k.life, k.kill = context.WithCancel(context.Background())
		defer k.kill()
		k.x.Arm(sdk.TimerOfIdle, idle)
		k.rests()
		play(k)
		if k.x.state.Load() == resting { // nobody may close what nobody owns
			k.x.Tell("the end")
			k.wakes(Noticed)
		}
	})
}

// rests has the exchange rest again.
func (k *sleeper) rests() {
	k.Helper()
	k.bg.Go(func() { k.owns(k.life) })
	synctest.Wait()
	if k.x.state.Load() != resting {
		k.Fatal("it does not rest")
	}
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
		"its timer runs out": {func(*sleeper) {}, Expired, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			atRest(t, time.Minute, func(k *sleeper) {
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
	atRest(t, time.Minute, func(k *sleeper) {
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
	atRest(t, time.Minute, func(k *sleeper) {
		began := time.Now()
		for range 3 {
			time.Sleep(10 * time.Second)
			k.x.Tell("news")
			k.wakes(Noticed)
			k.rests()
		}
		k.wakes(Expired)
		if took := time.Since(began).Round(time.Millisecond); took != time.Minute {
			t.Errorf("the timer ran out after %s", took)
		}
	})
}

func TestWhatWasReadWhileAnotherGoroutineOwnsTheExchangeIsNotLost(t *testing.T) {
	atRest(t, time.Minute, func(k *sleeper) {
		for range 3 {
			k.x.Tell("news")
			k.wakes(Noticed)
			k.sends("hello\n") // to who has rested before, and owns nothing any more
			synctest.Wait()
			k.bg.Go(func() { k.owns(k.life) })
			k.wakes(Heard)
			k.rests()
		}
	})
}

// TestNoNewsIsLostBetweenTwoOwners has news of every kind come at any moment, again and again: a lost one would leave the
// exchange at rest for ever.
func TestNoNewsIsLostBetweenTwoOwners(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	const rounds = 300
	over, ctx := make(chan struct{}), context.Background()
	var x *Exchange
	heard, noticed := 0, 0
	own := owner(&x, func(o Occurrence) bool {
		switch o.What {
		case Heard:
			heard++
		case Noticed:
			noticed++
		case Drained:
		default:
			t.Errorf("occurrence %d: %v", o.What, o.Err)
		}
		if heard+noticed < 2*rounds {
			return false
		}
		close(over)
		return true
	})
	x = New(near, &fake{}, Options{Pool: stream.NewPool(4), Resume: own})
	x.Arm(sdk.TimerOfIdle, time.Hour)
	go own(ctx)
	go func() {
		for range rounds {
			_, _ = io.WriteString(far, "hello\n")
		}
	}()
	for range rounds {
		x.Tell("news")
		runtime.Gosched()
	}
	<-over
	x.Close()
}

func TestAnExchangeRestsWithoutAnIdleTimer(t *testing.T) {
	atRest(t, 0, func(k *sleeper) {
		select {
		case o := <-k.next:
			t.Errorf("it woke up to occurrence %d", o.What)
		case <-time.After(time.Hour):
		}
	})
}

func TestWhatRestsForAWhileHoldsNothingThatIsMadeAnewInAMoment(t *testing.T) {
	atRest(t, time.Minute, func(k *sleeper) {
		k.sends("hello\n")
		k.wakes(Heard)
		k.rests()
		time.Sleep(2 * quietTime)
		synctest.Wait()
		x := k.x
		if x.state.Load() != resting || x.events != nil || x.writer.out != nil || x.writer.spare != nil || x.disk != nil {
			t.Errorf("at rest: %t, %d events, %d and %d bytes of output, room for the disk's news: %t", x.state.Load() == resting, cap(x.events),
				cap(x.writer.out), cap(x.writer.spare), x.disk != nil)
		}
		if n := len(x.reader.buf); n > smallBuffer {
			t.Errorf("a buffer of %d bytes", n)
		}
	})
}

// TestAQuietPeerIsReadFromASmallStackAndNothingIsLost has the read of a socket ended and begun anew, at rest and while the
// peer speaks.
func TestAQuietPeerIsReadFromASmallStackAndNothingIsLost(t *testing.T) {
	near, far := sockets(t)
	defer far.Close()
	heard := make(chan string)
	var x *Exchange
	own := owner(&x, func(o Occurrence) bool {
		switch o.What {
		case Heard:
			heard <- string(o.Event.Bytes)
		case Noticed:
			x.shed()
		case Gone:
			close(heard)
		}
		return o.What == Gone
	})
	x = New(near, &fake{}, Options{Pool: stream.NewPool(4), Resume: own})
	x.Arm(sdk.TimerOfIdle, time.Hour)
	go own(context.Background())
	for i := range 200 {
		if i%2 == 0 {
			x.Tell("be quiet")
		}
		word := strconv.Itoa(i)
		if _, err := io.WriteString(far, word+"\n"); err != nil {
			t.Fatal(err)
		}
		if got := <-heard; got != word {
			t.Fatalf("heard %q, want %q", got, word)
		}
	}
	far.Close()
	<-heard
	x.Close()
}

func TestWhoRestsWritesTheFileAndTheTimersRunMeanwhile(t *testing.T) {
	k := &sleeper{life: context.Background()}
	talking(t, Options{Resume: k.owns}, func(inner *talk) {
		k.talk, k.next = inner, make(chan Occurrence)
		released := 0
		k.frame("data", &released) // which nobody reads
		k.x.Arm(sdk.TimerOfIdle, time.Minute)
		k.rests()
		if k.x.writer.jobs != nil {
			t.Error("another goroutine writes")
		}
		began := time.Now()
		if k.wakes(Expired); time.Since(began) != time.Minute {
			t.Errorf("the timer ran out after %s", time.Since(began))
		}
		got := make(chan string)
		go func() { got <- k.reads() }()
		k.talk.next(Drained)
		if s := <-got; s != "#data" || released != 1 {
			t.Errorf("the peer got %q, the buffer was released %d times", s, released)
		}
	})
}

func TestWhoRestsGoesOnWhenTheFileIsWrittenOrCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*sleeper)
		want    What
	}{
		"written":         {func(k *sleeper) { k.bg.Go(func() { _ = k.reads() }) }, Drained},
		"cut":             {func(k *sleeper) { k.peer.Close() }, Gone},
		"stalled":         {func(*sleeper) {}, Gone},
		"and said a word": {func(k *sleeper) { k.sends("hello\n") }, Heard},
	} {
		t.Run(name, func(t *testing.T) {
			k := &sleeper{life: context.Background()}
			owns := func(ctx context.Context) { owner(&k.x, func(o Occurrence) bool { k.next <- o; return true })(ctx) }
			talking(t, Options{Resume: owns, Stall: time.Minute}, func(inner *talk) {
				k.talk, k.next = inner, make(chan Occurrence)
				released := 0
				k.frame("data", &released)
				k.bg.Go(func() { owns(k.life) })
				synctest.Wait()
				c.happens(k)
				k.wakes(c.want)
			})
		})
	}
}

func TestAnExchangeRestsWhileItWritesAnAnswerAndIsRousedWhenThatFails(t *testing.T) {
	k := &sleeper{life: context.Background()}
	talking(t, Options{Resume: k.owns, Stall: time.Minute}, func(inner *talk) {
		k.talk, k.next = inner, make(chan Occurrence)
		k.say(sdk.KindWelcome) // which nobody reads
		k.rests()
		began := time.Now()
		if o := k.wakes(Gone); !isTimeout(o.Err) || time.Since(began) != time.Minute {
			t.Errorf("gone after %s with %v", time.Since(began), o.Err)
		}
	})
}

func TestWhoComesToRestWritesTheAnswer(t *testing.T) {
	k := &sleeper{life: context.Background()}
	talking(t, Options{Resume: k.owns, Stall: time.Minute}, func(inner *talk) {
		k.talk, k.next = inner, make(chan Occurrence)
		for range 3 {
			k.say(sdk.KindGrant)
			k.rests()
			if got := k.reads(); got != "[Grant]" {
				t.Fatalf("the peer got %q", got)
			}
			k.sends("hello\n")
			k.wakes(Heard)
		}
		if k.x.writer.jobs != nil {
			t.Error("a goroutine was started to write")
		}
	})
}

func TestAPeerThatTakesNoAnswerIsHeardAllTheSame(t *testing.T) {
	k := &sleeper{life: context.Background()}
	talking(t, Options{Resume: k.owns, Stall: time.Minute}, func(inner *talk) {
		k.talk, k.next = inner, make(chan Occurrence)
		k.rests() // the first read is another goroutine's
		k.sends("hello\n")
		k.wakes(Heard)
		began := time.Now()
		k.say(sdk.KindGrant) // which nobody reads
		k.rests()
		k.sends("more\n")
		if o := k.wakes(Heard); string(o.Event.Bytes) != "more" || time.Since(began) > 2*overdue {
			t.Errorf("heard %q after %s", o.Event.Bytes, time.Since(began))
		}
		if !k.x.writer.busy {
			t.Error("the answer went to nobody")
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
