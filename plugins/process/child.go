package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
	"github.com/postern/postern/sdk/wire"
)

// child is a process that runs, with the connection to it.
type child struct {
	launch   *launch
	proc     *proc
	conn     *grpc.ClientConn
	manifest sdk.Manifest
	began    time.Time

	answered atomic.Bool  // it has answered a question
	missed   atomic.Int32 // deadlines in a row
	lastMiss atomic.Int64 // when the last of them was counted, in nanoseconds
	probing  atomic.Bool
	blind    atomic.Bool // it does not serve OpenFile

	configured sync.Once // of a backend: it was given its settings
	unfit      error     // that it did not take

	mu     sync.Mutex
	buried bool
	aside  sync.WaitGroup // what runs beside the calls
}

// beside runs f in a goroutine that bury waits for; not at all when the process is being buried.
func (c *child) beside(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.buried {
		c.aside.Go(func() { c.launch.safely(f) })
	}
}

// afterBreak is how long the end of a process is waited for when its connection broke: the one is seen before the other.
const afterBreak = 100 * time.Millisecond

// start starts the program and learns what it is. It takes no longer than Limits.Start.
func (e *Exit) start(ctx context.Context) (_ *child, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.set.Limits.Start)
	defer cancel()
	if err := e.program.check(); err != nil {
		return nil, err
	}
	c := &child{began: e.set.Now()}
	defer func() {
		if err != nil {
			c.abandon()
		}
	}()
	defer sdk.Caught(&err) // the supervisor has nobody above it
	if err := c.shakeHands(ctx, e); err != nil {
		return nil, err
	}
	if err := c.describe(ctx); err != nil {
		return nil, fmt.Errorf("ask what it is: %w%s", err, c.lastWords(e))
	}
	c.beside(func() { c.hear(e.talk) })
	return c, nil
}

// lastWords says how the process ended, if it did.
func (c *child) lastWords(e *Exit) string {
	if how := c.proc.ended(afterBreak); how != "" {
		return fmt.Sprintf("; its process ended: %s; it said: %s", how, strings.Join(e.talk.last(), " / "))
	}
	return ""
}

// shakeHands has go-plugin start the program and agree on version, address and certificates. go-plugin's own client is
// not used beyond that: it trusts the program more than we do (a broker, calls without an end, replies of any size).
func (c *child) shakeHands(ctx context.Context, e *Exit) error {
	deadline, _ := ctx.Deadline()
	folder := ""
	var made atomic.Pointer[launch]
	config := &plugin.ClientConfig{
		HandshakeConfig:  plugin.HandshakeConfig{MagicCookieKey: frame.CookieKey, MagicCookieValue: frame.CookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{frame.Major: {}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     time.Until(deadline),
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: shortFolder()},
		Logger:           hclog.NewNullLogger(),
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, dir string) (runner.Runner, error) {
			folder = dir
			l, err := e.newLaunch(cmd, dir)
			made.Store(l)
			return l, err
		},
	}
	client := plugin.NewClient(config)
	stopped := make(chan struct{})
	var address net.Addr
	var err error
	go func() {
		defer close(stopped)
		defer sdk.Caught(&err)
		address, err = client.Start()
	}()
	select {
	case <-stopped:
	case <-ctx.Done():
		giveUp(&made, stopped)
	}
	if c.launch = made.Load(); c.launch == nil && folder != "" {
		_ = os.RemoveAll(folder) // an empty folder
	}
	if err != nil {
		return c.excuse(ctx, e, err)
	}
	c.proc = c.launch.running()
	c.conn, err = grpc.NewClient("passthrough:///"+e.set.Name, append(dialOptions(),
		grpc.WithTransportCredentials(credentials.NewTLS(config.TLSConfig)),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, address.Network(), address.String())
		}))...)
	return err
}

// longestFolder is how long the name of a folder for temporary files may be, in bytes, so that a socket fits below it:
// systems have room for about a hundred bytes.
const longestFolder = 55

// shortFolder gives the folder for the processes' folders; "" is the system's usual one.
func shortFolder() string {
	if len(os.TempDir()) > longestFolder && !tcpOnly {
		return "/tmp"
	}
	return ""
}

// giveUp ends a start, also one that has no process yet.
func giveUp(made *atomic.Pointer[launch], stopped <-chan struct{}) {
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	for {
		if l := made.Load(); l != nil {
			_ = l.Kill(context.Background()) // never fails
		}
		select {
		case <-stopped:
			return
		case <-t.C:
		}
	}
}

// excuse makes one line of go-plugin's error.
func (c *child) excuse(ctx context.Context, e *Exit, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("it has not completed the handshake within %s", e.set.Limits.Start)
	}
	return errors.New(printable(err.Error(), 600))
}

func dialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(frame.Codec{}), grpc.MaxCallRecvMsgSize(largestReply)),
		grpc.WithMaxHeaderListSize(largestHeader),
		grpc.WithInitialWindowSize(frame.Flying * frame.Block),
		grpc.WithInitialConnWindowSize(4 * frame.Flying * frame.Block),
		grpc.WithDisableRetry(),
		grpc.WithDisableServiceConfig(),
		grpc.WithIdleTimeout(0),
	}
}

// describe asks the process what it is.
func (c *child) describe(ctx context.Context) error {
	var in frame.In
	defer in.Free()
	if err := c.conn.Invoke(ctx, frame.Describe, &frame.Out{}, &in); err != nil {
		return errors.New(printable(err.Error(), 300))
	}
	var err error
	c.manifest, err = wire.ParseManifest(in.Text())
	return err
}

// ended says how the process ended, and waits a little for that; "" when it has not.
func (c *child) ended(within time.Duration) string { return c.proc.ended(within) }

// abandon ends a process that never was of use.
func (c *child) abandon() {
	if c.launch == nil {
		return
	}
	_ = c.launch.Kill(context.Background()) // never fails
	c.bury()
}

// bury gives back what is left of a process that has ended or is about to.
func (c *child) bury() {
	if c.conn != nil {
		_ = c.conn.Close() // only says that it is closed
	}
	c.mu.Lock()
	c.buried = true
	c.mu.Unlock()
	c.aside.Wait()
	c.launch.bury()
}

// leave asks the process to end, and ends it if it does not within the time.
func (c *child) leave(within time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	stop := context.AfterFunc(ctx, c.proc.kill)
	defer stop()
	_ = c.conn.Invoke(ctx, shutdown, &frame.Out{}, &frame.In{}) // it hangs up at once, or does not answer
	<-c.proc.gone
	c.bury()
}
