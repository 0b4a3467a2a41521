package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/peer"
	"github.com/postern/postern/core/catalog"
)

// desk is a server in this process, a partner that sends to it, and an operator at its verbs.
type desk struct {
	*testing.T
	config  string
	address string
}

const deskConfig = `
data_dir: %q
listeners: {p: {protocol: pesit, address: "127.0.0.1:0", terms: {sync_interval: 4KiB, sync_window: 4}}}
partners:
  PARIS: {password: %q, protocols: [pesit], receive: [ORDERS], send: [STATEMENTS]}
flows:
  ORDERS: {path: "in/{{.File}}-{{.ID}}"}
  STATEMENTS: {path: "out/{{.File}}"}
backends: {files: {type: local, root: %q}}
log: {level: error}
`

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir, err := os.MkdirTemp("", "pt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	d := &desk{T: t, config: filepath.Join(dir, "postern.yaml")}
	hash := strings.TrimSpace(d.verb(strings.NewReader("sesame\n"), "partner", "password"))
	text := fmt.Sprintf(deskConfig, filepath.Join(dir, "data"), hash, filepath.Join(dir, "files"))
	if err := os.WriteFile(d.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d.serve()
	return d
}

// serve runs the server until the test ends.
func (d *desk) serve() {
	d.Helper()
	ready, out := io.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	var errs bytes.Buffer
	a := newApp()
	a.out, a.errs, a.in = out, &errs, nil
	go func() {
		ended <- run(ctx, a, []string{"serve", "--config", d.config})
		out.Close()
	}()
	d.Cleanup(func() {
		stop()
		if status := <-ended; status != statusDone {
			d.Errorf("the server ended with status %d: %s", status, errs.String())
		}
	})
	var name string
	if _, err := fmt.Fscanf(ready, "ready %s\n", &name); err != nil {
		stop()
		d.Fatalf("the server was never ready: %v", err)
	}
	d.address = strings.TrimPrefix(name, "p=")
}

// verb runs one command line that must go well and returns what it prints.
func (d *desk) verb(in io.Reader, args ...string) string {
	d.Helper()
	out, errs, status := d.try(in, args...)
	if status != statusDone {
		d.Fatalf("postern %s ended with status %d: %s", strings.Join(args, " "), status, errs)
	}
	return out
}

func (d *desk) try(in io.Reader, args ...string) (out, errs string, status int) {
	var o, e bytes.Buffer
	a := newApp()
	a.in, a.out, a.errs = in, &o, &e
	status = run(context.Background(), a, append([]string{"--config", d.config}, args...))
	return o.String(), e.String(), status
}

// entries lists the catalog.
func (d *desk) entries(args ...string) (out []catalog.Entry) {
	d.Helper()
	text := d.verb(nil, append([]string{"catalog", "list", "-o", "json"}, args...)...)
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		d.Fatalf("%v in %s", err, text)
	}
	return out
}

// sending is a partner in the middle of a file: one sync point was acknowledged, and the file is not whole.
func (d *desk) sending(number int) (*peer.Conn, catalog.Entry) {
	d.Helper()
	c, err := peer.Dial(d.address, peer.Options{})
	d.ok(err)
	d.Cleanup(func() { c.Close() })
	_, err = c.Connect(peer.Hello{Name: "PARIS", Password: "sesame", Access: 2, Interval: 4, Window: 4})
	d.ok(err)
	d.begin(c, peer.File{Name: "ORDERS", Number: number, Format: 0x80, Length: 1024})
	d.ok(c.Send(make([]byte, 16<<10), peer.Plan{Article: 1024, Every: 4 << 10}, 0, 1))
	all := d.entries("--status", "running")
	if len(all) != 1 || all[0].Point.Number != 1 {
		d.Fatalf("the catalog says %+v, want one running entry at point 1", all)
	}
	return c, all[0]
}

func (d *desk) begin(c *peer.Conn, f peer.File) int {
	d.Helper()
	_, err := c.Create(f)
	d.ok(err)
	_, err = c.Open(0)
	d.ok(err)
	point, err := c.Begin()
	d.ok(err)
	return point
}

