package stream

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/postern/postern/sdk"
)

func TestRecordsAreStoredInTheFormOfTheFlow(t *testing.T) {
	long := strings.Repeat("x", 5000)
	rows := []struct {
		name    string
		records sdk.Records
		spans   []string // a trailing | ends a record
		want    string
		count   int64
	}{
		{"stream joins them", sdk.RecordsStream, []string{"ab|", "cd|", "ef"}, "abcdef", 2},
		{"lines end each", sdk.RecordsLines, []string{"ab|", "|", "c", "d|"}, "ab\r\n\r\ncd\r\n", 3},
		{"lines end the last one too", sdk.RecordsLines, []string{"ab|", "cd"}, "ab\r\ncd\r\n", 2},
		{"lines keep a delimiter inside", sdk.RecordsLines, []string{"a\r\nb|"}, "a\r\nb\r\n", 1},
		{"lines of long records", sdk.RecordsLines, []string{long, long + "|", "z|"}, long + long + "\r\nz\r\n", 2},
		{"prefixed count each", sdk.RecordsPrefixed, []string{"ab|", "|", "c", "d|"},
			"\x00\x00\x00\x02ab\x00\x00\x00\x00\x00\x00\x00\x02cd", 3},
		{"prefixed of several long spans", sdk.RecordsPrefixed, []string{long, "y", long + "|"},
			"\x00\x00\x27\x11" + long + "y" + long, 1},
		{"nothing is an empty file", sdk.RecordsLines, nil, "", 0},
	}
	for _, row := range rows {
		for _, filtered := range []bool{false, true} {
			t.Run(row.name, func(t *testing.T) {
				d := &disk{spoil: true}
				r, _ := receive(t, d, func(o *ReceiverOptions) {
					o.Records, o.Delimiter = row.records, []byte("\r\n")
					if filtered {
						o.Filters = line(xor(7), xor(7))
					}
				})
				buf := r.o.Pool.Get()
				at := 0
				for _, s := range row.spans {
					body, end := strings.CutSuffix(s, "|")
					n := copy(buf.B[at:], body)
					if err := r.Data(buf, buf.B[at:at+n], end); err != nil {
						t.Fatal(err)
					}
					at += n + 6
				}
				buf.Release()
				r.Finish()
				got := wait(t, r, Finished).Totals
				if string(d.data) != row.want {
					t.Errorf("stored %q, want %q", d.data, row.want)
				}
				if got.SHA256 != hexOf([]byte(row.want)) || got.Records != row.count || got.File != int64(len(row.want)) {
					t.Errorf("totals are %+v", got)
				}
			})
		}
	}
}

func TestASyncOnDiskDoesNotStopTheData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{gate: make(chan struct{})}
		r, s := receive(t, d, nil)
		block := pattern(64 << 10)
		for i := range int64(8) {
			give(t, r, block, false)
			if err := r.Sync(i+1, []byte{byte(i)}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if got := int64(len(d.data)); got != (i+1)*int64(len(block)) {
				t.Fatalf("while the first sync hangs only %d bytes are written after point %d", got, i+1)
			}
		}
		if d.syncs != 1 || len(s.points()) != 0 || len(r.Signals()) != 0 {
			t.Fatalf("%d syncs, saved %v, %d signals before the disk answered", d.syncs, s.points(), len(r.Signals()))
		}
		d.gate <- struct{}{}
		synctest.Wait()
		if got := wait(t, r, Durable).Mark; got.Point != 1 || got.File != int64(len(block)) || !bytes.Equal(got.State, []byte{0}) {
			t.Fatalf("the first sync acknowledged %+v", got)
		}
		d.gate <- struct{}{}
		synctest.Wait()
		if got := wait(t, r, Durable).Mark; got.Point != 8 || got.File != 8*int64(len(block)) || !bytes.Equal(got.Backend, []byte{2}) {
			t.Fatalf("the second sync acknowledged %+v", got)
		}
		if got := r.Stats(); got.Syncs != 2 || got.Saves != 2 || got.Points != 8 {
			t.Errorf("stats are %+v, want two syncs and saves for eight points", got)
		}
	})
}

