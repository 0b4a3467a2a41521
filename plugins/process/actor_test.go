//go:build linux

package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/contract"
	"github.com/postern/postern/sdk/process"
	"github.com/postern/postern/sdk/process/frame"
	"github.com/postern/postern/sdk/process/rpc"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

// actors are the programs of the tests.
var actors = map[string]func(){
	"as-exit":      func() { process.ServeExit(actor{}, everything()) },
	"as-functions": func() { process.Serve(sdk.Functions{Name: "functions", Version: "1", Authorize: reference}) },
	"as-slow": func() {
		time.Sleep(300 * time.Millisecond)
		process.ServeExit(actor{}, everything())
	},
	"as-needy": func() {
		m := everything()
		m.Grants = []string{sdk.GrantFile, sdk.GrantVerifyPassword}
		process.ServeExit(actor{}, m)
	},
	"as-old": func() {
		m := everything()
		m.Contract = 7 << 16
		process.ServeExit(actor{}, m)
	},
	"as-garbage": func() {
		fmt.Println(strings.Repeat("garbage\x1b[31m", 10_000))
		_, _ = io.Copy(io.Discard, os.Stdin)
	},
	"as-silent": func() { _, _ = io.Copy(io.Discard, os.Stdin) },
	"as-gone": func() {
		fmt.Fprintln(os.Stderr, "no rules here")
		os.Exit(3)
	},
	"as-elsewhere": func() { hello("tcp", "127.0.0.1:22") },
	"as-outside":   func() { hello("unix", "/run/another.sock") },
	"as-impostor":  impostor,
	"as-typed":     typed,
	"as-host":      host,
	"as-once":      once,
}

func everything() sdk.Manifest {
	m := sdk.Manifest{Name: "actor", Version: "1", Contract: sdk.ContractVersion, Kinds: []string{"exit"}, ChangesLength: true, State: true}
	for _, row := range sdk.Points() {
		m.Points = append(m.Points, row.Point)
	}
	return m
}

// reference is what suites ask, and tricks what these tests ask besides.
func reference(ctx context.Context, q sdk.Question) (sdk.Verdict, error) {
	return exittest.Reference().Decide(ctx, q)
}

type actor struct{}

func (actor) OpenFilter(ctx context.Context, q sdk.Question) (sdk.Filter, error) {
	if q.Facts.Session == "stuck" {
		return stuck{}, nil
	}
	return exittest.ReferenceFilter().OpenFilter(ctx, q)
}

type stuck struct{}

func (stuck) Block([]byte, bool) (sdk.Filtered, error) { select {} }
func (stuck) Close() error                             { return nil }

func tell(format string, args ...any) (sdk.Verdict, error) {
	return sdk.DenyVerdict(sdk.Refuse(sdk.ExitRefused, format, args...)), nil
}

func tellError(err error) (sdk.Verdict, error) {
	if err == nil {
		return tell("done")
	}
	return tell("%v", err)
}

func (actor) Decide(ctx context.Context, q sdk.Question) (sdk.Verdict, error) {
	word, rest, _ := strings.Cut(q.Facts.Session, " ")
	switch word {
	case "crash":
		os.Exit(7)
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "stop":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		select {}
	case "hang":
		select {}
	case "panic":
		panic("on purpose")
	case "pid":
		return tell("%d", os.Getpid())
	case "huge":
		return tell("%s", strings.Repeat("x", 1<<20))
	case "env":
		return tell("%s", strings.Join(os.Environ(), "\n"))
	case "config":
		return tell("%s", q.Config)
	case "log":
		slog.WarnContext(ctx, "a warning of the exit", "file", "orders.txt")
		fmt.Println("printed to stdout")
		fmt.Fprintln(os.Stderr, "printed to stderr")
		return tell("said")
	case "flood":
		line := strings.Repeat("flood ", 20)
		for range 50_000 {
			slog.Info(line)
		}
		fmt.Fprint(os.Stdout, strings.Repeat("y", 1<<20))
		return tell("said")
	case "child":
		c := exec.Command("/bin/sleep", "1000")
		if err := c.Start(); err != nil {
			return tellError(err)
		}
		return tell("%d", c.Process.Pid)
	case "allocate":
		n, _ := strconv.Atoi(rest)
		b := make([]byte, n)
		for i := 0; i < n; i += 4096 {
			b[i] = 1
		}
		runtime.KeepAlive(b)
		return tell("done")
	case "files":
		return tell("%d", openMany())
	case "read":
		_, err := os.ReadFile(rest)
		return tellError(err)
	case "write":
		return tellError(os.WriteFile(rest, []byte("x"), 0o600))
	case "temporary":
		return tellError(os.WriteFile(os.TempDir()+"/x", []byte("x"), 0o600))
	case "dial":
		c, err := net.Dial("tcp", rest)
		if err == nil {
			err = c.Close()
		}
		return tellError(err)
	case "signal":
		return tellError(syscall.Kill(os.Getppid(), 0))
	case "first":
		b := make([]byte, 4)
		_, err := io.ReadFull(process.File(q), b)
		if err != nil {
			return tellError(err)
		}
		return tell("%s", b)
	case "count":
		n, err := io.Copy(io.Discard, process.File(q))
		return tell("%d %v", n, err)
	case "at":
		b := make([]byte, 4)
		off, _ := strconv.ParseInt(rest, 10, 64)
		n, err := q.Facts.File.Content.ReadAt(b, off)
		back, err2 := q.Facts.File.Content.ReadAt(b[n:], 0)
		return tell("%d %v %d %v", n, err, back, err2)
	}
	return reference(ctx, q)
}

