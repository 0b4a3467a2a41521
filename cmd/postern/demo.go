package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/secret"
	"github.com/postern/postern/sdk"
)

const demoLong = `Demo shows the main job in one command, with real processes and sockets on
loopback: a server, a file in, a file out, the same by SFTP where OpenSSH's client
is installed, a refusal, a file refused by a WASM exit and the reason why, a
transfer whose server is killed in the middle and that goes on afterwards, a held
file and its release, and what the catalog says of it all. It works in a folder of
its own.`

func newDemoCommand(app *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{Use: "demo", Short: "Show the main job in one command", Long: demoLong, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return app.demo(cmd.Context(), dir) }}
	cmd.Flags().StringVar(&dir, "dir", "", "work in this `folder` and keep it (default: a temporary one, removed at the end)")
	return cmd
}

// demoPassword is the partner's in the demonstration. It opens nothing else.
const demoPassword = "demo-pw1"

// demonstration is one run of the demo.
type demonstration struct {
	app     *app
	self    string // this program
	dir     string
	address string
	server  *exec.Cmd
	points  chan struct{} // a sync point of the running transfer became durable
	logged  *sync.WaitGroup
	step    int

	noSFTP      string // the tool that is missing for the step with SFTP; "": none
	sftpAddress string
}

func (a *app) demo(ctx context.Context, dir string) (err error) {
	// Whoever stops reading, or stops the demonstration, ends its server too: it is killed on the way out.
	stopped, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, unheard := signal.NotifyContext(stopped, syscall.SIGPIPE)
	defer unheard()
	defer beginTied()()
	d := &demonstration{app: a, dir: dir, logged: &sync.WaitGroup{}}
	if d.self, err = os.Executable(); err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if dir == "" {
		if d.dir, err = os.MkdirTemp("", "postern-demo-"); err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(d.dir)) }()
	}
	if d.dir, err = filepath.Abs(d.dir); err != nil {
		return fmt.Errorf("find the folder: %w", err)
	}
	defer d.kill()
	for _, step := range []func(context.Context) error{d.prepare, d.start, d.fileIn, d.fileOut, d.sftp, d.refusal, d.exit, d.cut, d.held, d.view} {
		if err := step(ctx); err != nil {
			switch {
			case stopped.Err() != nil:
				err = context.Cause(stopped)
			case ctx.Err() != nil:
				return exit(statusFailed, nil) // nobody reads on: there is nothing to say
			}
			return fmt.Errorf("step %d: %w", d.step, err)
		}
	}
	return d.end()
}

func (d *demonstration) say(format string, args ...any) {
	d.step++
	fmt.Fprintf(d.app.out, "\n%d. %s\n", d.step, fmt.Sprintf(format, args...))
}

func (d *demonstration) path(name string) string { return filepath.Join(d.dir, name) }

const demoConfig = `data_dir: ./postern-data
log: {level: debug}
listeners:
  pesit: {protocol: pesit, address: "%s"}
partners:
  PARIS:
    password: "%s"
    protocols: [pesit]
    receive: [INVOICES, BIG]
    send: [STATEMENTS, REPORTS]
flows:
  INVOICES:   {path: "in/{{.Partner}}/{{.File}}-{{.ID}}", points: {verify: [columns]}}
  BIG:        {path: "in/{{.Partner}}/big-{{.ID}}"}
  STATEMENTS: {path: "out/{{.Partner}}/statement.txt", publish: true}
  REPORTS:    {path: "out/{{.Partner}}/{{.File}}-{{.ID}}"}
backends:
  files: {type: local, root: ./files}
`

// prepare writes the configuration and the files that will travel.
func (d *demonstration) prepare(ctx context.Context) error {
	hash, err := secret.Hash(sdk.NewSecret(demoPassword), d.app.random)
	if err != nil {
		return err
	}
	out := d.path("files/out/PARIS")
	if err := os.MkdirAll(out, 0o750); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	exit, err := d.writeExit()
	if err != nil {
		return err
	}
	d.address = "127.0.0.1:0"
	for name, text := range map[string]string{
		d.path("postern.yaml"):              fmt.Sprintf(demoConfig, d.address, hash) + exit,
		d.path("invoice.csv"):               "number,amount\n1001,250.00\n1002,99.90\n",
		filepath.Join(out, "statement.txt"): "balance on 30 June: 1,250.00\n",
		d.path("report.txt"):                "quarterly report\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return fmt.Errorf("write a file: %w", err)
		}
	}
	return d.makeKeys(ctx)
}

