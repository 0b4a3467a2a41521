package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
	"github.com/postern/postern/sdk/wire"
)

// talking stands for a point where a process speaks a protocol: it is none.
const talking sdk.Point = ""

// Protocol is a program that speaks a protocol. Each call is a stream of its own; at most Limits.InFlight run at once.
type Protocol struct{ exit *Exit }

var (
	_ sdk.Protocol  = (*Protocol)(nil)
	_ sdk.Described = (*Protocol)(nil)
)

// LoadProtocol starts the program, and refuses one that speaks no protocol. See [Load]; of the settings, Points is not used.
func LoadProtocol(ctx context.Context, s Settings) (*Protocol, error) {
	s.Points, s.noun, s.kind = nil, "protocol", sdk.PluginProtocol
	e, err := Load(ctx, s)
	if err != nil {
		return nil, err
	}
	return &Protocol{e}, nil
}

// Name is what the program calls itself.
func (p *Protocol) Name() string { return p.exit.manifest.Name }

// Manifest is what the program says of itself.
func (p *Protocol) Manifest() sdk.Manifest { return p.exit.manifest }

// Describe lists its terms and settings.
func (p *Protocol) Describe() sdk.Description {
	return sdk.Description{Terms: p.exit.manifest.Terms, Settings: p.exit.manifest.Settings}
}

// Version covers the program and its settings.
func (p *Protocol) Version() string { return p.exit.version }

// Resting says why no call is let in at the moment; "" while there is a process.
func (p *Protocol) Resting() string { return p.exit.Resting() }

// Running gives the number of the process, 0 when there is none at the moment.
func (p *Protocol) Running() int { return p.exit.Running() }

// Close lets no new call begin, waits for those that run, and ends the process. See [Exit.Close].
func (p *Protocol) Close(ctx context.Context) error { return p.exit.Close(ctx) }

// Begin opens a stream for the call. Its error is a [*sdk.Refusal]: limit.sessions when too many run already, exit.failed
// when there is no process, or it failed.
func (p *Protocol) Begin(o sdk.Opening, out []byte) (sdk.Dialogue, []byte, error) {
	e := p.exit
	c, failure := e.enter(context.Background(), talking)
	if failure != nil {
		code := sdk.ExitFailed
		if errors.Is(failure, ErrBusy) {
			code = sdk.LimitSessions
		}
		return nil, out, sdk.Refuse(code, "").Because(failure)
	}
	d := &dialogue{e: e, c: c, call: o.Call, in: frame.In{Own: true}}
	begun, err := d.begin(&o)
	if err != nil {
		d.hangUp()
		return nil, out, sdk.Refuse(sdk.ExitFailed, "begin the dialogue").Because(err)
	}
	out = append(out, begun.Out...)
	if d.pipelines = begun.Pipelined > 0; d.pipelines {
		return &pipelined{d, begun.Pipelined}, out, nil
	}
	return d, out, nil
}

// pipelined is a dialogue that goes on hearing while answers are owed.
type pipelined struct {
	*dialogue
	most int
}

var _ sdk.Pipelined = (*pipelined)(nil)

// Pipelined is what the process said when the dialogue began.
func (p *pipelined) Pipelined() int { return p.most }

// fitsProtocol is what a protocol must say of itself.
func fitsProtocol(m *sdk.Manifest) error {
	if !slices.Contains(m.Kinds, sdk.PluginProtocol) {
		return fmt.Errorf("it speaks no protocol, but is: %s", printable(strings.Join(m.Kinds, ", "), 100))
	}
	seen := map[string]bool{}
	for _, t := range slices.Concat(m.Terms, m.Settings) {
		if seen[t.Name] {
			return fmt.Errorf("it describes %s twice", printable(t.Name, 100))
		}
		seen[t.Name] = true
	}
	return nil
}

var conversing = grpc.StreamDesc{StreamName: frame.MethodDialogue, ClientStreams: true, ServerStreams: true}

// largestTurn is the most that one answer of a dialogue may hold, in bytes: data in its own words, and what is to be sent.
const largestTurn = 4 << 20

// begin opens the stream.
func (d *dialogue) begin(o *sdk.Opening) (begun wire.Begun, err error) {
	d.ctx, d.cancel = context.WithCancel(context.Background())
	stop := d.bound()
	d.stream, err = d.c.conn.NewStream(d.ctx, &conversing, frame.Dialogue, grpc.StaticMethod(), grpc.MaxCallRecvMsgSize(largestTurn))
	stop()
	if err != nil {
		return begun, d.failure(err)
	}
	head, _, err := d.turn(frame.HeadBegin, nil, func(b []byte) []byte { return wire.AppendBegin(b, o) })
	if err != nil {
		return begun, err
	}
	if begun, err = wire.ParseBegun(string(head)); err != nil {
		return begun, d.e.fail(talking, ErrReply, "its answer cannot be read: %v", err)
	}
	if begun.Err != "" {
		return begun, d.e.fail(talking, ErrFailed, "it begins no dialogue: %s", printable(begun.Err, 1000))
	}
	return begun, nil
}

// bound ends the stream when the time for one answer is over. What it returns takes that back.
func (d *dialogue) bound() (stop func()) {
	limit := d.e.set.Limits.deadline(talking)
	cancel, c := d.cancel, d.c
	t := time.AfterFunc(limit, func() {
		cancel()
		d.e.late(c, talking, true)
	})
	return func() { t.Stop() }
}

// failure makes a failure of what gRPC says of the stream.
func (d *dialogue) failure(err error) *Failure {
	if errors.Is(err, io.EOF) {
		return d.e.fail(talking, ErrReply, "it ended the dialogue")
	}
	if d.ctx.Err() != nil && d.c.ended(0) == "" {
		fail := d.e.fail(talking, ErrDeadline, "no answer within %s", d.e.set.Limits.deadline(talking))
		fail.Cause = context.DeadlineExceeded
		return fail
	}
	return d.e.judge(context.Background(), d.c, talking, err, timer{})
}