func (d *desk) ok(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// directed runs a verb while the partner hears that its transfer is stopped and agrees.
func (d *desk) directed(c *peer.Conn, endCode int, args ...string) string {
	d.Helper()
	type result struct {
		out, errs string
		status    int
	}
	done := make(chan result, 1)
	go func() {
		out, errs, status := d.try(nil, args...)
		done <- result{out, errs, status}
	}()
	u, err := c.Hear()
	d.ok(err)
	if u.Type != peer.IDT || u.Diagnostic() != "2-216" || u.Num(19) != endCode {
		d.Fatalf("the partner hears unit %04X %s with end code %d, want IDT 2-216 with %d", u.Type, u.Diagnostic(), u.Num(19), endCode)
	}
	d.ok(c.Say(peer.Make(peer.ACKIDT, c.Y, 0)))
	r := <-done
	if r.status != statusDone {
		d.Fatalf("postern %s ended with status %d: %s", strings.Join(args, " "), r.status, r.errs)
	}
	return r.out
}

func TestHaltStopsARealTransferAndThePartnerRestartsIt(t *testing.T) {
	d := newDesk(t)
	c, e := d.sending(7)
	if out := d.directed(c, 4, "catalog", "halt", e.ID); out != e.ID+" is suspended\n" {
		t.Errorf("halt prints %q", out)
	}
	d.ok(c.Close())
	again, err := peer.Dial(d.address, peer.Options{})
	d.ok(err)
	defer again.Close()
	_, err = again.Connect(peer.Hello{Name: "PARIS", Password: "sesame", Access: 2, Interval: 4, Window: 4})
	d.ok(err)
	point := d.begin(again, peer.File{Name: "ORDERS", Number: 7, Format: 0x80, Length: 1024, Restart: true})
	if point != 1 {
		t.Errorf("the restart begins at point %d, want 1", point)
	}
	plan, data := peer.Plan{Article: 1024, Every: 4 << 10}, make([]byte, 16<<10)
	d.ok(again.Send(data, plan, point, 0))
	_, err = again.Finish(len(data), plan.Records(len(data)))
	d.ok(err)
	if all := d.entries(); len(all) != 1 || all[0].ID != e.ID || all[0].Status() != catalog.Done {
		t.Errorf("after the restart the catalog says %+v", all)
	}
}

func TestAKeptTransferCannotBeRestartedBeforeItIsReleased(t *testing.T) {
	d := newDesk(t)
	c, e := d.sending(8)
	if out := d.directed(c, 12, "catalog", "keep", e.ID); out != e.ID+" is kept\n" {
		t.Errorf("keep prints %q", out)
	}
	d.ok(c.Close())
	again, err := peer.Dial(d.address, peer.Options{})
	d.ok(err)
	defer again.Close()
	_, err = again.Connect(peer.Hello{Name: "PARIS", Password: "sesame", Access: 2, Interval: 4, Window: 4})
	d.ok(err)
	f := peer.File{Name: "ORDERS", Number: 8, Format: 0x80, Length: 1024, Restart: true}
	if _, err := again.Create(f); err == nil || !strings.Contains(err.Error(), "2-214") {
		t.Fatalf("the restart of a kept transfer gives %v, want 2-214", err)
	}
	d.verb(nil, "catalog", "release", e.ID)
	if point := d.begin(again, f); point != 1 {
		t.Errorf("after the release the restart begins at point %d, want 1", point)
	}
}

func TestDeleteOfARealTransferHaltsItAndLeavesNothing(t *testing.T) {
	d := newDesk(t)
	c, e := d.sending(9)
	if out := d.directed(c, 4, "catalog", "delete", e.ID[:20]); out != e.ID+" is deleted, with what was received of it\n" {
		t.Errorf("delete prints %q", out)
	}
	if all := d.entries(); len(all) != 0 {
		t.Errorf("the catalog still has %+v", all)
	}
	left := 0
	d.ok(filepath.WalkDir(filepath.Join(filepath.Dir(d.config), "files"), func(_ string, f os.DirEntry, err error) error {
		if err == nil && !f.IsDir() {
			left++
		}
		return err
	}))
	if left != 0 {
		t.Errorf("%d files are left in the backend", left)
	}
}

func TestADisabledPartnerIsRefusedFromTheNextCallOn(t *testing.T) {
	d := newDesk(t)
	call := func() error {
		c, err := peer.Dial(d.address, peer.Options{})
		d.ok(err)
		defer c.Close()
		_, err = c.Connect(peer.Hello{Name: "PARIS", Password: "sesame", Access: 2})
		return err
	}
	d.ok(call())
	d.verb(nil, "partner", "disable", "PARIS")
	if err := call(); err == nil || !strings.Contains(err.Error(), "3-312") {
		t.Errorf("a disabled partner hears %v, want 3-312", err)
	}
	d.verb(nil, "partner", "enable", "PARIS")
	d.ok(call())
}
