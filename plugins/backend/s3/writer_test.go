package s3

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/plugins/backend/s3/s3test"
	"github.com/postern/postern/sdk"
)

const mib = 1 << 20

func target(id, path string) sdk.Target {
	return sdk.Target{ID: id, Path: path, OnExists: sdk.ExistsFail, Durability: sdk.DurabilitySync, Size: -1}
}

func create(t *testing.T, b *Backend, at sdk.Target) *writer {
	t.Helper()
	w, err := b.Create(at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w.(*writer)
}

func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(seed, 1))
	for i := 0; i+8 <= n; i += 8 {
		x := r.Uint64()
		for j := range 8 {
			b[i+j] = byte(x >> (8 * j))
		}
	}
	return b
}

// feed writes content from an offset on as the core does: in writes of half a MiB, with a point every so many bytes.
func feed(t *testing.T, w *writer, content []byte, from, every int) {
	t.Helper()
	for at := from; at < len(content); {
		n := min(512<<10, len(content)-at)
		if err := w.WriteAt([][]byte{content[at : at+n]}, int64(at)); err != nil {
			t.Fatalf("write at %d: %v", at, err)
		}
		for p := (at/every + 1) * every; p <= at+n; p += every {
			w.Point(int64(p))
		}
		at += n
	}
}

