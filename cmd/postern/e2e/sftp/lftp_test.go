package sftp

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestLftpMirrorsAFolderBothWaysInParallelAndFetchesAFileInParts(t *testing.T) {
	c := lftp()
	d := commonDesk(t, "LFTP", c.tools...)
	for i := range 30 {
		_ = os.MkdirAll(filepath.Join(d.dir, "tree"), 0o700)
		d.write(fmt.Sprintf("tree/m%d", i), content(i*1000))
	}
	big := content(8 << 20)
	d.write("parts", big)
	script := func(line string) {
		t.Helper()
		cmd := c.put(d, "tree/m0", "/IN/unused")
		all := new(bytes.Buffer)
		_, _ = all.ReadFrom(cmd.Stdin)
		lines := all.Bytes()[:bytes.LastIndex(all.Bytes(), []byte("put "))]
		cmd.Stdin = bytes.NewReader(append(lines, line+"\n"...))
		d.works(cmd)
	}
	script("mirror -R --parallel=4 tree /IN")
	script("mirror -R --parallel=4 --ignore-time tree /IN") // nothing is sent again
	script("mirror --parallel=4 --include '^m[0-9]' /IN back")
	for i := range 30 {
		name := fmt.Sprintf("m%d", i)
		d.same("back/"+name, content(i*1000))
		uploads := 0
		for _, e := range d.entries(name) {
			if e.Direction == "receive" {
				uploads++
			}
		}
		if uploads != 1 {
			t.Errorf("%s was uploaded %d times", name, uploads)
		}
	}
	script("put parts -o /IN/parts; pget -n 4 /IN/parts -o pieces")
	d.same("pieces", big)
}
