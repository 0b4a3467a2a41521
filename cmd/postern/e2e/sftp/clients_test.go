package sftp

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/cable"
)

func TestEveryClientMovesALargeFileBothWays(t *testing.T) {
	big := content(64 << 20)
	eachClient(t, func(d *desk, c client) {
		c.begin(d)
		d.write("large", big)
		d.works(c.put(d, "large", "/IN/large"))
		d.works(c.get(d, "/IN/large", "back"))
		d.same("back", big)
		if e := d.entries("large"); len(e) != 2 || e[0].Status != "done" || e[0].Bytes != int64(len(big)) || d.ends("large").Status != "done" {
			d.Errorf("the catalog tells %+v", e)
		}
	})
}

// begin prepares the client.
func (c client) begin(d *desk) {
	d.Helper()
	if c.ready != nil {
		c.ready(d)
	}
}

// cutShort runs a command over a connection that is cut. A client that mounts is told again where to call.
func (c client) cutShort(d *desk, cut cable.Cut, command func() *exec.Cmd) {
	d.Helper()
	port := d.port
	laid := d.through(cut)
	c.begin(d)
	cmd := command()
	if out, err := cmd.CombinedOutput(); (err == nil) != (c.after == goesOn) || laid.Cuts() != 1 {
		d.Fatalf("%.300q: %v after %d cuts\n%s", cmd.Args, err, laid.Cuts(), out)
	}
	if c.name == "sshfs" {
		d.unmount()
	}
	d.port = port
	c.begin(d)
}

func TestAnUploadThatWasCutIsNotShownAndEveryClientThatCanGoesOnWithIt(t *testing.T) {
	big := content(12 << 20)
	eachClient(t, func(d *desk, c client) {
		d.write("cut", big)
		c.cutShort(d, cable.Cut{How: cable.Reset, Up: true, After: 5 << 20}, func() *exec.Cmd { return c.put(d, "cut", "/IN/cut") })
		again, attempts := c.reput, int64(2)
		switch c.after {
		case fails:
			d.isInterrupted("cut")
		case removes:
			again, attempts = c.put, 1
		}
		if c.after != goesOn {
			d.works(again(d, "cut", "/IN/cut"))
		}
		if e := d.ends("cut"); e.Status != "done" || e.Attempts != attempts || e.Bytes != int64(len(big)) {
			d.Errorf("the catalog tells %+v of the second call, want %d attempts", e, attempts)
		}
		d.works(c.get(d, "/IN/cut", "back"))
		d.same("back", big)
	})
}

// isInterrupted proves that an upload that was cut is not shown as done: not in the catalog, not in a listing, and nobody
// fetches it.
func (d *desk) isInterrupted(name string) {
	d.Helper()
	if e := d.ends(name); e.Status != "interrupted" || e.Bytes == 0 {
		d.Errorf("the catalog tells %+v of a cut upload", e)
	}
	look := d.dial()
	if names := d.names(look.ReadDir("/IN")); slices.Contains(names, name) {
		d.Errorf("an upload that was cut is listed: %v", names)
	}
	if f, err := look.Open("/IN/" + name); err == nil {
		f.Close()
		d.Error("an upload that was cut can be fetched")
	}
}

func TestScpCutsAnUploadThatWasLongerBeforeItWasCut(t *testing.T) {
	c := scp()
	d := commonDesk(t, "SCP", c.tools...)
	d.write("long", content(12<<20))
	short := content(100_000)
	slices.Reverse(short)
	d.write("short", short)
	c.cutShort(d, cable.Cut{How: cable.Reset, Up: true, After: 5 << 20}, func() *exec.Cmd { return c.put(d, "long", "/IN/shorter") })
	d.isInterrupted("shorter")
	d.works(c.put(d, "short", "/IN/shorter"))
	d.works(c.get(d, "/IN/shorter", "back"))
	d.same("back", short)
}

func TestADownloadThatWasCutStaysAndEveryClientThatCanGoesOnWithIt(t *testing.T) {
	big := content(12 << 20)
	eachClient(t, func(d *desk, c client) {
		d.write("due", big)
		cmd := exec.Command(postern, "offer", "--partner", d.partner, "--flow", "DUE", d.dir+"/due")
		cmd.Dir = d.home
		d.works(cmd)
		c.cutShort(d, cable.Cut{How: cable.Reset, After: 5 << 20}, func() *exec.Cmd { return c.get(d, "/DUE/due", "got") })
		if c.after != goesOn {
			if e := d.ends("due"); e.Status != "interrupted" {
				d.Errorf("the catalog tells %+v of a cut download", e)
			}
			again := c.reget
			if again == nil {
				again = c.get
			}
			d.works(again(d, "/DUE/due", "got"))
		}
		d.same("got", big)
		if e := d.ends("due"); e.Status != "done" || e.Attempts != 2 {
			d.Errorf("the catalog tells %+v of the second call", e)
		}
	})
}

func TestEveryClientRenamesWhatItUploaded(t *testing.T) {
	eachClient(t, func(d *desk, c client) {
		if c.move == nil {
			d.Skip("it has no word for it")
		}
		c.begin(d)
		d.write("f", []byte("to be renamed"))
		d.works(c.put(d, "f", "/IN/f.part"))
		d.works(c.move(d, "/IN/f.part", "/IN/f.xml"))
		names := d.names(d.dial().ReadDir("/IN"))
		if !slices.Contains(names, "f.xml") || slices.Contains(names, "f.part") {
			d.Errorf("after the renaming there are %v", names)
		}
		d.works(c.get(d, "/IN/f.xml", "back"))
		d.same("back", []byte("to be renamed"))
	})
}

func TestEveryClientListsTenThousandFiles(t *testing.T) {
	eachClient(t, func(d *desk, c client) {
		if c.list == nil {
			d.Skip("it has no word for it")
		}
		c.begin(d)
		out := d.works(c.list(d, "/MANY"))
		if n := len(regexp.MustCompile(`(?m)(^|[ /])f\d+$`).FindAllString(out, -1)); n != many {
			d.Errorf("%d files are listed, want %d:\n%.500s", n, many, out)
		}
	})
}

func TestEveryClientTakesOddNamesAndOneWithANewlineIsRefused(t *testing.T) {
	eachClient(t, func(d *desk, c client) {
		c.begin(d)
		d.write("f", []byte("odd"))
		for _, name := range []string{"a b", "é ü 日本", "-dash", "it's 50% #1&a=b+c"} {
			if slices.Contains(c.odd, name) {
				continue
			}
			d.works(c.put(d, "f", "/IN/"+name))
			d.works(c.get(d, "/IN/"+name, "back"))
			d.same("back", []byte("odd"))
			if c.list == nil {
				continue
			}
			line := name
			if c.line != nil {
				line = c.line(name)
			}
			if out := d.works(c.list(d, "/IN")); !strings.Contains(out, line+"\n") {
				d.Errorf("%q is not listed:\n%s", name, out)
			}
		}
		if slices.Contains(c.odd, "new\nline") {
			return
		}
		if out, err := c.put(d, "f", "/IN/new\nline").CombinedOutput(); err == nil {
			d.Errorf("a name with a newline is taken: %s", out)
		}
	})
}