func stored(t *testing.T, b *Backend, path string) []byte {
	t.Helper()
	r, err := b.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(io.NewSectionReader(r, 0, r.Info().Size))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestAFileOfManyPartsIsResumedExactlyAtItsLastPointWhateverTheInterval(t *testing.T) {
	store := s3test.Start(t)
	for _, every := range []int{100_003, mib, 3*mib + 7, 9*mib + 1} {
		t.Run(fmt.Sprint(every), func(t *testing.T) {
			settings, _ := settingsFor(store)
			content := noise(23*mib+11, uint64(every))
			b := open(t, settings)
			w := create(t, b, target("t1", "in/a"))
			feed(t, w, content[:17*mib+5], 0, every)
			durable, state, err := w.Sync()
			if err != nil {
				t.Fatal(err)
			}
			if want := int64((17*mib + 5) / every * every); durable != want {
				t.Fatalf("%d bytes are durable, the last point is at %d", durable, want)
			}
			if len(state) > 512 {
				t.Errorf("the state has %d bytes", len(state))
			}
			feed(t, w, content[:20*mib], 17*mib+5, every) // what no Sync covered is lost
			b = open(t, settings)
			again, err := b.Resume(target("t1", "in/a"), state)
			if err != nil {
				t.Fatal(err)
			}
			w = again.(*writer)
			if err := w.Truncate(durable); err != nil {
				t.Fatal(err)
			}
			feed(t, w, content, int(durable), every)
			if _, err := w.Commit(sdk.ExistsFail); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(stored(t, b, "in/a"), content) {
				t.Fatal("the object is not what was sent")
			}
			if keys := store.Keys(settings.Bucket); !slices.Equal(keys, []string{"in/a"}) {
				t.Fatalf("there are %q", keys)
			}
		})
	}
}

func TestWhileBytesComeNoTailIsStoredAndASmallFileIsOneRequest(t *testing.T) {
	settings, faults := settingsFor(s3test.Start(t))
	b := open(t, settings)
	w := create(t, b, target("small", "in/small"))
	if err := w.WriteAt([][]byte{noise(4096, 1)}, 0); err != nil {
		t.Fatal(err)
	}
	faults.counts()
	if _, err := w.Commit(sdk.ExistsFail); err != nil {
		t.Fatal(err)
	}
	if got := faults.counts(); got["PUT"] != 1 || len(got) != 1 {
		t.Errorf("a small file was committed with %v", got)
	}
}

func TestOfTwoWritersOfManyPartsOneGetsTheNameAndTheOtherIsToldSo(t *testing.T) {
	settings, _ := settingsFor(s3test.Start(t))
	b := open(t, settings)
	content := [2][]byte{noise(6*mib, 1), noise(6*mib, 2)}
	var writers [2]*writer
	for i := range writers {
		writers[i] = create(t, b, target(fmt.Sprint("t", i), "in/a"))
		feed(t, writers[i], content[i], 0, mib)
	}
	var errs [2]error
	var all sync.WaitGroup
	for i, w := range writers {
		all.Go(func() { _, errs[i] = w.Commit(sdk.ExistsFail) })
	}
	all.Wait()
	won := 0
	if errs[0] != nil {
		won = 1
	}
	if errs[won] != nil || sdk.CodeOf(errs[1-won]) != sdk.FileExists {
		t.Fatalf("the commits ended with %v", errs)
	}
	if !bytes.Equal(stored(t, b, "in/a"), content[won]) {
		t.Fatal("the object is not the winner's")
	}
}

func TestAStoreThatFailsAcknowledgesNothingAndTheTransferGoesOnLater(t *testing.T) {
	store := s3test.Start(t)
	for name, answer := range map[string]func(*http.Request) (*http.Response, error){
		"500": func(r *http.Request) (*http.Response, error) {
			return respond(r, http.StatusInternalServerError, "InternalError"), nil
		},
		"403": func(r *http.Request) (*http.Response, error) {
			return respond(r, http.StatusForbidden, "AccessDenied"), nil
		},
		"507": func(r *http.Request) (*http.Response, error) {
			return respond(r, http.StatusInsufficientStorage, "QuotaExceeded"), nil
		},
		"cut": func(*http.Request) (*http.Response, error) { return nil, errCut },
	} {
		t.Run(name, func(t *testing.T) {
			settings, faults := settingsFor(store)
			b := open(t, settings)
			content := noise(8*mib, 3)
			w := create(t, b, target("t1", "in/a"))
			feed(t, w, content[:6*mib], 0, mib)
			durable, state, err := w.Sync()
			if durable != 6*mib || err != nil {
				t.Fatalf("sync says %d (%v)", durable, err)
			}
			faults.instead(answer)
			feed(t, w, content[:7*mib], 6*mib, mib)
			want := sdk.DataIO
			if name == "507" {
				want = sdk.DataSpace
			}
			if durable, _, err := w.Sync(); sdk.CodeOf(err) != want || durable != 0 {
				t.Fatalf("sync says %d (%v), want %s", durable, err, want)
			}
			_ = w.Close()
			_, err = b.Create(target("t2", "in/b"))
			if r, ok := sdk.AsRefusal(err); !ok || r.Temporary != (name == "500" || name == "cut") {
				t.Errorf("create says %v", err)
			}
			faults.instead(nil)
			again, err := b.Resume(target("t1", "in/a"), state)
			if err != nil {
				t.Fatal(err)
			}
			if err := again.Truncate(6 * mib); err != nil {
				t.Fatal(err)
			}
			feed(t, again.(*writer), content, 6*mib, mib)
			if _, err := again.Commit(sdk.ExistsFail); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(stored(t, b, "in/a"), content) {
				t.Fatal("the object is not what was sent")
			}
		})
	}
}

func TestACommitWhoseAnswerIsLostIsFoundOut(t *testing.T) {
	settings, faults := settingsFor(s3test.Start(t))
	b := open(t, settings)
	for name, size := range map[string]int{"small": 4096, "parts": 6 * mib} {
		w := create(t, b, target(name, "in/"+name))
		content := noise(size, 4)
		feed(t, w, content, 0, mib)
		var once sync.Once
		faults.instead(func(r *http.Request) (res *http.Response, err error) {
			if !strings.HasSuffix(r.URL.Path, "/in/"+name) || r.Header.Get("If-None-Match") == "" {
				return nil, nil
			}
			once.Do(func() {
				if res, err = faults.to.RoundTrip(r); err == nil {
					res.Body.Close()
					res, err = nil, errCut
				}
			})
			return res, err
		})
		if _, err := w.Commit(sdk.ExistsFail); err != nil {
			t.Errorf("%s: the commit says %v", name, err)
		}
		faults.instead(nil)
		if !bytes.Equal(stored(t, b, "in/"+name), content) {
			t.Errorf("%s: the object is not what was sent", name)
		}
	}
}

func TestAFileOfManyPartsIsReadBackAndNamedAnewWhereThatIsConfigured(t *testing.T) {
	settings, _ := settingsFor(s3test.Start(t))
	content := noise(6*mib, 5)
	for _, readable := range []bool{false, true} {
		settings.Readable = readable
		b := open(t, settings)
		w := create(t, b, target(fmt.Sprint("t", readable), "in/a"))
		feed(t, w, content, 0, mib)
		got, err := io.ReadAll(io.NewSectionReader(w, 0, int64(len(content))))
		if !readable {
			if sdk.CodeOf(err) != sdk.DataIO {
				t.Errorf("reading says %v", err)
			}
			if err := w.Quarantine("bad/a"); sdk.CodeOf(err) != sdk.DataIO {
				t.Errorf("the quarantine says %v", err)
			}
			continue
		}
		if err != nil || !bytes.Equal(got, content) {
			t.Fatalf("%d bytes were read back (%v)", len(got), err)
		}
		if err := w.Quarantine("bad/a"); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(stored(t, b, "bad/a"), content) {
			t.Error("the object is not what was sent")
		}
	}
}

func TestARewindGoesBackToAnyPlaceThatCanBeReachedAndElseBeginsAnew(t *testing.T) {
	settings, _ := settingsFor(s3test.Start(t))
	b := open(t, settings)
	content := noise(30*mib, 6)
	w := create(t, b, target("t1", "in/a"))
	feed(t, w, content[:22*mib], 0, mib)
	if _, _, err := w.Sync(); err != nil {
		t.Fatal(err)
	}
	for _, off := range []int{21*mib + 100, 20 * mib, 15 * mib} { // in memory; the ends of parts of five MiB
		if err := w.Truncate(int64(off)); err != nil {
			t.Fatalf("back to %d: %v", off, err)
		}
		feed(t, w, content[:22*mib], off, mib)
	}
	if err := w.Truncate(7*mib + 1); sdk.CodeOf(err) != sdk.DataIO {
		t.Fatalf("into a part: %v", err)
	}
	_ = w.Close()
	if _, err := b.Resume(target("t1", "in/a"), nil); !errors.Is(err, sdk.ErrNoPart) {
		t.Fatalf("afterwards the part is there (%v)", err)
	}
}

func TestAReaderGoesOnAfterACutAndStopsWhenTheObjectIsReplaced(t *testing.T) {
	settings, _ := settingsFor(s3test.Start(t))
	b := open(t, settings)
	content := noise(2*mib, 7)
	w := create(t, b, target("t1", "in/a"))
	feed(t, w, content, 0, mib)
	if _, err := w.Commit(sdk.ExistsFail); err != nil {
		t.Fatal(err)
	}
	r, err := b.Open("in/a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := make([]byte, mib)
	for _, off := range []int64{0, mib, 300_000, 100} {
		r.(*reader).body.Close() // as a store does that grew tired of waiting
		if n, err := r.ReadAt(got, off); err != nil && err != io.EOF || !bytes.Equal(got[:n], content[off:off+int64(n)]) || n == 0 {
			t.Fatalf("at %d: %d bytes (%v)", off, n, err)
		}
	}
	w = create(t, b, sdk.Target{ID: "t2", Path: "in/a", OnExists: sdk.ExistsReplace, Size: -1})
	feed(t, w, content[:mib], 0, mib)
	if _, err := w.Commit(sdk.ExistsReplace); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadAt(got, mib); sdk.CodeOf(err) != sdk.RestartPoint {
		t.Fatalf("reading the replaced object says %v", err)
	}
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	if !long() {
		t.Skip("256 MiB; POSTERN_TEST_LONG=1 runs it")
	}
	settings, _ := settingsFor(s3test.Start(t))
	settings.PartSize = 8 * mib
	b := open(t, settings)
	block := noise(mib, 8)
	w := create(t, b, target("t1", "in/a"))
	var most uint64
	begun := time.Now()
	const blocks = 256
	for i := range blocks {
		if err := w.WriteAt([][]byte{block}, int64(i)*mib); err != nil {
			t.Fatal(err)
		}
		w.Point(int64(i+1) * mib)
		if i%8 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	if _, err := w.Commit(sdk.ExistsFail); err != nil {
		t.Fatal(err)
	}
	t.Logf("%.0f MB/s, at most %d MiB in use", blocks*mib/1e6/time.Since(begun).Seconds(), most/mib)
	if limit := uint64(8*mib*(settings.Parallel+spare) + 16*mib); most > limit {
		t.Errorf("%d bytes were in use, want at most %d", most, limit)
	}
}
