package main

import (
	"context"
	"errors"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/postern/postern/core/requester"
	"github.com/postern/postern/sdk"
)

const sendLong = `Send calls another server and gives it files, one after the other on one session,
then a message if there is one. It needs neither a running server nor a
configuration.

An interrupted transfer leaves a restart context; --restart goes on with it, and
knows the file, the server and the names, but not the password. Ctrl-C stops in
good order at a sync point, a second one at once.

Exit status: 0 all files arrived, 1 failed, 2 wrong usage, 3 refused by the
other side, 4 interrupted and restartable.`

// sending is what send adds to the flags of a call.
type sending struct {
	remote
	label, message string
	reply          bool
}

func newSendCommand(app *app) *cobra.Command {
	var s sending
	cmd := &cobra.Command{
		Use:   "send --to HOST:PORT --as NAME --flow F {FILE... | --message TEXT}",
		Short: "Send files to another server", Long: sendLong, Args: cobra.ArbitraryArgs,
		PreRunE: func(_ *cobra.Command, files []string) error { return s.check(files) },
		RunE:    func(cmd *cobra.Command, files []string) error { return app.send(cmd.Context(), &s, files) },
	}
	f := cmd.Flags()
	s.flags(f)
	f.StringVar(&s.label, "label", "", "the file's longer name, told to the other side (default: its last element)")
	f.StringVar(&s.message, "message", "", "a message, said after the files")
	f.BoolVar(&s.reply, "reply", false, "ask for a reply to the message, and print it")
	f.IntVar(&s.recordLength, "record-length", 0, "longest record in bytes, or with --fixed the length of each")
	f.BoolVar(&s.fixed, "fixed", false, "all records have --record-length bytes; shorter ones are filled up")
	s.complete(cmd)
	return cmd
}

// check reports wrong usage before anything is opened.
func (s *sending) check(files []string) error {
	switch {
	case s.forget != "":
		return nil
	case s.restart != "" && len(files) > 0:
		return usagef("a restart knows its file: %s is one too many", files[0])
	case s.restart == "" && len(files) == 0 && s.message == "":
		return usagef("which file? name it, or say something with --message")
	case s.restart == "" && s.flow == "" && s.name == "":
		return usagef("--flow is missing: what kind of file is it?")
	case s.label != "" && len(files) > 1:
		return usagef("--label names one file, there are %d", len(files))
	case s.reply && s.message == "":
		return usagef("--reply needs a --message")
	case s.fixed && s.recordLength == 0:
		return usagef("--fixed needs a --record-length")
	case s.recordLength < 0 || s.recordLength > 65535:
		return usagef("--record-length is %d: it must be 0 to 65535", s.recordLength)
	}
	return s.remote.check()
}

func (a *app) send(ctx context.Context, s *sending, files []string) error {
	contexts, err := a.contexts(&s.remote)
	if err != nil {
		return err
	}
	if s.forget != "" {
		return a.forget(&s.remote, contexts, sdk.Send)
	}
	todo, err := s.open(contexts, files)
	defer todo.close()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process
	p := newReport("send", &s.remote)
	if todo.restart != "" {
		p.pending = todo.restart
	}
	call, done, err := a.open(ctx, &s.remote, contexts, "write")
	if err != nil {
		p.call(err)
		return a.endReport(p)
	}
	defer done()
	a.sendAll(ctx, call, s, &todo, p)
	if err := call.Close(ctx); err != nil && p.status == statusDone {
		a.warnf("%v", err)
	}
	return a.endReport(p)
}

// outgoing are the files of a send. They are looked at before the call is made: what is missing is found out first.
type outgoing struct {
	files   []requester.Outgoing
	restart string
}

// close unlocks what no call took over.
func (o *outgoing) close() {
	for _, f := range o.files {
		if f.Restart != nil {
			_ = f.Restart.Close() // the process ends, and the lock with it
		}
	}
}

func (s *sending) open(contexts *requester.Contexts, files []string) (todo outgoing, err error) {
	if s.restart != "" {
		held, err := s.take(contexts, s.restart, sdk.Send)
		if err != nil {
			return todo, err
		}
		c := held.Context()
		todo.restart = c.ID
		todo.files = []requester.Outgoing{{Path: c.Path, Restart: held}}
		return todo, readable(c.Path)
	}
	for _, path := range files {
		if err := readable(path); err != nil {
			return todo, err
		}
		r := s.request()
		if r.Label = s.label; r.Label == "" {
			r.Label = filepath.Base(path)
		}
		todo.files = append(todo.files, requester.Outgoing{Request: r, Form: s.form(), Path: path})
	}
	return todo, nil
}

// readable reports why a file cannot be sent.
func readable(path string) error {
	r, err := requester.OpenFile(path)
	if err != nil {
		return err
	}
	return r.Close()
}

// put sends one file.
func put(ctx context.Context, call *requester.Call, f requester.Outgoing) (requester.Result, error) {
	var err error
	if f.Reader, err = requester.OpenFile(f.Path); err != nil {
		if f.Restart != nil {
			err = errors.Join(err, f.Restart.Close())
		}
		return requester.Result{File: f.Request.File}, err
	}
	if f.Restart == nil {
		f.Request.Attributes = map[string]string{"created": f.Reader.Info().Modified.Format("2006-01-02T15:04:05")}
	}
	return call.Put(ctx, f)
}

// sendAll sends the files and says the message. A refused file does not keep the next one from being tried; the end of
// the call does.
func (a *app) sendAll(ctx context.Context, call *requester.Call, s *sending, todo *outgoing, p *report) {
	for len(todo.files) > 0 {
		f := todo.files[0]
		todo.files = todo.files[1:]
		report, end := a.progressBar(f.Path, "waiting for the other side", s.trace)
		f.Progress = report
		res, err := put(ctx, call, f)
		end()
		if res.Path == "" {
			res.Path = f.Path
		}
		t := p.add(res, err)
		if res.Warning != nil {
			a.warnf("%s arrived; left over: %v", nearby(t.Path), res.Warning)
		}
		if err := a.printTransfer(t); err != nil {
			p.call(err)
			break
		}
	}
	p.pending = ""
	if s.message == "" || p.status != statusDone {
		return
	}
	request := s.request()
	request.Text, request.ReplyWanted, request.Type = s.message, s.reply, freeMessage
	reply, err := call.Message(ctx, request)
	if err != nil {
		p.call(err)
		return
	}
	if s.reply {
		p.Reply = &reply.Text
		if !a.json() {
			p.call(a.print(safeLines(reply.Text) + "\n"))
		}
	}
}

// freeMessage is the file type of a message that belongs to no file (PeSIT E, PI 11).
const freeMessage = 0xFFFF

// forget drops a restart context, with what was received of its file.
func (a *app) forget(r *remote, contexts *requester.Contexts, d sdk.Direction) error {
	held, err := r.take(contexts, r.forget, d)
	if err != nil {
		return err
	}
	c := held.Context()
	if d == sdk.Receive && c.Whole == nil {
		err = removePart(c)
	}
	if err == nil {
		err = held.Remove()
	}
	if err = errors.Join(err, held.Close()); err != nil {
		return err
	}
	if a.json() {
		return a.printJSON(map[string]string{"id": c.ID, "status": "forgotten"})
	}
	return a.printf("%s is forgotten\n", c.ID)
}