// bigSize is the size of the file whose transfer is cut, in bytes.
const bigSize = 256 << 20

// writeBig writes a file that takes long enough to be cut in the middle.
func (d *demonstration) writeBig(name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write the big file: %w", err)
	}
	block := make([]byte, 1<<20)
	if _, err := io.ReadFull(d.app.random, block); err != nil {
		return errors.Join(err, f.Close())
	}
	for i := range bigSize / len(block) {
		block[0], block[1] = byte(i), byte(i>>8)
		if _, err := f.Write(block); err != nil {
			return errors.Join(fmt.Errorf("write the big file: %w", err), f.Close())
		}
	}
	return f.Close()
}

func (d *demonstration) start(ctx context.Context) error {
	d.say("A server on loopback, with one partner, PARIS, and an embedded catalog")
	return d.serve(ctx)
}

// serve starts the server and waits for its ready line.
func (d *demonstration) serve(ctx context.Context) error {
	fmt.Fprintln(d.app.out, "   $ postern serve &")
	args := []string{"serve", "--config", d.path("postern.yaml"), "--set", "listeners.pesit.address=" + d.address}
	d.server = d.command(ctx, d.self, append(args, d.sftpFlags()...)...)
	stderr, err := d.server.StderrPipe()
	if err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	stdout, err := d.server.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	if err := d.server.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	d.points = make(chan struct{}, 1024)
	log := newTail()
	d.logged.Go(func() { watchPoints(stderr, d.points, log) })
	ready, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		d.kill()
		return fmt.Errorf("the server did not start: %w\n%s", err, log)
	}
	fmt.Fprintf(d.app.out, "   %s", ready)
	for _, word := range strings.Fields(ready) {
		switch name, address, _ := strings.Cut(word, "="); name {
		case "pesit":
			d.address = address
		case "sftp":
			d.sftpAddress = address
		}
	}
	return nil
}

// watchPoints reads the server's log and tells each sync point that became durable.
func watchPoints(r io.Reader, points chan<- struct{}, log *tail) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		log.add(lines.Text())
		if strings.Contains(lines.Text(), `msg="sync point"`) {
			select {
			case points <- struct{}{}:
			default:
			}
		}
	}
}

// kill ends the server as a power switch would.
func (d *demonstration) kill() {
	if d.server == nil {
		return
	}
	_ = d.server.Process.Kill() // it may be gone already
	d.logged.Wait()
	_ = d.server.Wait() // killed: its status says nothing
	d.server = nil
}

// command makes a command of the demonstration's folder that does not outlive it.
func (d *demonstration) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = d.dir, d.environ()
	tie(cmd)
	return cmd
}

// environ is the environment of the programs the demonstration runs.
func (d *demonstration) environ() []string {
	return append(os.Environ(), "DEMO_PASSWORD="+demoPassword, "WRONG_PASSWORD=not-it", "XDG_STATE_HOME="+d.path("state"),
		"POSTERN_CONFIG="+d.path("postern.yaml"))
}

// run runs a verb, shows it and its output, and checks its exit status.
func (d *demonstration) run(ctx context.Context, want int, args ...string) (string, error) {
	fmt.Fprintln(d.app.out, "   $ postern "+strings.ReplaceAll(strings.Join(args, " "), d.dir+"/", ""))
	out, status, err := d.quiet(ctx, args...)
	if err != nil {
		return out, err
	}
	for line := range strings.Lines(out) {
		fmt.Fprint(d.app.out, "   "+strings.TrimRight(line, "\n")+"\n")
	}
	if status != want {
		return out, fmt.Errorf("postern %s ended with status %d, want %d", args[0], status, want)
	}
	return out, nil
}

// quiet runs a verb and returns what it printed and its exit status.
func (d *demonstration) quiet(ctx context.Context, args ...string) (string, int, error) {
	cmd := d.command(ctx, d.self, args...)
	out, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return string(out), 0, fmt.Errorf("run postern %s: %w", args[0], err)
	}
	return string(out), cmd.ProcessState.ExitCode(), nil
}

// tail keeps the last lines of a log, for the error when the server does not start.
type tail struct {
	mu    sync.Mutex
	lines []string
}

func newTail() *tail { return &tail{} }

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, line)
	if len(t.lines) > 20 {
		t.lines = t.lines[1:]
	}
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}

// demoPatience is how long the demonstration waits for something to happen.
const demoPatience = time.Minute
