package memory

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/postern/postern/sdk"
)

func begin(t *testing.T, b *Backend, id, path string, size int64) sdk.Writer {
	t.Helper()
	w, err := b.Create(sdk.Target{ID: id, Path: path, Size: size})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func put(t *testing.T, w sdk.Writer, off int64, s string) {
	t.Helper()
	if err := w.WriteAt([][]byte{[]byte(s)}, off); err != nil {
		t.Fatal(err)
	}
}

func TestEachFaultStrikesItsCallAndNoOther(t *testing.T) {
	b := New(Settings{})
	w := begin(t, b, "t1", "a", -1)
	cause := errors.New("the disk failed")
	b.Faults.Write(2, cause)
	put(t, w, 0, "one")
	if err := w.WriteAt([][]byte{[]byte("two")}, 3); !errors.Is(err, cause) || sdk.CodeOf(err) != sdk.DataIO {
		t.Fatalf("the second write gave %v", err)
	}
	put(t, w, 3, "two")
	b.Faults.Sync(2, sdk.Refuse(sdk.DataSpace, "full"))
	if n, _, err := w.Sync(); n != 6 || err != nil {
		t.Fatalf("the first sync says %d (%v)", n, err)
	}
	if _, _, err := w.Sync(); sdk.CodeOf(err) != sdk.DataSpace {
		t.Fatalf("the second sync gave %v", err)
	}
	w.Close()
	r, err := b.Resume(sdk.Target{ID: "t1", Path: "a", Size: -1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.Faults.Commit(1, cause)
	if _, err := r.Commit(sdk.ExistsFail); !errors.Is(err, cause) {
		t.Fatalf("the commit gave %v", err)
	}
	if got := b.Paths(); !slices.Equal(got, []string{".postern-t1.part"}) {
		t.Fatalf("%q are there", got)
	}
}

func TestABlockedSyncWaitsWhileWritesGoOnAndDoesNotCoverThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Settings{})
		w := begin(t, b, "t1", "a", -1)
		put(t, w, 0, "before")
		entered, release := b.Faults.BlockSync()
		durable := make(chan int64)
		go func() {
			n, _, err := w.Sync()
			if err != nil {
				t.Error(err)
			}
			durable <- n
		}()
		<-entered
		put(t, w, 6, "meanwhile")
		synctest.Wait()
		select {
		case n := <-durable:
			t.Fatalf("the sync returned %d while it was blocked", n)
		default:
		}
		release()
		release()
		if n := <-durable; n != 6 {
			t.Fatalf("%d bytes are durable, want the 6 before", n)
		}
	})
}

func TestAPowerCutTakesWhatNoSyncCovered(t *testing.T) {
	b := New(Settings{})
	w := begin(t, b, "t1", "in/a", -1)
	put(t, w, 0, "0123")
	_, state, err := w.Sync()
	if err != nil {
		t.Fatal(err)
	}
	put(t, w, 4, "4567")
	after := b.PowerCut()
	parts, err := after.Parts()
	if err != nil || len(parts) != 1 || parts[0].Size != 4 {
		t.Fatalf("the parts are %+v (%v)", parts, err)
	}
	if err := w.WriteAt([][]byte{[]byte("x")}, 0); err == nil {
		t.Error("a writer of before the power cut wrote")
	}
	if _, err := after.Resume(sdk.Target{ID: "t1", Path: "in/a", Size: -1}, state); err != nil {
		t.Fatal(err)
	}
}

func TestTheLimitCountsAnnouncementsAndBytes(t *testing.T) {
	b := New(Settings{Limit: 10})
	w := begin(t, b, "t1", "a", 6)
	if _, err := b.Create(sdk.Target{ID: "t2", Path: "b", Size: 5}); sdk.CodeOf(err) != sdk.FileSpace {
		t.Fatalf("5 bytes beside 6 of 10 gave %v", err)
	}
	put(t, w, 0, "0123456789")
	if err := w.WriteAt([][]byte{{1}}, 10); sdk.CodeOf(err) != sdk.DataSpace {
		t.Fatalf("the eleventh byte gave %v", err)
	}
	if err := w.Discard(); err != nil {
		t.Fatal(err)
	}
	begin(t, b, "t3", "c", 10)
}
