package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheChainGoesOnOverRunsAndFiles(t *testing.T) {
	w := newWorld(t)
	w.write(3)
	w.whole(4) // with log.began
	w.set.MaxSize = 900
	w.write(20)
	r := w.whole(24)
	if r.Files < 5 || r.First != 1 || r.Last != 24 || len(r.Notes) > 0 {
		t.Errorf("the log is %+v", r)
	}
	w.set = Settings{MaxSize: 1 << 20, MaxAge: 24 * time.Hour}
	w.pass(25 * time.Hour)
	w.write(1)
	if next := w.whole(25); next.Files != r.Files+1 {
		t.Errorf("a day later there are %d files, there were %d", next.Files, r.Files)
	}
}

func TestAnybodyCanCheckALineWithoutPostern(t *testing.T) {
	w := newWorld(t)
	w.write(1)
	line, _, _ := strings.Cut(w.text(0), "\n")
	content, hash, _ := strings.Cut(line, `,"hash":"`)
	sum := sha256.Sum256([]byte(content + "}"))
	if hash != hex.EncodeToString(sum[:])+`"}` {
		t.Errorf("the hash of %s is not that of what stands before it", line)
	}
}

func TestWhatWasTamperedWithIsFoundAtItsLine(t *testing.T) {
	lines := func(text string) []string { return strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n") }
	for name, c := range map[string]struct {
		do   func(all []string) []string
		line int64
		what string
	}{
		"changed": {func(all []string) []string {
			all[3] = strings.Replace(all[3], `"transfer2"`, `"transfer9"`, 1)
			return all
		}, 4, "was changed"},
		"taken out": {func(all []string) []string { return append(all[:2], all[3:]...) }, 3, "1 are missing"},
		"twice": {func(all []string) []string {
			return append(all[:3], append([]string{all[2]}, all[3:]...)...)
		}, 4, "stands twice"},
		"swapped":    {func(all []string) []string { all[2], all[3] = all[3], all[2]; return all }, 3, "are missing"},
		"no record":  {func(all []string) []string { all[2] = "{}\n"; return all }, 3, "no record"},
		"emptied":    {func(all []string) []string { all[2] = "\n"; return all }, 3, "no record"},
		"cut behind": {func(all []string) []string { return all[:4] }, 5, "ends with record 4, and record 6"},
		"cut inside": {func(all []string) []string { all[4] = all[4][:20]; return all[:5] }, 5, "ends with record 4, and record 6"},
		"cut before": {func(all []string) []string { return all[1:] }, 1, "the file's name says 1"},
		"sealed anew": {func(all []string) []string {
			content, _, _ := strings.Cut(strings.Replace(all[3], `"transfer2"`, `"transfer9"`, 1), sealHead)
			line, _ := seal([]byte(content + "}"))
			all[3] = string(line)
			return all
		}, 5, "was replaced"},
		"the last one sealed anew": {func(all []string) []string {
			content, _, _ := strings.Cut(strings.Replace(all[5], `"transfer4"`, `"transfer9"`, 1), sealHead)
			line, _ := seal([]byte(content + "}"))
			all[5] = string(line)
			return all
		}, 6, "is not the one that was written"},
	} {
		w := newWorld(t)
		w.write(5)
		all := lines(w.text(0))
		w.put(0, strings.Join(c.do(all), ""))
		r := w.verify()
		if r.OK || r.Broken == nil || r.Broken.File != w.file(0) || r.Broken.Line != c.line || !strings.Contains(r.Broken.What, c.what) {
			t.Errorf("%s: the report is %+v, broken %v; want line %d: %s", name, r, r.Broken, c.line, c.what)
		}
		w.write(2) // what is broken stays so, and a server starts all the same
		if r = w.verify(); r.OK {
			t.Errorf("%s: after another run it looks whole: %+v", name, r)
		}
	}
}

func TestFilesThatAreMissingAreFound(t *testing.T) {
	for _, which := range []int{0, 2, -1} {
		w := newWorld(t)
		w.set.MaxSize = 900
		w.write(20)
		all, _ := filepath.Glob(filepath.Join(w.dir, filePrefix+"*"))
		gone := all[(which+len(all))%len(all)]
		if err := os.Remove(gone); err != nil {
			t.Fatal(err)
		}
		if r := w.verify(); r.OK || r.Broken.File == gone {
			t.Errorf("without %s: %+v", gone, r)
		}
	}
	w := newWorld(t)
	w.write(2)
	if err := os.Remove(w.file(0)); err != nil {
		t.Fatal(err)
	}
	if r := w.verify(); r.OK {
		t.Errorf("without any file: %+v", r)
	}
	w = newWorld(t)
	w.write(2)
	if err := os.Remove(filepath.Join(w.dir, headName)); err != nil {
		t.Fatal(err)
	}
	if r := w.verify(); r.OK || !strings.HasSuffix(r.Broken.File, headName) {
		t.Errorf("without the head: %+v", r)
	}
}

func TestAWholeChainWrittenAnewDoesNotFitAHeadThatWasNoted(t *testing.T) {
	w := newWorld(t)
	w.write(3)
	noted := w.whole(4)
	if err := os.RemoveAll(w.dir); err != nil {
		t.Fatal(err)
	}
	w.write(5)
	w.whole(6)
	if r := w.verify(Expect{noted.Last, noted.Hash}); r.OK {
		t.Error("it fits")
	}
}

func TestOldFilesGoAsConfiguredAndTheLogSaysSo(t *testing.T) {
	w := newWorld(t)
	w.set.MaxSize = 900
	w.write(20)
	before := w.verify()
	w.pass(48 * time.Hour)
	w.set.Keep = 24 * time.Hour
	w.write(1)
	r := w.verify()
	if !r.OK || r.Files >= before.Files || r.First == 1 || !strings.Contains(w.events(), LogRemoved) {
		t.Errorf("the log is %+v, broken %v", r, r.Broken)
	}
	if err := os.Remove(w.file(0)); err != nil {
		t.Fatal(err)
	}
	if r = w.verify(); r.OK {
		t.Error("a file that was taken away by hand is not missed")
	}
}

func TestFilesThatWereTakenElsewhereAreCheckedThere(t *testing.T) {
	w := newWorld(t)
	w.set.MaxSize = 900
	w.write(20)
	r, err := VerifyFiles(t.Context(), []string{w.file(1), w.file(2)})
	if err != nil || !r.OK || r.Files != 2 || r.First == 1 {
		t.Errorf("%+v (%v)", r, err)
	}
	if r, err = VerifyFiles(t.Context(), []string{w.file(1), w.file(3)}); err != nil || r.OK {
		t.Errorf("with a gap: %+v (%v)", r, err)
	}
}
