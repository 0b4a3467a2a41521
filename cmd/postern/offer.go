package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/admin"
)

const offerLong = `Offer puts a file at a partner's disposal: a held entry that the partner fetches
when it calls. The file is copied into the flow's backend and durable before the
entry's id is printed. With --in-place the file is in the backend already and is
not copied. FILE - is standard input and needs --name.

Several offers of one flow are fetched by priority, then oldest first.`

func newOfferCommand(app *app) *cobra.Command {
	var o admin.Offer
	cmd := &cobra.Command{
		Use: "offer --partner P --flow F {FILE | --in-place PATH}", Short: "Put a file at a partner's disposal", Long: offerLong,
		Args: cobra.MaximumNArgs(1),
		PreRunE: func(_ *cobra.Command, args []string) error {
			return checkOffer(o, args)
		},
		RunE: app.asks(func(ctx context.Context, c *admin.Client, args []string) error { return app.offer(ctx, c, o, args) }),
	}
	f := cmd.Flags()
	f.StringVar(&o.Partner, "partner", "", "who may fetch it (required)")
	f.StringVar(&o.Flow, "flow", "", "what kind of file it is (required)")
	f.StringVar(&o.Name, "name", "", "the name the partner knows it by (default: the last element of FILE)")
	f.StringVar(&o.InPlace, "in-place", "", "a `path` in the flow's backend")
	f.StringVar(&o.Label, "label", "", "a longer name, told to the partner")
	f.StringVar(&o.Text, "text", "", "free text, told to the partner")
	f.IntVar(&o.Priority, "priority", 1, "0 urgent, 1 normal, 2 low")
	for _, name := range []string{"partner", "flow"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
	app.completeNames(cmd)
	return cmd
}

func checkOffer(o admin.Offer, args []string) error {
	switch {
	case o.InPlace == "" && len(args) == 0:
		return usagef("which file? name it, or use --in-place for one that is in the backend already")
	case o.InPlace != "" && len(args) > 0:
		return usagef("--in-place names the file already, %s is one too many", args[0])
	case len(args) > 0 && args[0] == "-" && o.Name == "":
		return usagef("standard input has no name: give it one with --name")
	case o.Priority < 0 || o.Priority > 2:
		return usagef("--priority is %d: it must be 0 (urgent), 1 (normal) or 2 (low)", o.Priority)
	}
	return nil
}

func (a *app) offer(ctx context.Context, c *admin.Client, o admin.Offer, args []string) error {
	var content io.Reader
	o.Size = -1
	switch {
	case o.InPlace != "":
	case args[0] == "-":
		content = io.NopCloser(a.in)
	default:
		f, size, err := openRegular(args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		content, o.Size = f, size
		if o.Name == "" {
			o.Name = filepath.Base(args[0])
		}
	}
	got, err := c.Offer(ctx, o, content)
	if err != nil {
		return err
	}
	if got.Warning != "" {
		a.warnf("%s", got.Warning)
	}
	if a.json() {
		return a.printJSON(got.Entry.Entry)
	}
	return a.print(got.Entry.ID + "\n")
}

// openRegular opens a file that has an end.
func openRegular(path string) (*os.File, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file; pipe it in and use - with --name", path)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}
