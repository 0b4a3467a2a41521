package sftp

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func content(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(b)
	return b
}

func (d *desk) same(name string, want []byte) {
	d.Helper()
	if got := d.read(name); !bytes.Equal(got, want) {
		at := 0
		for at < min(len(got), len(want)) && got[at] == want[at] {
			at++
		}
		d.Errorf("%s has %d bytes, want the %d that were sent; byte %d is the first that differs", name, len(got), len(want), at)
	}
}

func TestOpenSSHMovesFilesBothWaysAndLists(t *testing.T) {
	d := newDesk(t)
	big := content(3_000_017)
	d.write("big", big)
	d.write("empty", nil)
	out := d.batch("pwd", "ls", "put big IN/big", "put empty IN/empty", "get IN/big back", "ls -l IN")
	for _, want := range []string{"Remote working directory: /\n", "IN", "OUT"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	if !regexp.MustCompile(`(?m)^-r\S+ .* 3000017 .* big$`).MatchString(out) || !regexp.MustCompile(`(?m) 0 .* empty$`).MatchString(out) {
		t.Errorf("the listing lacks a file:\n%s", out)
	}
	d.same("back", big)
	for _, args := range [][]string{{"big", "PARIS@127.0.0.1:IN/copied"}, {"PARIS@127.0.0.1:IN/copied", "copied"}} {
		if out, err := d.client("scp", args...).CombinedOutput(); err != nil {
			t.Fatalf("scp %v: %v\n%s", args, err, out)
		}
	}
	d.same("copied", big)
}

func TestOpenSSHTakesOddNamesAndHearsRefusals(t *testing.T) {
	d := newDesk(t)
	d.write("f", []byte("odd"))
	names := []string{"a b", "é ü", "-dash", strings.Repeat("n", 190)}
	var lines []string
	for _, n := range names {
		lines = append(lines, `put f "IN/`+n+`"`)
	}
	out := d.batch(append(lines, "ls -1 IN", `get "IN/-dash" back`)...)
	for _, n := range names {
		if !strings.Contains(out, "IN/"+n+"\n") {
			t.Errorf("%q is not listed:\n%s", n, out)
		}
	}
	d.same("back", []byte("odd"))
	out = d.batch("-put f IN/.hidden", "-put f NONE/f", "-put f IN/../../../etc/f", "-get OUT/none", "-rename IN/-dash IN/x",
		"-rm IN/-dash", "-mkdir IN/d", "-ln -s IN/-dash IN/l", "ls -1 IN")
	for _, want := range []string{"Permission denied", "No such file", "not found", "Operation unsupported", "IN/-dash"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

func TestOpenSSHGoesOnWithAnUploadThatWasCut(t *testing.T) {
	d := newDesk(t)
	big := content(20 << 20)
	d.write("big", big)
	cut := d.client("sftp", "-l", "40000", "-b", "-", "PARIS@127.0.0.1") // 5 MB/s
	cut.Stdin = strings.NewReader("put big IN/big\n")
	if err := cut.Start(); err != nil {
		t.Fatal(err)
	}
	d.until("some of the file has come", func() bool { return d.partial() > 2<<20 })
	_ = cut.Process.Kill()
	_ = cut.Wait()
	d.until("the transfer is interrupted", func() bool {
		return strings.Contains(d.run(postern, "catalog", "list", "-o", "json"), `"interrupted"`)
	})
	out := d.batch("ls -1 IN", "reput big IN/big", "get IN/big back", "ls -1 IN")
	if len(regexp.MustCompile(`(?m)^IN/big$`).FindAllString(out, -1)) != 1 {
		t.Errorf("the upload is listed before it ended, or not after:\n%s", out)
	}
	d.same("back", big)
	if list := d.run(postern, "catalog", "list", "-o", "json"); strings.Count(list, `"receive"`) != 1 || !strings.Contains(list, `"attempts": 2`) && !strings.Contains(list, `"attempts":2`) {
		t.Errorf("the upload is not one entry with two attempts:\n%s", list)
	}
}

// partial is how much of the upload under way lies in its temporary file.
func (d *desk) partial() (n int64) {
	list, _ := filepath.Glob(filepath.Join(d.dir, "files", "in", ".postern-*.part"))
	for _, name := range list {
		if s, err := os.Stat(name); err == nil {
			n += s.Size()
		}
	}
	return n
}
