//go:build unix

package local

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

// stored counts the bytes of all files below a folder.
func stored(t *testing.T, dir string) (n int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (l *ledger) total() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.used
}

func usedIs(t *testing.T, b *Backend, want int64) {
	t.Helper()
	if got := b.ledger.total(); got != want {
		t.Fatalf("%d bytes count for the quota, want %d", got, want)
	}
}

func TestAnAnnouncementIsReservedAndGivenBack(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "old"), make([]byte, 10), 0o600); err != nil {
		t.Fatal(err)
	}
	b := open(t, Settings{Root: dir, Quota: 100})
	usedIs(t, b, 10)
	at := sdk.Target{ID: "t1", Path: "in/a", Size: 60}
	w := create(t, b, at)
	usedIs(t, b, 70)
	_, err := b.Create(sdk.Target{ID: "t2", Path: "in/b", Size: 31})
	code(t, err, sdk.FileSpace)
	create(t, b, sdk.Target{ID: "t3", Path: "in/b", Size: 30}).Discard()
	write(t, w, 0, "0123456789")
	usedIs(t, b, 70)
	w.Close()
	usedIs(t, b, 20)
	r, err := b.Resume(at, nil)
	if err != nil {
		t.Fatal(err)
	}
	usedIs(t, b, 70)
	commit(t, r, sdk.ExistsFail)
	usedIs(t, b, 20)
	w = create(t, b, sdk.Target{ID: "t4", Path: "in/a", OnExists: sdk.ExistsReplace, Size: 4})
	write(t, w, 0, "four")
	commit(t, w, sdk.ExistsReplace)
	usedIs(t, b, 14)
	if err := errors.Join(b.Rename("in/a", "in/b"), b.Remove("in/b")); err != nil {
		t.Fatal(err)
	}
	usedIs(t, b, 10)
}

func TestAFileWithoutAnAnnouncementStopsAtTheQuota(t *testing.T) {
	b := open(t, Settings{Root: t.TempDir(), Quota: 10})
	w := create(t, b, sdk.Target{ID: "t1", Path: "a", Size: -1})
	write(t, w, 0, "01234567")
	code(t, w.WriteAt([][]byte{[]byte("89A")}, 8), sdk.DataSpace)
	write(t, w, 8, "89")
	if err := w.Truncate(3); err != nil {
		t.Fatal(err)
	}
	commit(t, w, sdk.ExistsFail)
	usedIs(t, b, 3)
	code(t, w.WriteAt([][]byte{make([]byte, 20)}, 0), sdk.DataIO)
	usedIs(t, b, 3)
}

func TestTheQuotaHoldsUnderRaces(t *testing.T) {
	dir := t.TempDir()
	const quota, each = 1000, 90
	var now atomic.Int64
	b := open(t, Settings{Root: dir, Quota: quota, Now: func() time.Time { return time.Unix(now.Load(), 0) }})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 60 {
				now.Add(20) // counts are taken anew all the time
				at := sdk.Target{ID: fmt.Sprintf("t%d-%d", i, j), Path: fmt.Sprintf("in/%d", j%5), OnExists: sdk.ExistsReplace,
					Durability: sdk.DurabilityNone, Size: []int64{each, -1, 2 * each}[j%3]}
				w, err := b.Create(at)
				if err != nil {
					continue
				}
				if used := b.ledger.total(); used > quota {
					t.Errorf("%d bytes are claimed of %d", used, quota)
				}
				w.WriteAt([][]byte{make([]byte, each)}, 0)
				switch (i + j) % 4 {
				case 0:
					w.Discard()
				case 1:
					w.Close()
					b.RemovePart(at, nil)
				default:
					w.Commit(at.OnExists)
				}
				if j%7 == 0 {
					b.Remove(at.Path)
				}
			}
		})
	}
	all.Wait()
	if want := stored(t, dir); b.ledger.total() != want || want > quota {
		t.Fatalf("%d bytes are counted, %d are stored, %d are allowed", b.ledger.total(), want, quota)
	}
}

func TestFilesTakenAwayByOthersAreFoundBeforeARefusal(t *testing.T) {
	dir := t.TempDir()
	now := time.Unix(1000, 0)
	b := open(t, Settings{Root: dir, Quota: 100, Now: func() time.Time { return now }})
	for round := range 3 {
		w := create(t, b, sdk.Target{ID: "t1", Path: "a", Size: 90})
		write(t, w, 0, string(make([]byte, 90)))
		commit(t, w, sdk.ExistsFail)
		if err := os.Remove(filepath.Join(dir, "a")); err != nil {
			t.Fatal(err)
		}
		if round == 1 {
			_, err := b.Create(sdk.Target{ID: "t1", Path: "a", Size: 90})
			code(t, err, sdk.FileSpace)
		}
		if round > 0 {
			now = now.Add(recountEvery)
		}
	}
}

func TestTheDiskIsSharedByWhatIsAnnounced(t *testing.T) {
	b := open(t, Settings{Root: t.TempDir(), Reserve: 100})
	free := int64(1000)
	b.sys.free = func(*os.File) (int64, error) { return free, nil }
	_, err := b.Create(sdk.Target{ID: "t0", Path: "in/0", Size: 901})
	code(t, err, sdk.FileSpace)
	if got := everything(t, b.root.Name()); len(got) != 0 {
		t.Fatalf("%q are left of it", got)
	}
	first := create(t, b, sdk.Target{ID: "t1", Path: "in/1", Size: 500})
	_, err = b.Create(sdk.Target{ID: "t2", Path: "in/2", Size: 401})
	code(t, err, sdk.FileSpace)
	second := create(t, b, sdk.Target{ID: "t2", Path: "in/2", Size: 400})
	write(t, first, 0, string(make([]byte, 500)))
	free -= 500
	if _, err = b.Create(sdk.Target{ID: "t3", Path: "in/3", Size: 1}); sdk.CodeOf(err) != sdk.FileSpace {
		t.Fatalf("the reserve was given away: %v", err)
	}
	second.Discard()
	create(t, b, sdk.Target{ID: "t3", Path: "in/3", Size: 400}).Discard()
	_, err = b.Create(sdk.Target{ID: "t4", Path: "in/4", Size: math.MaxInt64})
	code(t, err, sdk.FileSpace)
}
