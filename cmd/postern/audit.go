package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/cmd/internal/audit"
	"github.com/postern/postern/core/count"
)

const auditVerifyLong = `Verify reads the whole audit log and checks that each record is the one that was
written and follows the one before it, over all files, from the beginning to the
head. It reads the files itself; where the server runs it is asked how far the log
goes. Exit status 1 with file:line of the first record that is not right.

With FILES it checks files that stand somewhere else, in this order: where the log
began and ends is not known then.

--expect SEQ:HASH also demands this record, which was noted elsewhere before. Who
may write to the data folder may write the whole log anew, and only that tells.`

func newAuditCommand(app *app) *cobra.Command {
	return newGroup("audit", "Prove that the audit log is whole", newAuditVerifyCommand(app))
}

func newAuditVerifyCommand(app *app) *cobra.Command {
	var texts []string
	var expected []audit.Expect
	cmd := &cobra.Command{Use: "verify [FILE...]", Short: "Check every record of the audit log", Long: auditVerifyLong}
	cmd.PreRunE = func(*cobra.Command, []string) (err error) {
		expected, err = readExpected(texts)
		return err
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return app.verifyAudit(cmd.Context(), args, expected) }
	cmd.Flags().StringArrayVar(&texts, "expect", nil, "a record that must be there: `SEQ:HASH` (may be repeated)")
	return cmd
}

func readExpected(texts []string) (out []audit.Expect, err error) {
	for _, t := range texts {
		digits, hash, ok := strings.Cut(t, ":")
		n, err := strconv.ParseInt(digits, 10, 64)
		if !ok || err != nil || n < 1 || len(hash) != 64 {
			return nil, usagef("--expect is %q: write the record's number and its hash, 12:64_DIGITS", t)
		}
		out = append(out, audit.Expect{Seq: n, Hash: strings.ToLower(hash)})
	}
	return out, nil
}

func (a *app) verifyAudit(ctx context.Context, files []string, expected []audit.Expect) error {
	if len(files) > 0 {
		r, err := audit.VerifyFiles(ctx, files, expected...)
		if err != nil {
			return err
		}
		return a.verified(r)
	}
	l, err := a.load(nil)
	if err != nil {
		return err
	}
	if !l.Audit.Enabled {
		return errors.New("there is no audit log: audit.enabled is false")
	}
	if !anyOf(l.AuditDir()) {
		return fmt.Errorf("there is no audit log in %s yet: a server writes it", nearby(l.AuditDir()))
	}
	said, err := a.auditHead(ctx, l.DataDir)
	if err != nil {
		return err
	}
	r, err := audit.Verify(ctx, l.AuditDir(), append(expected, said...)...)
	if err != nil {
		return err
	}
	return a.verified(r)
}

// auditHead asks a server that runs how far its log goes.
func (a *app) auditHead(ctx context.Context, dataDir string) ([]audit.Expect, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c := admin.Dial(dataDir)
	defer c.Close()
	s, err := c.Audit(ctx)
	switch {
	case errors.Is(err, admin.ErrNoServer):
		return nil, nil
	case err != nil:
		return nil, err
	case s.Failing != "":
		a.warnf("the server cannot write its audit log: %s", s.Failing)
	}
	if s.Seq == 0 {
		return nil, nil
	}
	return []audit.Expect{{Seq: s.Seq, Hash: s.Hash}}, nil
}

// verified prints what was found; a log that is broken ends the verb with status 1.
func (a *app) verified(r audit.Report) error {
	if r.Broken != nil {
		r.Broken.File = nearby(r.Broken.File)
	}
	if a.json() {
		if err := a.printJSON(r); err != nil {
			return err
		}
		if !r.OK {
			return exit(statusFailed, nil)
		}
		return nil
	}
	for _, n := range r.Notes {
		if err := a.print(safe(n) + "\n"); err != nil {
			return err
		}
	}
	if r.Lost > 0 {
		if err := a.printf("lost, and the log says so: %s\n", count.Of(r.Lost, "record")); err != nil {
			return err
		}
	}
	if r.Broken != nil {
		return errors.Join(a.print(safe(r.Broken.Error())+"\n"), exit(statusFailed, nil))
	}
	return a.printf("whole: %s in %s, the last is %d:%s\n", count.Of(r.Records, "record"), count.Of(r.Files, "file"), r.Last, r.Hash)
}
