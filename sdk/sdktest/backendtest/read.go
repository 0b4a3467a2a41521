package backendtest

import (
	"bytes"
	"io"
	"testing"

	"github.com/postern/postern/sdk"
)

func readDuties() []duty {
	return []duty{
		{"what is missing is refused with file missing", func(t *testing.T, h *h) {
			h.put(t, "t1", "in/a", "x")
			for _, p := range []string{"b", "in/b", "in/no/b", "in-"} {
				_, err := h.Backend.Open(p)
				refusedWith(t, err, sdk.FileMissing)
			}
		}},
		{"a path that may not be is refused with file name", func(t *testing.T, h *h) {
			for _, p := range badPaths() {
				_, err := h.Backend.Open(p)
				refusedWith(t, err, sdk.FileName)
			}
		}},
		{"a folder is refused with file open", func(t *testing.T, h *h) {
			h.put(t, "t1", "in/a", "x")
			_, err := h.Backend.Open("in")
			refusedWith(t, err, sdk.FileOpen)
		}},
		{"the info names path and size, and the tag changes with the content", func(t *testing.T, h *h) {
			h.put(t, "t1", "in/a", "0123")
			first := h.info(t, "in/a")
			if first.Path != "in/a" || first.Size != 4 || first.Dir || first.Tag == "" || first.Modified.IsZero() {
				t.Fatalf("the info is %+v", first)
			}
			if again := h.info(t, "in/a"); again != first {
				t.Fatalf("the info of the same file was %+v and is %+v", first, again)
			}
			w := h.create(t, with(target("t2", "in/a"), sdk.ExistsReplace))
			write(t, w, 0, "3210")
			commit(t, w, sdk.ExistsReplace, "in/a")
			if now := h.info(t, "in/a"); now.Tag == first.Tag {
				t.Fatalf("the tag is %q before and after", now.Tag)
			}
		}},
		{"reads beyond the end return what there is and EOF", func(t *testing.T, h *h) {
			h.put(t, "t1", "in/a", "0123456789")
			r, err := h.Backend.Open("in/a")
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			b := make([]byte, 8)
			if n, err := r.ReadAt(b, 5); n != 5 || err != io.EOF || string(b[:n]) != "56789" {
				t.Fatalf("8 bytes from 5 on are %q (%v)", b[:n], err)
			}
			if n, err := r.ReadAt(b, 50); n != 0 || err != io.EOF {
				t.Fatalf("8 bytes from 50 on are %q (%v)", b[:n], err)
			}
			if _, err := r.ReadAt(b, -1); err == nil || err == io.EOF {
				t.Fatalf("a negative offset gave %v", err)
			}
		}},
		{"several buffers are filled with one call", readSeveral},
		{"what is ready is the file", readReady},
		{"an empty file can be read", func(t *testing.T, h *h) {
			h.put(t, "t1", "in/a", "")
			h.has(t, "in/a", "")
		}},
	}
}

func (h *h) info(t *testing.T, path string) sdk.FileInfo {
	t.Helper()
	r, err := h.Backend.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	return r.Info()
}

func readSeveral(t *testing.T, h *h) {
	want := pattern(1024*9 + 4)
	h.put(t, "t1", "in/a", string(want))
	r, err := h.Backend.Open("in/a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	v, ok := r.(sdk.VectorReader)
	if !ok {
		t.Skip("it fills one buffer at a time")
	}
	var bufs [][]byte
	for range 1100 {
		bufs = append(bufs, make([]byte, 8), nil)
	}
	n, err := v.ReadvAt(bufs, 0)
	if err != nil || n != 8800 || !bytes.Equal(bytes.Join(bufs, nil), want[:8800]) {
		t.Fatalf("%d bytes came (%v), want the first 8800", n, err)
	}
	n, err = v.ReadvAt(bufs, 8800)
	if n != len(want)-8800 || err != io.EOF || !bytes.Equal(bytes.Join(bufs, nil)[:n], want[8800:]) {
		t.Fatalf("%d bytes came (%v), want the last %d and EOF", n, err, len(want)-8800)
	}
	if n, err = v.ReadvAt(bufs[:2], 1<<20); n != 0 || err != io.EOF {
		t.Fatalf("%d bytes came (%v) from beyond the end", n, err)
	}
}

func readReady(t *testing.T, h *h) {
	want := pattern(9000)
	h.put(t, "t1", "in/a", string(want))
	r, err := h.Backend.Open("in/a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	v, ok := r.(sdk.ReadyReader)
	if !ok {
		t.Skip("it does not tell what needs no wait")
	}
	bufs := [][]byte{make([]byte, 6), nil, make([]byte, 4000)}
	n, err := v.ReadvNow(bufs, 1000)
	if err != nil || !bytes.Equal(bytes.Join(bufs, nil)[:n], want[1000:1000+n]) {
		t.Fatalf("%d other bytes came, or none (%v)", n, err)
	}
	n, err = v.ReadvNow(bufs, 8900)
	if n > 100 || err != nil && err != io.EOF || err == nil && n == 100 || !bytes.Equal(bytes.Join(bufs, nil)[:n], want[8900:8900+n]) {
		t.Fatalf("%d bytes came (%v), 100 are left", n, err)
	}
}