func TestAPointIsAcknowledgedOnlyWhenItIsSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		r, _ := receive(t, &disk{}, func(o *ReceiverOptions) {
			o.Save = func(Mark) error { <-gate; return nil }
		})
		give(t, r, []byte("data"), false)
		if err := r.Sync(1, nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(r.Signals()) != 0 || r.Saved().Point != 0 {
			t.Fatal("the point was acknowledged before Save returned")
		}
		close(gate)
		if got := wait(t, r, Durable).Mark.Point; got != 1 {
			t.Fatalf("point %d was acknowledged", got)
		}
	})
}

func TestOnlyWhatTheBackendCallsDurableIsAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{lag: 5}
		r, s := receive(t, d, nil)
		for i := range int64(3) {
			give(t, r, []byte("data"), false)
			if err := r.Sync(i+1, nil); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if got := s.points(); !slices.Equal(got, []int64{1}) {
			t.Fatalf("of 12 bytes 7 are durable, and points %v were saved", got)
		}
		d.lag = 0
		give(t, r, []byte("data"), false)
		_ = r.Sync(4, nil)
		synctest.Wait()
		if got := s.points(); !slices.Equal(got, []int64{1, 4}) {
			t.Fatalf("after a sync that covers everything points %v were saved", got)
		}
	})
}

func TestAFailedSyncIsNeverTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{syncErr: errDisk}
		r, s := receive(t, d, nil)
		give(t, r, []byte("data"), false)
		_ = r.Sync(1, nil)
		err := wait(t, r, Failed).Err
		if !errors.Is(err, errDisk) || sdk.CodeOf(err) != sdk.DataIO {
			t.Fatalf("failed with %v", err)
		}
		if got := r.Data(nil, []byte("more"), false); !errors.Is(got, errDisk) {
			t.Errorf("data afterwards gives %v", got)
		}
		if got := r.Sync(2, nil); !errors.Is(got, errDisk) {
			t.Errorf("a point afterwards gives %v", got)
		}
		r.Finish()
		r.Stop()
		if got := wait(t, r, Stopped).Mark.Point; got != 0 {
			t.Errorf("stopped at point %d", got)
		}
		synctest.Wait()
		if d.syncs != 1 || len(s.points()) != 0 {
			t.Errorf("%d syncs, saved %v", d.syncs, s.points())
		}
	})
}

func TestAFailedSaveAcknowledgesNothingMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := receive(t, &disk{}, nil)
		s.err = errors.New("lease lost")
		give(t, r, []byte("data"), false)
		_ = r.Sync(1, nil)
		if err := wait(t, r, Failed).Err; !errors.Is(err, s.err) {
			t.Fatalf("failed with %v", err)
		}
		r.Stop()
		if got := wait(t, r, Stopped).Mark.Point; got != 0 || len(s.points()) != 1 {
			t.Errorf("stopped at %d after saving %v", got, s.points())
		}
	})
}

func TestPointsBeforeAFailedWriteAreStillSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{gate: make(chan struct{}, 9)}
		r, s := receive(t, d, nil)
		for i := range int64(2) {
			give(t, r, []byte("data"), false)
			_ = r.Sync(i+1, nil)
			synctest.Wait()
		}
		d.writeErr = errDisk
		give(t, r, []byte("data"), false)
		_ = r.Sync(3, nil)
		if err := wait(t, r, Failed).Err; !errors.Is(err, errDisk) {
			t.Fatalf("failed with %v", err)
		}
		close(d.gate)
		r.Stop()
		if got := wait(t, r, Stopped).Mark; got.Point != 2 || got.File != 8 {
			t.Errorf("stopped at %+v, saved %v", got, s.points())
		}
	})
}

