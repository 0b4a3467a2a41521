package stream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/postern/postern/sdk"
	"pgregory.net/rapid"
)

// script is what a peer sends: records in spans, with sync points between records.
type script struct {
	records   sdk.Records
	delimiter []byte
	steps     []step
}

type step struct {
	span  []byte
	end   bool
	point int64 // behind the span; 0: none
}

func drawScript(t *rapid.T) script {
	s := script{records: rapid.SampledFrom([]sdk.Records{sdk.RecordsStream, sdk.RecordsLines, sdk.RecordsPrefixed}).Draw(t, "records"),
		delimiter: []byte("\r\n")}
	data := pattern(300 << 10)
	point := int64(0)
	for range rapid.IntRange(0, 30).Draw(t, "spans") {
		n := rapid.SampledFrom([]int{0, 1, 79, 1023, 1024, 4096, 70000}).Draw(t, "length")
		at := rapid.IntRange(0, len(data)-n).Draw(t, "at")
		st := step{span: data[at : at+n], end: rapid.Bool().Draw(t, "end")}
		if st.end && rapid.IntRange(0, 2).Draw(t, "sync") == 0 {
			point++
			st.point = point
		}
		s.steps = append(s.steps, st)
	}
	return s
}

// stored is the reference: the file that the script makes.
func (s script) stored() []byte {
	var out, rec []byte
	open := false
	end := func() {
		switch s.records {
		case sdk.RecordsLines:
			rec = append(rec, s.delimiter...)
		case sdk.RecordsPrefixed:
			out = binary.BigEndian.AppendUint32(out, uint32(len(rec)))
		}
		out = append(out, rec...)
		rec, open = nil, false
	}
	for _, st := range s.steps {
		rec, open = append(rec, st.span...), true
		if st.end {
			end()
		}
	}
	if open && s.records == sdk.RecordsStream {
		return append(out, rec...)
	}
	if open {
		end()
	}
	return out
}