func openMany() int {
	for n := 0; ; n++ {
		if _, err := os.Open("/dev/null"); err != nil || n > 5000 {
			return n
		}
	}
}

func hello(network, address string) {
	fmt.Printf("1|1|%s|%s|grpc|\n", network, address)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// impostor shakes hands, and talks garbage then.
func impostor() {
	path := os.Getenv("PLUGIN_UNIX_SOCKET_DIR") + "/s"
	l, err := net.Listen("unix", path)
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte(strings.Repeat("garbage ", 1000)))
		}
	}()
	hello("unix", path)
}

// once serves at its first start only: a file says that it was there.
func once() {
	mark := os.Args[2]
	if _, err := os.Stat(mark); err == nil {
		os.Exit(4)
	}
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		panic(err)
	}
	process.ServeExit(actor{}, everything())
}

// typed is a plugin made of the generated stubs, as another language would make it: nothing of sdk/process.
func typed() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: frame.CookieKey, MagicCookieValue: frame.CookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{1: {"exit": &typedPlugin{}}},
		GRPCServer:       plugin.DefaultGRPCServer,
	})
}

type typedPlugin struct {
	plugin.NetRPCUnsupportedPlugin
	rpc.UnimplementedPluginServer
	rpc.UnimplementedExitServer
}

func (p *typedPlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	rpc.RegisterPluginServer(s, p)
	rpc.RegisterExitServer(s, p)
	return nil
}

func (p *typedPlugin) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("none")
}

func (p *typedPlugin) Describe(context.Context, *contract.DescribeRequest) (*contract.DescribeReply, error) {
	return &contract.DescribeReply{Name: "typed", Contract: sdk.ContractVersion, Kinds: []string{"exit"},
		Points: []string{"identify", "open", "verify", "filter"}, ChangesLength: true}, nil
}

func (p *typedPlugin) Identify(_ context.Context, r *contract.IdentifyRequest) (*contract.IdentifyReply, error) {
	return &contract.IdentifyReply{Verdict: contract.Verdict_VERDICT_REFUSE, Code: "partner.hours", Detail: r.GetFacts().GetClaim().GetName()}, nil
}

// Open is there, and OpenFile is not: this is a plugin of before.
func (p *typedPlugin) Open(_ context.Context, r *contract.OpenRequest) (*contract.OpenReply, error) {
	return &contract.OpenReply{Verdict: contract.Verdict_VERDICT_REFUSE, Detail: "open " + r.GetFacts().GetRequest().GetFile()}, nil
}

func (p *typedPlugin) Verify(s grpc.ClientStreamingServer[contract.VerifyRequest, contract.VerifyReply]) error {
	first, err := s.Recv()
	if err != nil {
		return err
	}
	n := 0
	for {
		r, err := s.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		n += len(r.GetBlock())
	}
	return s.SendAndClose(&contract.VerifyReply{Verdict: contract.Verdict_VERDICT_REFUSE,
		Detail: fmt.Sprint(n, " of ", first.GetFacts().GetFile().GetBytes())})
}

func (p *typedPlugin) Filter(s grpc.BidiStreamingServer[contract.FilterRequest, contract.FilterReply]) error {
	if _, err := s.Recv(); err != nil {
		return err
	}
	if err := s.Send(&contract.FilterReply{Verdict: contract.Verdict_VERDICT_PASS}); err != nil {
		return err
	}
	for {
		r, err := s.Recv()
		if err != nil {
			return nil
		}
		if err := s.Send(&contract.FilterReply{Block: []byte(strings.ToUpper(string(r.GetBlock()))), More: true}); err != nil {
			return err
		}
		if err := s.Send(&contract.FilterReply{Block: []byte("."), End: r.GetLast()}); err != nil {
			return err
		}
	}
}

// host is a server that loads an exit and is killed.
func host() {
	e, err := Load(context.Background(), Settings{Name: "scan", Command: []string{"/proc/self/exe", os.Args[2]}, Limits: Limits{Memory: 1 << 30}})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(e.Running())
	_, _ = io.Copy(io.Discard, os.Stdin)
}
