package exchange

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

func TestAFarewellWaitsForThePeerToClose(t *testing.T) {
	for name, c := range map[string]struct {
		play func(k *talk, cancel func())
		took time.Duration
	}{
		"it closes":        {func(k *talk, _ func()) { go func() { k.reads(); k.peer.Close() }() }, time.Second},
		"it only talks":    {func(k *talk, _ func()) { go k.reads(); k.sends(strings.Repeat("ask\n", 1<<20)) }, 30 * time.Second},
		"it does nothing":  {func(*talk, func()) {}, 30 * time.Second},
		"the server stops": {func(_ *talk, cancel func()) { time.AfterFunc(3*time.Second, cancel) }, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			talking(t, Options{}, func(k *talk) {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				c.play(k, cancel)
				began := time.Now()
				k.say(sdk.KindBye)
				k.x.Tell("late")
				k.x.Farewell(ctx, 30*time.Second)
				if took := time.Since(began); took != c.took {
					t.Errorf("it took %s, want %s", took, c.took)
				}
				late := 0
				k.x.Discard(func(Notice) { late++ })
				if late != 1 {
					t.Errorf("%d notices came back, want 1", late)
				}
			})
		})
	}
}

func TestAFarewellWithoutALimitEndsWithTheServerAlsoWhenThePeerStoppedTalkingAndDoesNotRead(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Minute, cancel)
		k.say(sdk.KindBye)
		k.x.gone, k.x.deaf = io.EOF, true // as a half-closed TCP connection gives it
		began := time.Now()
		k.x.Farewell(ctx, 0)
		if took := time.Since(began); took != time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

func TestTheLastAnswerReachesAPeerThatStoppedTalkingFirst(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		k.say(sdk.KindBye)
		k.x.gone, k.x.deaf = io.EOF, true // as a half-closed TCP connection gives it
		got := make(chan string)
		go func() { got <- k.reads() }()
		k.x.Farewell(context.Background(), time.Second)
		if s := <-got; s != "[Bye]" {
			t.Errorf("the peer got %q", s)
		}
	})
}