// play gives the steps from the one behind point on, at most n of them; it returns how many.
func (s script) play(t check, r *Receiver, point int64, n int) {
	t.Helper()
	i := 0
	if point > 0 {
		i = 1 + slices.IndexFunc(s.steps, func(st step) bool { return st.point == point })
	}
	buf := r.o.Pool.Get()
	at := 0
	for _, st := range s.steps[i:min(i+n, len(s.steps))] {
		if at+len(st.span) > len(buf.B) {
			buf.Release()
			buf, at = r.o.Pool.Get(), 0
		}
		k := at + copy(buf.B[at:], st.span)
		if err := r.Data(buf, buf.B[at:k], st.end); err != nil {
			t.Fatal(err)
		}
		at = k + 6
		if st.point > 0 {
			if err := r.Sync(st.point, []byte{byte(st.point)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	buf.Release()
}

func TestARestartFromAnySavedPointGivesTheSameFile(t *testing.T) {
	pool := NewPool(4)
	rapid.Check(t, func(t *rapid.T) {
		s := drawScript(t)
		want := s.stored()
		filters := func(Mark) Filters { return nil }
		if rapid.Bool().Draw(t, "filtered") {
			want = summedUp(want)
			filters = func(m Mark) Filters { return lineFrom(m.Filter, &summed{}, &thrice{}) }
		}
		o := ReceiverOptions{Records: s.records, Delimiter: s.delimiter, Digest: true, Pool: pool, Filters: filters(Mark{}),
			Durability: rapid.SampledFrom([]sdk.Durability{sdk.DurabilitySync, sdk.DurabilityClose}).Draw(t, "durability")}
		d := &disk{spoil: true}
		var mu sync.Mutex
		marks := []Mark{{}}
		o.Writer, o.Save = d, func(m Mark) error {
			mu.Lock()
			defer mu.Unlock()
			marks = append(marks, m)
			return nil
		}
		first, err := NewReceiver(o)
		if err != nil {
			t.Fatal(err)
		}
		s.play(t, first, 0, rapid.IntRange(0, len(s.steps)).Draw(t, "until"))
		first.Stop()
		stopped := wait(t, first, Stopped).Mark
		first.Close()
		if last := marks[len(marks)-1]; last.Point != stopped.Point {
			t.Fatalf("stopped at %d, saved %d", stopped.Point, last.Point)
		}
		left := slices.Clone(d.data)
		for _, m := range marks {
			again := &disk{data: slices.Clone(left)}
			o.Writer, o.From, o.Resumed, o.Filters = again, m, true, filters(m)
			o.Save = func(Mark) error { return nil }
			r, err := NewReceiver(o)
			if err != nil {
				t.Fatal(err)
			}
			s.play(t, r, m.Point, len(s.steps))
			r.Finish()
			got := wait(t, r, Finished).Totals
			r.Close()
			if !bytes.Equal(again.data, want) {
				t.Fatalf("from point %d: %d bytes, want %d", m.Point, len(again.data), len(want))
			}
			if got.SHA256 != hexOf(want) || got.File != int64(len(want)) {
				t.Fatalf("from point %d: totals %+v", m.Point, got)
			}
		}
	})
	if n := pool.InUse(); n != 0 {
		t.Errorf("%d buffers were not released", n)
	}
}

func TestARewindForgetsWhatLiesBeyond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScript(t)
		d := &disk{}
		var mu sync.Mutex
		saved := int64(0)
		r, err := NewReceiver(ReceiverOptions{Writer: d, Records: s.records, Delimiter: s.delimiter, Digest: true,
			Pool: NewPool(4), Durability: rapid.SampledFrom([]sdk.Durability{sdk.DurabilitySync, sdk.DurabilityNone}).Draw(t, "durability"),
			Save: func(m Mark) error {
				mu.Lock()
				defer mu.Unlock()
				saved = m.Point
				return nil
			}})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for range rapid.IntRange(1, 4).Draw(t, "rewinds") {
			s.play(t, r, 0, rapid.IntRange(0, len(s.steps)).Draw(t, "until"))
			if rapid.Bool().Draw(t, "finished") {
				r.Finish()
			}
			wanted := rapid.Int64Range(0, 12).Draw(t, "point")
			if err := r.Rewind(wanted); err != nil {
				t.Fatal(err)
			}
			var to Mark
			for sig := range r.Signals() {
				if sig.Kind == Rewound {
					to = sig.Mark
					break
				}
			}
			mu.Lock()
			if to.Point > wanted || int64(len(d.data)) != to.File || saved > to.Point {
				t.Fatalf("asked for %d, went to %d at byte %d; the file has %d, point %d is saved", wanted, to.Point, to.File, len(d.data), saved)
			}
			mu.Unlock()
			if to.Point > 0 && !bytes.Equal(to.State, []byte{byte(to.Point)}) {
				t.Fatalf("the state of point %d is %v", to.Point, to.State)
			}
			if err := r.Rewind(0); err != nil {
				t.Fatal(err)
			}
			wait(t, r, Rewound)
		}
		s.play(t, r, 0, len(s.steps))
		r.Finish()
		got := wait(t, r, Finished).Totals
		if want := s.stored(); !bytes.Equal(d.data, want) || got.SHA256 != hexOf(want) {
			t.Fatalf("the file differs: %d bytes, want %d", len(d.data), len(want))
		}
	})
}

func TestARewindGoesToTheVeryPoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		r, s := receive(t, d, nil)
		for i := range int64(5) {
			give(t, r, []byte{'a' + byte(i)}, true)
			_ = r.Sync(i+1, []byte{byte(i + 1)})
			synctest.Wait()
		}
		if err := r.Rewind(3); err != nil {
			t.Fatal(err)
		}
		give(t, r, []byte("xyz"), true) // may follow at once
		_ = r.Sync(4, nil)
		if got := wait(t, r, Rewound).Mark; got.Point != 3 || got.File != 3 || got.Records != 3 || got.State[0] != 3 {
			t.Fatalf("went to %+v", got)
		}
		r.Finish()
		got := wait(t, r, Finished).Totals
		if string(d.data) != "abcxyz" || got.SHA256 != hexOf(d.data) || got.Records != 4 || got.Wire != 6 {
			t.Errorf("%q, %+v", d.data, got)
		}
		if got := s.points(); !slices.Equal(got, []int64{1, 2, 3, 4, 5, 3, 4}) {
			t.Errorf("saved %v: the catalog must go back before the file does", got)
		}
	})
}

