package wasm

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// talking stands for a point where a module speaks a protocol: it is none, and has times of its own.
const talking sdk.Point = "protocol"

// The times of a protocol and how many calls one may speak for, where nothing else is said. A call waits for its turn with
// its connection, so that waiting long is better than ending it; for an instance it does not: the caller is told to call
// again.
const (
	talkDeadline     = time.Second
	talkWait         = 10 * time.Second
	instanceWait     = time.Second
	DefaultInstances = 64
)

// Protocol is a module that speaks a protocol. Each call has an instance of its own, at most Limits.Instances at once.
type Protocol struct {
	exit     *Exit
	manifest sdk.Manifest
}

var (
	_ sdk.Protocol  = (*Protocol)(nil)
	_ sdk.Described = (*Protocol)(nil)
)

// LoadProtocol compiles a module, makes its first instance, asks it what it is, and refuses one that speaks no protocol or
// needs a grant that it was not given. Close the protocol to give everything back. Of the settings, Points is not used.
func LoadProtocol(ctx context.Context, s Settings) (*Protocol, error) {
	def(&s.Limits.Instances, DefaultInstances)
	s.Limits.Block = max(s.Limits.Block, DefaultBlock) // never less than a dialogue may hold back
	s.Points, s.noun = nil, "protocol"
	s = s.withDefaults()
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("protocol %s: %w", s.Name, err)
	}
	p, err := loadProtocol(ctx, &s)
	var f *Failure
	if err != nil && !errors.As(err, &f) {
		err = fmt.Errorf("protocol %s: %w", s.Name, err)
	}
	return p, err
}

func loadProtocol(ctx context.Context, s *Settings) (*Protocol, error) {
	e, err := prepare(ctx, s)
	if err != nil {
		return nil, err
	}
	e.times[talking] = timing{deadline: talkDeadline, wait: talkWait}
	if s.Limits.Deadline > 0 || s.Limits.Wait > 0 {
		e.times[talking] = s.Limits.timing(talkDeadline)
	}
	e.filters = newPool(e, s.Limits.Instances)
	p := &Protocol{exit: e}
	if err := p.meet(ctx, s); err != nil {
		_ = e.release() // the fault that was found is the one to tell
		return nil, err
	}
	return p, nil
}

// meet makes the first instance and checks what it says of itself.
func (p *Protocol) meet(ctx context.Context, s *Settings) error {
	e := p.exit
	if e.json {
		return fmt.Errorf("the module speaks no protocol: %s: expected %s, the module has none", exportCall, signatureOf("iiiii:I"))
	}
	in, err := e.introduce(ctx)
	if err != nil {
		return err
	}
	e.filters.put(in)
	p.manifest = e.manifest
	return CheckProtocol(&p.manifest, s.Grants.missing(p.manifest.Grants))
}

// CheckProtocol reports everything that keeps a plugin with this manifest from being used as a protocol; missing are grants
// that it was not given.
func CheckProtocol(m *sdk.Manifest, missing []string) error {
	var faults []error
	if !slices.Contains(m.Kinds, sdk.PluginProtocol) {
		faults = append(faults, fmt.Errorf("it speaks no protocol: it says that it is %s", printable(fmt.Sprint(m.Kinds), maxWords)))
	}
	for _, g := range missing {
		faults = append(faults, fmt.Errorf("it needs the grant %s, which it does not have", printable(g, maxWords)))
	}
	seen := map[string]bool{}
	for _, t := range slices.Concat(m.Terms, m.Settings) {
		if seen[t.Name] {
			faults = append(faults, fmt.Errorf("it describes %s twice", printable(t.Name, maxWords)))
		}
		seen[t.Name] = true
	}
	return errors.Join(faults...)
}

// Name is what the module calls itself.
func (p *Protocol) Name() string { return p.manifest.Name }

// Manifest is what the module says of itself.
func (p *Protocol) Manifest() sdk.Manifest { return p.manifest }

// Describe lists its terms and settings.
func (p *Protocol) Describe() sdk.Description {
	return sdk.Description{Terms: p.manifest.Terms, Settings: p.manifest.Settings}
}

// Version covers the module and its settings.
func (p *Protocol) Version() string { return p.exit.version }