func TestWithoutDurabilityNothingIsSavedUntilItStops(t *testing.T) {
	for _, durability := range []sdk.Durability{sdk.DurabilityClose, sdk.DurabilityNone} {
		synctest.Test(t, func(t *testing.T) {
			d := &disk{}
			r, s := receive(t, d, func(o *ReceiverOptions) { o.Durability = durability })
			for i := range int64(3) {
				give(t, r, []byte("data"), false)
				_ = r.Sync(i+1, nil)
				if got := wait(t, r, Durable).Mark.Point; got != i+1 {
					t.Fatalf("point %d was acknowledged", got)
				}
			}
			if d.syncs != 0 || len(s.points()) != 0 {
				t.Fatalf("%s: %d syncs, saved %v", durability, d.syncs, s.points())
			}
			give(t, r, []byte("lost"), false)
			r.Stop()
			if got := wait(t, r, Stopped).Mark.Point; got != 3 || d.syncs != 1 {
				t.Errorf("%s: stopped at point %d with %d syncs", durability, got, d.syncs)
			}
		})
	}
}

func TestTheEndItselfIsLeftToCommit(t *testing.T) {
	for durability, want := range map[sdk.Durability]struct {
		syncs int
		saved []int64
	}{sdk.DurabilitySync: {1, []int64{1}}, sdk.DurabilityClose: {0, nil}, sdk.DurabilityNone: {0, nil}} {
		synctest.Test(t, func(t *testing.T) {
			d := &disk{}
			r, s := receive(t, d, func(o *ReceiverOptions) { o.Durability = durability })
			give(t, r, []byte("data"), false)
			_ = r.Sync(1, nil)
			synctest.Wait()
			give(t, r, []byte("more"), false)
			r.Finish()
			wait(t, r, Finished)
			if d.syncs != want.syncs || !slices.Equal(s.points(), want.saved) {
				t.Errorf("%s: %d syncs, saved %v", durability, d.syncs, s.points())
			}
		})
	}
}

func TestManyPointsThatAreNotDurableTakeBoundedMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{lag: 1 << 40}
		r, s := receive(t, d, nil)
		last := int64(maxMarks + 100)
		for i := range last {
			give(t, r, []byte("x"), false)
			_ = r.Sync(i+1, nil)
			if i%7 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		if len(r.marks) > maxMarks || len(s.points()) != 0 {
			t.Fatalf("%d marks are kept, %v saved", len(r.marks), s.points())
		}
		d.lag = 1
		give(t, r, []byte("x"), false)
		_ = r.Sync(last+1, nil)
		if got := wait(t, r, Durable).Mark; got.Point != last || got.File != last {
			t.Errorf("acknowledged %+v", got)
		}
		if len(r.marks) > keptMarks+1 {
			t.Errorf("%d marks are kept after the acknowledgement", len(r.marks))
		}
	})
}

func TestMarksAreGivenUpWhileASyncHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{gate: make(chan struct{})}
		r, s := receive(t, d, nil)
		last := int64(maxMarks + 100)
		for i := range last {
			give(t, r, []byte("x"), false)
			_ = r.Sync(i+1, nil)
			if i == 500 {
				synctest.Wait() // the hanging sync covers points before the ones that are given up, and some after
			}
		}
		synctest.Wait()
		close(d.gate)
		synctest.Wait()
		if got := r.Saved(); got.Point != last || got.File != last {
			t.Errorf("saved %+v after %v", got, s.points())
		}
	})
}

func TestTheLoopIsToldWhenThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		d.mu.Lock() // the disk hangs
		r, _ := receive(t, d, nil)
		given := 0
		for r.Room() {
			buf := r.o.Pool.Get()
			if err := r.Data(buf, buf.B, false); err != nil {
				t.Fatal(err)
			}
			buf.Release()
			if given++; given > 8 {
				t.Fatal("there is always room")
			}
		}
		if given != inFlight/BufferSize {
			t.Errorf("%d MiB are in flight", given)
		}
		d.mu.Unlock()
		wait(t, r, Room)
		if !r.Room() {
			t.Error("there is no room after Room")
		}
	})
}

func TestATransferHoldsLessWhileThePoolIsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		d.mu.Lock()
		defer d.mu.Unlock()
		r, _ := receive(t, d, func(o *ReceiverOptions) { o.Pool = NewPool(1) })
		for range 2 {
			buf := r.o.Pool.Get()
			_ = r.Data(buf, buf.B, false)
			buf.Release()
		}
		if r.Room() {
			t.Error("two buffers of a pool of one are in use and there is room")
		}
	})
}

