package exchange

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// holder is a dialogue that pipelines and holds everything back behind "wait" until something is said.
type holder struct {
	*fake
	waits bool
}

func (*holder) Pipelined() int { return 8 }

func (d *holder) Hear(in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
	switch {
	case d.waits:
		return 0, ev, out, nil
	case strings.HasPrefix(string(in), "wait\n"):
		d.waits = true
		return 5, append(ev, sdk.Event{Kind: sdk.KindSync}), out, nil
	}
	return len(in), ev, out, nil
}

func (d *holder) Say(m sdk.Message, out []byte) (sdk.Said, []byte, error) {
	d.waits = false
	return d.fake.Say(m, out)
}

func TestWhatADialogueHoldsBackForAnAnswerIsBoundedAndNoViolation(t *testing.T) {
	for name, large := range map[string]bool{"between files": false, "while a file comes": true} {
		t.Run(name, func(t *testing.T) {
			talking(t, Options{}, func(k *talk) {
				k.x.d, k.x.most = &holder{fake: k.d}, 8
				k.x.Receiving(large)
				took := make(chan int, 1)
				k.bg.Go(func() {
					n, _ := io.WriteString(k.peer, "wait\n"+strings.Repeat("x", 64*sdk.MaxHeld))
					took <- n
				})
				k.next(Heard)
				over, cancel := context.WithCancel(context.Background())
				go func() { synctest.Wait(); cancel() }()
				if o := k.x.Next(over); o.What != Cancelled {
					t.Fatalf("occurrence %d: %v", o.What, o.Err)
				}
				if n := len(k.x.reader.waiting()); n > stream.BufferSize || n < sdk.MaxHeld {
					t.Errorf("%d bytes were read ahead", n)
				}
				k.say(sdk.KindSynced)
				over, cancel = context.WithCancel(context.Background())
				go func() { synctest.Wait(); cancel() }()
				k.x.Next(over)
				if n := <-took; n != 5+64*sdk.MaxHeld {
					t.Errorf("the peer was heard up to byte %d", n)
				}
			})
		})
	}
}