func TestARewindBelowWhatIsKnownBeginsAnew(t *testing.T) {
	d := &disk{data: []byte("abcde")}
	r, s := receive(t, d, func(o *ReceiverOptions) {
		o.From, o.Resumed, o.Digest = Mark{Position: Position{Point: 7, File: 5, Wire: 5}}, true, false
	})
	if err := r.Rewind(6); err != nil {
		t.Fatal(err)
	}
	if got := wait(t, r, Rewound).Mark; got.Point != 0 || got.File != 0 || len(d.data) != 0 {
		t.Errorf("went to %+v", got)
	}
	if got := s.points(); !slices.Equal(got, []int64{0}) {
		t.Errorf("saved %v", got)
	}
}

func TestAFilteredTransferDoesNotRewind(t *testing.T) {
	r, _ := receive(t, &disk{}, func(o *ReceiverOptions) { o.Filters = line(xor(1)) })
	if err := r.Rewind(0); !errors.Is(err, ErrFiltered) {
		t.Errorf("got %v", err)
	}
}

func TestFiltersChangeLengthsAndEndTheFile(t *testing.T) {
	rows := []struct {
		name    string
		filters []sdk.Filter
		give    []string
		want    string
	}{
		{"longer", []sdk.Filter{&double{}}, []string{"ab", "c"}, "aabbcc"},
		{"in order", []sdk.Filter{&double{}, tail("!")}, []string{"ab"}, "aabb!"},
		{"a tail passes the filters behind it", []sdk.Filter{tail("!"), &double{}}, []string{"ab"}, "aabb!!"},
		{"ended early", []sdk.Filter{until('.')}, []string{"ab.c", "d."}, "ab"},
		{"ended early, and those behind are told", []sdk.Filter{until('.'), tail("!")}, []string{"ab.c", "d"}, "ab!"},
		{"nothing at all", []sdk.Filter{tail("!")}, nil, "!"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			d := &disk{}
			r, s := receive(t, d, func(o *ReceiverOptions) { o.Filters = line(row.filters...) })
			wire := ""
			for i, g := range row.give {
				give(t, r, []byte(g), false)
				wire += g
				_ = r.Sync(int64(i+1), nil)
				if m := wait(t, r, Durable).Mark; m.Wire != int64(len(wire)) || m.File != int64(len(d.durable)) {
					t.Errorf("the mark is %+v", m)
				}
			}
			r.Finish()
			got := wait(t, r, Finished).Totals
			if string(d.data) != row.want || got.SHA256 != hexOf(d.data) || got.WireSHA256 != hexOf([]byte(wire)) {
				t.Errorf("stored %q, want %q; %+v", d.data, row.want, got)
			}
			_ = s
		})
	}
}

func TestAFileThatAFilterEndedStaysEndedAfterARestart(t *testing.T) {
	d := &disk{}
	r, s := receive(t, d, func(o *ReceiverOptions) { o.Filters = line(until('.')) })
	give(t, r, []byte("ab.c"), false)
	_ = r.Sync(1, nil)
	wait(t, r, Durable)
	r.Close()
	again, _ := receive(t, d, func(o *ReceiverOptions) {
		o.Filters, o.From, o.Resumed = lineFrom(s.marks[0].Filter, until('.')), s.marks[0], true
	})
	give(t, again, []byte("de"), false)
	again.Finish()
	got := wait(t, again, Finished).Totals
	if string(d.data) != "ab" || got.WireSHA256 != hexOf([]byte("ab.cde")) || got.Wire != 6 {
		t.Errorf("stored %q, %+v", d.data, got)
	}
}