func TestWritesAreLarge(t *testing.T) {
	for _, entity := range []int{80, 4 << 10, 32 << 10} {
		d := &disk{}
		r, _ := receive(t, d, nil)
		total := 0
		for total < 8<<20 {
			buf := r.o.Pool.Get()
			for at := 6; at+entity < len(buf.B); at += entity + 6 {
				if err := r.Data(buf, buf.B[at:at+entity], true); err != nil {
					t.Fatal(err)
				}
				total += entity
			}
			buf.Release()
		}
		r.Finish()
		wait(t, r, Finished)
		for i, w := range d.writes[:len(d.writes)-1] {
			if w[1] < goodWrite {
				t.Errorf("entities of %d: write %d has %d bytes", entity, i, w[1])
			}
		}
	}
}

func TestAFileBeyondTheLimitIsRefused(t *testing.T) {
	for _, filters := range [][]sdk.Filter{nil, {xor(1)}} {
		d := &disk{}
		r, _ := receive(t, d, func(o *ReceiverOptions) { o.MaxSize, o.Filters = 10, line(filters...) })
		give(t, r, []byte("0123456789"), false)
		_ = r.Sync(1, nil)
		wait(t, r, Durable)
		give(t, r, []byte("x"), false)
		_ = r.Sync(2, nil)
		if err := wait(t, r, Failed).Err; sdk.CodeOf(err) != sdk.FileSize {
			t.Errorf("failed with %v", err)
		}
		if len(d.data) != 10 {
			t.Errorf("%d bytes were written", len(d.data))
		}
	}
}

func TestAPrefixedRecordHasALimit(t *testing.T) {
	r, _ := receive(t, &disk{}, func(o *ReceiverOptions) { o.Records = sdk.RecordsPrefixed })
	buf := r.o.Pool.Get()
	defer buf.Release()
	for range MaxRecord / BufferSize {
		if err := r.Data(buf, buf.B, false); err != nil {
			t.Fatal(err)
		}
		if !r.Room() {
			t.Fatal("an open record takes the room that it needs to end")
		}
	}
	if err := r.Data(buf, buf.B[:1], true); sdk.CodeOf(err) != sdk.DataRecord {
		t.Errorf("a record of 16 MiB and a byte gives %v", err)
	}
}

func TestAPointInsideARecordIsRefused(t *testing.T) {
	for records, want := range map[sdk.Records]sdk.Code{sdk.RecordsStream: "", sdk.RecordsLines: sdk.ProtocolViolation,
		sdk.RecordsPrefixed: sdk.ProtocolViolation} {
		r, _ := receive(t, &disk{}, func(o *ReceiverOptions) { o.Records, o.Delimiter = records, []byte("\n") })
		give(t, r, []byte("half"), false)
		if got := sdk.CodeOf(r.Sync(1, nil)); got != want {
			t.Errorf("%s: %q, want %q", records, got, want)
		}
	}
}

func TestWrongOptionsAreRefused(t *testing.T) {
	good := ReceiverOptions{Writer: &disk{}, Pool: NewPool(1), Save: func(Mark) error { return nil }}
	for name, change := range map[string]func(*ReceiverOptions){
		"no writer":      func(o *ReceiverOptions) { o.Writer = nil },
		"no pool":        func(o *ReceiverOptions) { o.Pool = nil },
		"no delimiter":   func(o *ReceiverOptions) { o.Records = sdk.RecordsLines },
		"negative":       func(o *ReceiverOptions) { o.From.File = -1 },
		"damaged digest": func(o *ReceiverOptions) { o.Digest = true; o.From.File = 1; o.From.Digest = []byte{1, 2} },
		"surplus digest": func(o *ReceiverOptions) { o.Digest = true; o.From.File = 1; o.From.Digest = []byte{0, 2} },
		"damaged contents": func(o *ReceiverOptions) {
			o.Digest = true
			o.From.File = 1
			o.From.Digest = append([]byte{1}, make([]byte, 108)...)
		},
	} {
		o := good
		change(&o)
		if r, err := NewReceiver(o); err == nil {
			r.Close()
			t.Errorf("%s was accepted", name)
		}
	}
}
