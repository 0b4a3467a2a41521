package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/postern/postern/core/count"
)

// caller gives the flags by which PARIS calls the server.
func (d *demonstration) caller(verb string, args ...string) []string {
	return append([]string{verb}, append(args, "--to", d.address, "--as", "PARIS", "--password-env", "DEMO_PASSWORD")...)
}

func (d *demonstration) fileIn(ctx context.Context) error {
	d.say("A file in: PARIS sends an invoice")
	_, err := d.run(ctx, statusDone, d.caller("send", d.path("invoice.csv"), "--flow", "INVOICES")...)
	return err
}

func (d *demonstration) fileOut(ctx context.Context) error {
	d.say("A file out: PARIS fetches its statement, which is published")
	if _, err := d.run(ctx, statusDone, d.caller("recv", "--flow", "STATEMENTS", "--out", d.path("received.txt"))...); err != nil {
		return err
	}
	b, err := os.ReadFile(d.path("received.txt"))
	if err != nil {
		return fmt.Errorf("read what was received: %w", err)
	}
	fmt.Fprintf(d.app.out, "   received.txt: %s", b)
	return nil
}

func (d *demonstration) refusal(ctx context.Context) error {
	d.say("A refusal: a wrong password leaves no entry in the catalog, only a line in the refusals")
	args := []string{"send", d.path("invoice.csv"), "--flow", "INVOICES", "--to", d.address, "--as", "PARIS", "--password-env", "WRONG_PASSWORD"}
	if _, err := d.run(ctx, statusRefused, args...); err != nil {
		return err
	}
	_, err := d.run(ctx, statusDone, "refusals", "list")
	return err
}

// cut kills the server in the middle of a transfer, starts it again and lets the partner go on.
func (d *demonstration) cut(ctx context.Context) error {
	d.say("A transfer cut in the middle: the server is killed (kill -9) while it receives %d MiB", bigSize>>20)
	if err := d.writeBig(d.path("big.bin")); err != nil {
		return err
	}
	args := d.caller("send", d.path("big.bin"), "--flow", "BIG")
	fmt.Fprintln(d.app.out, "   $ postern send big.bin --flow BIG ... &")
	send := d.command(ctx, d.self, args...)
	for len(d.points) > 0 {
		<-d.points
	}
	if err := send.Start(); err != nil {
		return fmt.Errorf("start postern send: %w", err)
	}
	if err := d.somePoints(ctx, 3); err != nil {
		return errors.Join(err, send.Process.Kill(), send.Wait())
	}
	d.kill()
	fmt.Fprintln(d.app.out, "   the server is dead")
	_ = send.Wait() // its status is looked at next
	if got := send.ProcessState.ExitCode(); got != statusInterrupted {
		return fmt.Errorf("the sender ended with status %d, want %d: interrupted and restartable", got, statusInterrupted)
	}
	fmt.Fprintf(d.app.out, "   the sender ended with status %d: interrupted and restartable\n", statusInterrupted)
	if err := d.serve(ctx); err != nil {
		return err
	}
	if _, err := d.run(ctx, statusDone, "catalog", "list", "--flow", "BIG"); err != nil {
		return err
	}
	if _, err := d.run(ctx, statusDone, d.caller("send", "--flow", "BIG", "--restart", "last")...); err != nil {
		return err
	}
	return d.compare(ctx)
}

// somePoints waits until n sync points are durable.
func (d *demonstration) somePoints(ctx context.Context, n int) error {
	timer := time.NewTimer(demoPatience)
	defer timer.Stop()
	for range n {
		select {
		case <-d.points:
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return errors.New("no sync point became durable")
		}
	}
	return nil
}

// compare holds the digest that the server computed in stream against that of the file that was sent.
func (d *demonstration) compare(ctx context.Context) error {
	out, status, err := d.quiet(ctx, "catalog", "list", "--flow", "BIG", "-o", "json")
	if err != nil || status != statusDone {
		return fmt.Errorf("list the catalog: status %d, %w", status, err)
	}
	var entries []struct {
		Status, SHA256, Path string
		Attempts             int
	}
	if err := json.Unmarshal([]byte(out), &entries); err != nil || len(entries) != 1 {
		return fmt.Errorf("the catalog holds %d big transfers, want 1 (%w)", len(entries), err)
	}
	sent, err := digestOf(d.path("big.bin"))
	if err != nil {
		return err
	}
	stored, err := digestOf(filepath.Join(d.dir, "files", filepath.FromSlash(entries[0].Path)))
	if err != nil {
		return err
	}
	fmt.Fprintf(d.app.out, "   sent     sha256 %s\n   stored   sha256 %s\n   catalog  sha256 %s, %s\n", sent, stored,
		entries[0].SHA256, count.Of(entries[0].Attempts, "attempt"))
	if sent != stored || sent != entries[0].SHA256 {
		return errors.New("the digests differ")
	}
	return nil
}

func digestOf(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("digest: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("digest %s: %w", name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (d *demonstration) held(ctx context.Context) error {
	d.say("A hold and a release: a report is put at the partner's disposal, and its request releases it")
	for _, args := range [][]string{
		{"offer", "--partner", "PARIS", "--flow", "REPORTS", d.path("report.txt")},
		{"catalog", "list", "--flow", "REPORTS"},
		d.caller("recv", "--flow", "REPORTS", "--out", d.path("report-received.txt")),
	} {
		if _, err := d.run(ctx, statusDone, args...); err != nil {
			return err
		}
	}
	fmt.Fprintln(d.app.out, "   nothing is left to receive:")
	_, err := d.run(ctx, statusRefused, d.caller("recv", "--flow", "REPORTS", "--out", d.path("again.txt"))...)
	return err
}

func (d *demonstration) view(ctx context.Context) error {
	d.say("What the catalog says of it all")
	_, err := d.run(ctx, statusDone, "catalog", "list")
	return err
}

// end stops the server in good order and says what to try next.
func (d *demonstration) end() error {
	d.say("The server stops in good order")
	if err := d.server.Process.Signal(os.Interrupt); err != nil {
		return fmt.Errorf("stop the server: %w", err)
	}
	d.logged.Wait()
	err := d.server.Wait()
	d.server = nil
	if err != nil {
		return fmt.Errorf("the server's end: %w", err)
	}
	return d.app.print(`
Try next:
  postern serve          a server of your own; with no configuration it writes a safe starter one
  postern init           only the starter configuration
  postern send --help    send a file to any PeSIT server
  postern catalog --help what an operator can do
`)
}
