package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var id = ID{1, 2, 3}

// written makes a journal with n records and gives its path and where each record begins.
func written(t testing.TB, n int) (path string, at []int64) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "journal")
	if err := Create(path, id); err != nil {
		t.Fatal(err)
	}
	j, records, err := Open(path, id, 0)
	if err != nil || len(records) != 0 {
		t.Fatal(records, err)
	}
	defer j.Close()
	j.Restart()
	for i := range n {
		at = append(at, j.at)
		if err := j.Append(record(i)); err != nil {
			t.Fatal(err)
		}
	}
	return path, at
}

func record(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 100*i) }

// reopened gives the numbers of the records that a crash leaves.
func reopened(t testing.TB, path string, taken uint64) (found []int, err error) {
	t.Helper()
	j, records, err := Open(path, id, taken)
	if err != nil {
		return nil, err
	}
	defer j.Close()
	for i, r := range records {
		n := int(taken) + i
		if !bytes.Equal(r, record(n)) {
			t.Errorf("record %d is another one: %d bytes", n+1, len(r))
		}
		found = append(found, n+1)
	}
	return found, nil
}

func TestWhatWasAppendedIsThereAfterACrash(t *testing.T) {
	path, _ := written(t, 5)
	for taken, want := range map[uint64][]int{0: {1, 2, 3, 4, 5}, 5: nil} {
		if got, err := reopened(t, path, taken); err != nil || !slices.Equal(got, want) {
			t.Errorf("taken %d: records %v, %v, want %v", taken, got, err, want)
		}
	}
}

func TestAJournalThatBeginsAgainForgetsWhatWasTaken(t *testing.T) {
	path, _ := written(t, 5)
	j, records, err := Open(path, id, 0)
	if err != nil || len(records) != 5 {
		t.Fatal(len(records), err)
	}
	defer j.Close()
	if err := j.Append(nil); !errors.Is(err, ErrFull) {
		t.Errorf("it takes a record before what it had was taken over: %v", err)
	}
	j.Restart()
	if err := j.Append(record(5)); err != nil {
		t.Fatal(err)
	}
	if got, err := reopened(t, path, 5); err != nil || !slices.Equal(got, []int{6}) {
		t.Errorf("records %v, %v, want the sixth alone", got, err)
	}
}

func TestATornLastRecordIsTheEnd(t *testing.T) {
	path, at := written(t, 5)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int64{0, 1, 8, headerLen, headerLen + 1, headerLen + 399} {
		torn := slices.Clone(whole)
		clear(torn[at[4]+cut:])
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := reopened(t, path, 0); err != nil || !slices.Equal(got, []int{1, 2, 3, 4}) {
			t.Errorf("torn after %d bytes: %v, %v", cut, got, err)
		}
	}
}

func TestDamageBeforeAnAcknowledgedRecordIsAnError(t *testing.T) {
	path, at := written(t, 5)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		bad := slices.Clone(whole)
		bad[at[i]+16] ^= 1
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		var damage *DamageError
		if got, err := reopened(t, path, 0); !errors.As(err, &damage) {
			t.Errorf("record %d is damaged: %v, %v", i+1, got, err)
		}
		if got := Survivors(bad, 0); len(got) != 4 {
			t.Errorf("record %d is damaged: %d survive", i+1, len(got))
		}
	}
}

func TestAnotherJournalIsNotTaken(t *testing.T) {
	path, _ := written(t, 1)
	var damage *DamageError
	if _, _, err := Open(path, ID{9}, 0); !errors.As(err, &damage) {
		t.Errorf("another id: %v", err)
	}
	if err := os.Truncate(path, Size-1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(path, id, 0); !errors.As(err, &damage) {
		t.Errorf("cut short: %v", err)
	}
	if _, _, err := Open(path+"x", id, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

func TestAFullJournalTakesNothingMore(t *testing.T) {
	path, _ := written(t, 0)
	j, _, err := Open(path, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	j.Restart()
	const room = Size - front - headerLen
	if err := j.Append(make([]byte, room+1)); !errors.Is(err, ErrFull) {
		t.Errorf("a record longer than the file: %v", err)
	}
	if err := j.Append(make([]byte, room)); err != nil {
		t.Errorf("one that fills it: %v", err)
	}
	if err := j.Append(nil); !errors.Is(err, ErrFull) {
		t.Errorf("one behind it: %v", err)
	}
	j.Restart()
	if err := j.Append(nil); err != nil || j.Last() != 2 {
		t.Errorf("from the front: %v, number %d", err, j.Last())
	}
}

func FuzzRead(f *testing.F) {
	b := first(id)
	for i := range 3 {
		b = seal(b, id, uint64(i+1), record(i))
		b = append(b, make([]byte, int(next(int64(len(b)), -headerLen))-len(b))...)
	}
	f.Add(b[front:], uint64(0))
	f.Add(b[front:front+100], uint64(2))
	f.Fuzz(func(t *testing.T, b []byte, taken uint64) {
		whole := slices.Concat(first(id), b)
		records, err := scan("journal", whole, id, taken)
		total := 0
		for _, r := range records {
			total += len(r)
		}
		if total > len(whole) || err != nil && records != nil {
			t.Error(fmt.Sprint(len(records), " records of ", total, " bytes, ", err))
		}
		if err == nil && len(Survivors(whole, taken)) < len(records) {
			t.Error("fewer survive than are read")
		}
	})
}
