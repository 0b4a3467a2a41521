package audit

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestRecordsThatComeTogetherAreWrittenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.open()
		defer w.close(l)
		l.Flush(t.Context())
		before := l.State().Seq
		written := func() int64 { synctest.Wait(); return l.State().Seq - before }

		for range 10 {
			l.Add(Record{Event: Authorized})
			if n := written(); n != 0 {
				t.Fatalf("%d records were written by themselves", n)
			}
		}
		time.Sleep(soon)
		if n := written(); n != 10 {
			t.Fatalf("%d records are written after %v, want 10", n, soon)
		}
		l.Add(Record{Event: Authorized})
		l.Add(Record{Event: Operator})
		if n := written(); n != 12 {
			t.Fatalf("%d records are written, want 12: an operator's action waits for nothing", n)
		}
	})
}
