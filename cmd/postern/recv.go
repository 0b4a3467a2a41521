package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/wiring"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/core/requester"
	"github.com/postern/postern/sdk"
)

const recvLong = `Recv calls another server and fetches a file, or with --all every file that it
holds for us. A file is written under a temporary name and gets its own only when
it is whole and durable; then the server is told. It needs neither a running
server nor a configuration.

The name is the last element of what the server calls the file, never a path.
A name that is unsafe is refused; --out gives another one.

Exit status: 0 received, 1 failed, 2 wrong usage, 3 refused by the other side or
nothing to receive, 4 interrupted and restartable.`

// receiving is what recv adds to the flags of a call.
type receiving struct {
	remote
	all      bool
	dir, out string
	onExists string
}

func newRecvCommand(app *app) *cobra.Command {
	var r receiving
	cmd := &cobra.Command{
		Use:   "recv --to HOST:PORT --as NAME --flow F",
		Short: "Fetch files from another server", Long: recvLong, Args: noArgs,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return r.check(cmd.Flags().Changed("on-exists")) },
		RunE:    func(cmd *cobra.Command, _ []string) error { return app.recv(cmd.Context(), &r) },
	}
	f := cmd.Flags()
	r.flags(f)
	f.BoolVar(&r.all, "all", false, "fetch until there is nothing left")
	f.StringVar(&r.dir, "dir", ".", "`folder` that the files go to")
	f.StringVar(&r.out, "out", "", "the `file` to write, whatever the server calls it")
	f.StringVar(&r.onExists, "on-exists", "fail", "when the file is there already: `fail, replace or unique`")
	r.complete(cmd)
	mustComplete(cmd, "on-exists", "fail", "replace", "unique")
	return cmd
}

// check reports wrong usage before anything is opened.
func (r *receiving) check(chosen bool) error {
	switch {
	case r.forget != "":
		return nil
	case r.restart == "" && r.flow == "" && r.name == "":
		return usagef("--flow is missing: what kind of file is wanted? (--name '*' fetches any)")
	case r.out != "" && r.all:
		return usagef("--out names one file, --all fetches many")
	case r.out != "" && r.dir != ".":
		return usagef("--out names the folder too, leave --dir out")
	case !slices.Contains([]string{"fail", "replace", "unique"}, r.onExists):
		return usagef("--on-exists is %q: it must be fail, replace or unique", r.onExists)
	}
	if r.restart != "" && !chosen {
		r.onExists = "" // what was said when the transfer began
	}
	return r.remote.check()
}

func (a *app) recv(ctx context.Context, r *receiving) error {
	contexts, err := a.contexts(&r.remote)
	if err != nil {
		return err
	}
	if r.forget != "" {
		return a.forget(&r.remote, contexts, sdk.Receive)
	}
	var held *requester.Held
	if r.restart != "" {
		if held, err = r.take(contexts, r.restart, sdk.Receive); err != nil {
			return err
		}
		defer held.Close()
	}
	in, folder, err := r.incoming(held)
	if err != nil {
		return err
	}
	defer folder.Close()
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process
	p := newReport("recv", &r.remote)
	if held != nil {
		p.pending = held.Context().ID
	}
	call, done, err := a.open(ctx, &r.remote, contexts, "read")
	if err != nil {
		p.call(err)
		return a.endReport(p)
	}
	defer done()
	a.recvAll(ctx, call, r, in, p)
	if err := call.Close(ctx); err != nil && p.status == statusDone {
		a.warnf("%v", err)
	}
	return a.endReport(p)
}

// incoming opens the folder and says what is wanted.
func (r *receiving) incoming(held *requester.Held) (in requester.Incoming, folder wiring.Folder, err error) {
	dir := r.dir
	if r.out != "" {
		dir = filepath.Dir(r.out)
	}
	if held != nil && held.Context().Folder != "" {
		dir = held.Context().Folder
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return in, nil, err
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			err = usagef("there is no folder %s", dir)
		}
		return in, nil, err
	}
	if folder, err = wiring.OpenFolder(dir); err != nil {
		return in, nil, err
	}
	in = requester.Incoming{Request: r.request(), Form: r.form(), Folder: dir, Backend: folder,
		OnExists: sdk.OnExists(r.onExists), Place: r.place, Restart: held}
	return in, folder, nil
}

// place names a file inside the folder: one element, whatever the server says.
func (r *receiving) place(g sdk.Grant) (string, error) {
	if r.out != "" {
		return filepath.Base(r.out), nil
	}
	name := naming.FileOf(g.File, g.Label)
	if err := sdk.CheckElement(name); err != nil {
		return "", fmt.Errorf("the server's name for the file cannot be used (--out gives another one): %w", err)
	}
	return name, nil
}

// recvAll fetches one file, or all. What cannot be fetched ends it: the server would offer the same one again.
func (a *app) recvAll(ctx context.Context, call *requester.Call, r *receiving, in requester.Incoming, p *report) {
	for {
		name := in.Request.File
		if in.Restart != nil {
			name = in.Restart.Context().Granted
		}
		report, end := a.progressBar(name, "storing it", r.trace)
		in.Progress = report
		res, err := call.Get(ctx, in)
		end()
		if requester.IsNothing(err) && in.Restart == nil {
			if len(p.Results) == 0 {
				p.nothing(err)
			}
			return
		}
		if res.Path != "" {
			res.Path = filepath.Join(in.Folder, filepath.FromSlash(res.Path))
		}
		t := p.add(res, err)
		if res.Warning != nil {
			a.warnf("%s arrived; left over: %v", nearby(t.Path), res.Warning)
		}
		if err := a.printTransfer(t); err != nil {
			p.call(err)
			return
		}
		p.pending, in.Restart = "", nil
		if err != nil || !r.all || in.Request.File == "" {
			return
		}
		in.OnExists = sdk.OnExists(r.onExists)
	}
}

// nothing notes that there was nothing to receive.
func (p *report) nothing(err error) {
	refusal, _ := sdk.AsRefusal(err)
	p.Error, p.Code, p.Diagnostic = "nothing to receive", refusal.Code, refusal.Diagnostic
	p.worst(statusRefused)
	p.messages = append(p.messages, errors.New("nothing to receive"))
}

// removePart removes what was received of a file that will never be whole.
func removePart(c requester.Context) error {
	if _, err := os.Stat(c.Folder); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	folder, err := wiring.OpenFolder(c.Folder)
	if err != nil {
		return err
	}
	return errors.Join(folder.RemovePart(c.Target, c.Last.Backend), folder.Close())
}