// Resting says why no call is let in at the moment, because too many failed; "" when they are.
func (p *Protocol) Resting() string { return p.exit.breaker.resting() }

// Close lets no new call begin, waits for those that run, and gives everything back. See [Exit.Close].
func (p *Protocol) Close(ctx context.Context) error { return p.exit.Close(ctx) }

// Begin gives the call an instance of its own. Its error is a [*sdk.Refusal]: limit.sessions when all instances speak
// already, exit.failed when the module cannot be used.
func (p *Protocol) Begin(o sdk.Opening, out []byte) (sdk.Dialogue, []byte, error) {
	e := p.exit
	if !e.enter() {
		return nil, out, sdk.Refuse(sdk.ExitFailed, "protocol %s was unloaded", e.name)
	}
	d := &dialogue{exit: e, who: questionOf(o.Peer), call: o.Call, now: o.Now, offer: e.limits.Block}
	begun, err := d.begin(&o)
	if err != nil {
		e.leave()
		return nil, out, err
	}
	if d.pipelines = begun.Pipelined > 0; d.pipelines {
		return &pipelined{d, begun.Pipelined}, append(out, begun.Out...), nil
	}
	return d, append(out, begun.Out...), nil
}

// questionOf is a question in which nothing is known but from where somebody calls, for what is counted by callers.
func questionOf(peer netip.AddrPort) *sdk.Question {
	return &sdk.Question{Point: talking, Facts: &sdk.Facts{Call: &sdk.CallFacts{Peer: peer}}}
}

// pipelined is a dialogue that goes on hearing while answers are owed.
type pipelined struct {
	*dialogue
	most int
}

var _ sdk.Pipelined = (*pipelined)(nil)

// Pipelined is what the module said when the dialogue began.
func (p *pipelined) Pipelined() int { return p.most }

// begin takes an instance and begins.
func (d *dialogue) begin(o *sdk.Opening) (wire.Begun, error) {
	e, ctx := d.exit, context.Background()
	if why := e.breaker.allow(d.who); why != "" {
		return wire.Begun{}, sdk.Refuse(sdk.ExitFailed, "protocol %s: %s", e.name, why)
	}
	who := callerOf(d.who)
	if err := e.filters.places.take(ctx, who, instanceWait); err != nil {
		e.breaker.nothing()
		return wire.Begun{}, sdk.Refuse(sdk.LimitSessions, "protocol %s speaks for %d calls already, or for too many of this caller",
			e.name, e.limits.Instances)
	}
	begun, err := d.pin(ctx, o)
	if err != nil {
		e.filters.drop(who)
		var f *Failure
		if errors.As(err, &f) {
			_ = e.report(d.who, f)
			e.log.Error("the protocol's module failed", "protocol", e.name, "session", d.call, "error", f)
		} else {
			e.breaker.nothing()
		}
		return begun, sdk.Refuse(sdk.ExitFailed, "begin the dialogue").Because(err)
	}
	e.breaker.nothing() // a dialogue has proven itself at its end
	return begun, nil
}

// pin takes the warm instance, or makes one, has another warmed, and lets it begin.
func (d *dialogue) pin(ctx context.Context, o *sdk.Opening) (begun wire.Begun, err error) {
	e := d.exit
	if d.in = e.filters.get(); d.in == nil {
		if err := e.gate.enter(ctx, e.times[talking].wait); err != nil {
			return begun, e.busy("", err, "for its turn")
		}
		if d.in, err = e.newInstance(ctx, talking, nil); err != nil {
			return begun, err
		}
		d.in.leaveGate()
	}
	e.filters.refill()
	reply, err := d.ask(wire.MethodBegin, nil, func(b []byte) []byte { return wire.AppendBegin(b, o) })
	if err == nil {
		begun, err = d.begun(reply)
	}
	if err == nil && begun.Err != "" {
		d.in.close()
		return begun, errors.New(printable(begun.Err, maxWords))
	}
	if err != nil {
		failure := e.failure(d.in, "", ErrTrap, err)
		d.in.close()
		return begun, failure
	}
	return begun, nil
}

func (d *dialogue) begun(reply string) (wire.Begun, error) {
	x, err := wire.ParseBegun(reply)
	if err != nil {
		return x, unread(err)
	}
	x.Out, err = d.output(x.Out, x.OutAt)
	return x, err
}