func TestAFilterThatFailsStopsTheTransfer(t *testing.T) {
	d := &disk{}
	r, _ := receive(t, d, func(o *ReceiverOptions) { o.Filters = line(broken{}) })
	give(t, r, []byte("x"), false)
	r.Finish()
	if err := wait(t, r, Failed).Err; sdk.CodeOf(err) != sdk.ExitFailed || !errors.Is(err, errDisk) {
		t.Errorf("failed with %v", err)
	}
}

type broken struct{}

func (broken) Block([]byte, bool) (sdk.Filtered, error) { return sdk.Filtered{}, errDisk }
func (broken) Close() error                             { return nil }

// stamp adds a byte to each block.
type stamp byte

func (s stamp) Block(in []byte, last bool) (sdk.Filtered, error) {
	if last {
		return sdk.Filtered{Bytes: in}, nil
	}
	return sdk.Filtered{Bytes: append(in, byte(s))}, nil
}
func (s stamp) Close() error { return nil }

func TestAFilterMayAppendToItsBlock(t *testing.T) {
	d := &disk{}
	r, _ := receive(t, d, func(o *ReceiverOptions) { o.Filters = line(stamp('!')) })
	data := pattern(3 << 18)
	give(t, r, data, false)
	r.Finish()
	wait(t, r, Finished)
	at := 0
	for _, b := range d.data {
		if at < len(data) && b == data[at] {
			at++
		} else if b != '!' {
			t.Fatalf("byte %d is wrong: a block's tail stands in the next one", at)
		}
	}
	if at != len(data) || len(d.data) == at {
		t.Errorf("%d of %d bytes arrived in %d", at, len(data), len(d.data))
	}
}

func TestARewindWaitsForTheSyncUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{gate: make(chan struct{})}
		r, _ := receive(t, d, nil)
		give(t, r, []byte("data"), false)
		_ = r.Sync(1, nil)
		synctest.Wait()
		if err := r.Rewind(0); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if d.truncates != 0 || len(r.Signals()) != 0 {
			t.Fatal("the file was cut while it was synced")
		}
		close(d.gate)
		wait(t, r, Rewound)
		if d.truncates != 1 || r.Saved().Point != 0 {
			t.Errorf("%d truncates, point %d is saved", d.truncates, r.Saved().Point)
		}
	})
}

func TestWhatARewindMakesUntrueIsNotToldAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := receive(t, &disk{}, nil)
		for i := range int64(2) {
			give(t, r, []byte("data"), false)
			_ = r.Sync(i+1, nil)
		}
		r.Finish()
		synctest.Wait()
		if err := r.Rewind(1); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s := <-r.Signals(); s.Kind != Rewound || len(r.Signals()) != 0 {
			t.Errorf("told %+v, and %d more", s, len(r.Signals()))
		}
	})
}

func TestClosingLeavesTheWriterAndWaitsForTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{gate: make(chan struct{})}
		r, s := receive(t, d, nil)
		give(t, r, []byte("data"), false)
		_ = r.Sync(1, nil)
		synctest.Wait()
		done := make(chan struct{})
		go func() {
			r.Close()
			close(done)
		}()
		synctest.Wait()
		select {
		case <-done:
			t.Fatal("closed while a sync hangs")
		default:
		}
		close(d.gate)
		<-done
		if len(s.points()) != 1 {
			t.Errorf("saved %v", s.points())
		}
		if err := r.Data(nil, []byte("x"), false); !errors.Is(err, ErrClosed) {
			t.Errorf("data after Close gives %v", err)
		}
		r.Close()
	})
}
