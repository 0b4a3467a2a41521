package exchange

import (
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

// expires waits for the timer and tells how long that took.
func (k *talk) expires(want sdk.Timer) time.Duration {
	k.Helper()
	began := time.Now()
	if o := k.next(Expired); o.Timer != want {
		k.Fatalf("timer %s ran out, want %s", o.Timer, want)
	}
	return time.Since(began)
}

// hums sends a line every second, n times.
func (k *talk) hums(n int) {
	k.bg.Go(func() {
		for range n {
			time.Sleep(time.Second)
			_, _ = k.peer.Write([]byte("half a line"))
		}
	})
}

func TestBytesPutOffTheMessageTimerAndNoOther(t *testing.T) {
	for name, c := range map[string]struct {
		arm  func(*Exchange)
		name sdk.Timer
		want time.Duration
	}{
		"message":                    {func(x *Exchange) { x.Arm(sdk.TimerOfMessage, 3*time.Second) }, sdk.TimerOfMessage, 13 * time.Second},
		"message, fixed":             {func(x *Exchange) { x.ArmFixed(sdk.TimerOfMessage, 3*time.Second) }, sdk.TimerOfMessage, 3 * time.Second},
		"idle":                       {func(x *Exchange) { x.Arm(sdk.TimerOfIdle, 3*time.Second) }, sdk.TimerOfIdle, 3 * time.Second},
		"greeting":                   {func(x *Exchange) { x.ArmConnect(2*time.Second, 6*time.Second) }, sdk.TimerOfConnect, 6 * time.Second},
		"greeting, no first byte":    {func(x *Exchange) { x.ArmConnect(500*time.Millisecond, 6*time.Second) }, sdk.TimerOfConnect, 500 * time.Millisecond},
		"greeting shorter than byte": {func(x *Exchange) { x.ArmConnect(9*time.Second, 6*time.Second) }, sdk.TimerOfConnect, 6 * time.Second},
		"greeting without first":     {func(x *Exchange) { x.ArmConnect(0, 6*time.Second) }, sdk.TimerOfConnect, 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			talking(t, Options{}, func(k *talk) {
				k.hums(10)
				c.arm(k.x)
				if took := k.expires(c.name); took != c.want {
					t.Errorf("it ran out after %s, want %s", took, c.want)
				}
				k.peer.Close()
			})
		})
	}
}

func TestAGreetingWithoutLimitIsAwaitedForEverAfterItsFirstByte(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		k.x.ArmConnect(2*time.Second, 0)
		k.hums(1)
		time.AfterFunc(time.Hour, func() { k.x.Tell("an hour later") })
		k.next(Noticed)
	})
}

func TestOurOwnFirstBytesAreNotThePeers(t *testing.T) {
	talking(t, Options{Opening: []byte("[Opening]")}, func(k *talk) {
		k.x.ArmConnect(2*time.Second, 6*time.Second)
		go k.reads()
		k.next(Drained)
		if took := k.expires(sdk.TimerOfConnect); took != 2*time.Second {
			t.Errorf("it ran out after %s, want 2s", took)
		}
	})
}

func TestThePeerHasItsFullTimeAfterAnAnswerThatTookLong(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		k.x.Arm(sdk.TimerOfMessage, 3*time.Second)
		k.sends("ask\n")
		k.next(Heard)
		time.Sleep(time.Minute) // an exit
		k.say(sdk.KindGrant)
		go k.reads()
		k.next(Drained)
		if took := k.expires(sdk.TimerOfMessage); took != 3*time.Second {
			t.Errorf("it ran out after %s, want 3s", took)
		}
	})
}
