package session

import (
	"context"

	"github.com/postern/postern/sdk"
)

// sync is a sync point that the peer asked for by its own number.
type syncAsked struct{ point, theirs int64 }

// scatter takes data for a place of the file, and the peer's wish to have all so far made durable.
func (s *Session) scatter(ctx context.Context, t *transfer, e *sdk.Event) error {
	if e.Kind == sdk.KindSync {
		point, err := t.inlet.Point()
		if err == nil {
			t.marked = point
			t.heard.add(point, s.house.Now())
			t.syncs = append(t.syncs, syncAsked{point, e.Point})
		}
		return err
	}
	if !t.placed {
		if r := t.beginsAt(e.At); r != nil {
			return r
		}
	}
	if e.At >= 0 {
		e.At += t.shift
		t.high = max(t.high, e.At+int64(len(e.Bytes)))
	}
	t.payload += int64(len(e.Bytes))
	return t.inlet.DataAt(e)
}

// beginsAt judges where the first data goes. A peer that appends counts from the end, or from the size it was told; one
// that goes on with an upload that is not there would leave a hole.
func (t *transfer) beginsAt(at int64) *sdk.Refusal {
	t.placed = true
	mode, end := t.request.Mode, t.from.Wire
	switch {
	case mode&sdk.ModeAppend != 0 && at == 0:
		t.shift = end
	case mode&sdk.ModeAppend != 0 && at > 0 && at != end:
		return sdk.Refuse(sdk.RestartPoint, "data to be appended is for byte %d; the upload stopped at byte %d", at, end)
	case mode&sdk.ModeKeep != 0 && at > end:
		return sdk.Refuse(sdk.RestartUnknown, "the data begins at byte %d; what is here of the upload ends at byte %d", at, end)
	}
	return nil
}

// synced answers the peer's wishes up to a point that is durable.
func (s *Session) synced(t *transfer, point int64) {
	n := 0
	for ; n < len(t.syncs) && t.syncs[n].point <= point; n++ {
		s.say(sdk.Message{Kind: sdk.KindSynced, Ref: t.ref, Point: t.syncs[n].theirs})
	}
	t.syncs = t.syncs[:copy(t.syncs, t.syncs[n:])]
}
