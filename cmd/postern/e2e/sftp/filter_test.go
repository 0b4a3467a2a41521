package sftp

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
)

// doubling is the exit of the shared server that this test program is when it is started with that word: a filter that
// writes each byte twice.
const doubling = "double"

type doubled struct{ out []byte }

func (d *doubled) Block(in []byte, _ bool) (sdk.Filtered, error) {
	d.out = twice(d.out[:0], in)
	return sdk.Filtered{Bytes: d.out}, nil
}

func (*doubled) Close() error { return nil }

func double(context.Context, sdk.Question) (sdk.Filter, error) { return &doubled{}, nil }

func twice(out, in []byte) []byte {
	for _, b := range in {
		out = append(out, b, b)
	}
	return out
}

// TestEveryClientThatCopiesGetsWhatFiltersMakeOfAFile fetches a file whose size nobody knows before it is read. sshfs shows
// such a file as empty, and is left out.
func TestEveryClientThatCopiesGetsWhatFiltersMakeOfAFile(t *testing.T) {
	eachClient(t, func(d *desk, c client) {
		if c.name == "sshfs" {
			d.Skip("the kernel reads no further than the size that it was told")
		}
		if c.ready != nil {
			c.ready(d)
		}
		stored := content(3_000_001)
		name := "doubled-" + c.name
		if err := os.WriteFile(filepath.Join(d.home, "files", "double", name), stored, 0o600); err != nil {
			d.Fatal(err)
		}
		get := c.get(d, "/DOUBLE/"+name, "back")
		if c.name == "rclone" {
			get.Args = append(get.Args, "--ignore-size")
		}
		d.works(get)
		d.same("back", twice(nil, stored))
		if e := d.ends(name); e.Status != "done" || e.Bytes != int64(len(stored)) {
			d.Errorf("the catalog tells %+v", e)
		}
		if c.reget == nil {
			return
		}
		d.write("part", twice(nil, stored[:1_000_000]))
		if out, err := c.reget(d, "/DOUBLE/"+name, "part").CombinedOutput(); err == nil {
			d.Errorf("%s goes on in the middle: %s", c.name, out)
		}
		asks := c.name == "lftp" || c.name == "psftp" // others see that there is no size
		if said := d.refusals(); strings.Contains(said, "read in order") != asks {
			d.Errorf("going on in the middle asked the server: %v. The refusals are\n%s", asks, said)
		}
	})
}

// refusals are those of the partner.
func (d *desk) refusals() string {
	d.Helper()
	cmd := d.command(postern, "refusals", "list", "--partner", d.partner)
	cmd.Dir = d.home
	return d.works(cmd)
}
