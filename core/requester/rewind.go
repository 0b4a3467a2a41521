package requester

import (
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// rewind answers a resynchronisation that the server asks for.
func (t *transfer) rewind(e *sdk.Event) error {
	if t.outlet != nil {
		t.at = moving // should Finish have been said, it was overtaken
	}
	if t.rewinds++; t.rewinds > maxRewinds {
		return t.stop(sdk.Refuse(sdk.RestartPoint, "%d resynchronisations", t.rewinds), true)
	}
	if t.inlet != nil {
		return t.rewindReceiver(e.Point)
	}
	if t.outlet == nil {
		return t.call.violation("a resynchronisation after the end")
	}
	m, ok := t.outlet.At(e.Point)
	if !ok {
		return t.stop(sdk.Refuse(sdk.RestartPoint, "back to sync point %d, which is not known here", e.Point), true)
	}
	if err := t.outlet.Rewind(m); err != nil {
		return t.stop(err, true)
	}
	t.acked, t.safe = m.Point, m.File
	return t.call.say(sdk.Message{Kind: sdk.KindRewound, Ref: t.ref, Point: m.Point, State: m.State})
}

// rewound takes the server's answer to our resynchronisation.
func (t *transfer) rewound(e *sdk.Event) error {
	if t.inlet == nil || !t.ours {
		return t.call.violation("an answer to a resynchronisation that nobody asked for")
	}
	return t.rewindReceiver(e.Point)
}

// rewindReceiver goes back to a point; the answer is said when the disk has followed.
func (t *transfer) rewindReceiver(point int64) error {
	t.at = moving
	t.call.x.Receiving(true)
	if err := t.inlet.Rewind(point); err != nil {
		return t.stop(err, true)
	}
	return nil
}

// back says that our file ends at a point again: the answer to the server's Rewind, or the end of our own.
func (t *transfer) back(m stream.Mark) error {
	if t.at != moving {
		return nil
	}
	t.acked, t.safe, t.moved = m.Point, m.File, m.Wire
	kind := sdk.KindRewound
	if t.ours {
		kind, t.ours = sdk.KindStart, false
	}
	return t.call.say(sdk.Message{Kind: kind, Ref: t.ref, Point: m.Point, State: m.State})
}

// damaged answers data that cannot be used: with a resynchronisation where it was agreed on, else with a stop.
func (t *transfer) damaged(e *sdk.Event) error {
	r := e.Refusal
	if r == nil {
		r = sdk.Refuse(sdk.DataIO, "damaged data")
	}
	if t.at == finishing {
		return t.call.violation("damaged data after the end")
	}
	if t.inlet == nil || !e.Restartable || !t.call.terms.Flag("resync") || t.rewinds >= maxRewinds {
		return t.stop(r, true)
	}
	t.rewinds++
	t.ours = true
	return t.call.say(sdk.Message{Kind: sdk.KindRewind, Ref: t.ref, Point: t.acked, Refusal: r})
}
