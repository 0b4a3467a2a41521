package pesit

import (
	"fmt"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// The access types of PI 22 by their number.
var accessNames = [...]string{"write", "read", "mixed"}

// maxFreeText is the longest PI 99, in characters.
const maxFreeText = 254

const (
	accessWrite = 0
	accessRead  = 1
	accessMixed = 2
)

// hearConnect gives Hello, or refuses a version that is too old.
func (d *Dialogue) hearConnect(h *hearing, f wire.FPDU) error {
	p := &d.params
	d.peer = f.Sixth
	if err := p.MatchCRC(d.link.CRC); err != nil {
		return err
	}
	if f.Sixth == 0 {
		return breachOf(wire.BadParameter, "CONNECT without a connection id")
	}
	d.version = int64(min(p.Num(wire.PIVersion), versionE))
	if d.version < max(d.set.oldest, versionD) {
		return d.refuseVersion(h, p.Num(wire.PIVersion))
	}
	d.version = min(d.version, d.set.version)
	interval, window := p.Sync()
	d.access = p.Num(wire.PIAccessType)
	d.proposed = offer{interval, window, p.Num(wire.PIResync) == 1, d.offer.entity, d.offer.mode}
	d.state = stateConnecting
	d.ask(h, sdk.Event{Kind: sdk.KindHello, Hello: &sdk.Hello{Claim: d.claimed(), Terms: d.proposed.terms()}})
	return nil
}

// refuseVersion says RCONNECT 3-308 by itself: nobody has anything to decide.
func (d *Dialogue) refuseVersion(h *hearing, proposed uint64) error {
	r := sdk.Refuse(sdk.ProtocolVersion, "version %d proposed", proposed)
	if _, err := d.rconnect(r, &h.out); err != nil {
		return err
	}
	h.used = len(h.in)
	d.tell(h, sdk.Event{Kind: sdk.KindFault, Refusal: r})
	return nil
}

// claimed adds what CONNECT says to what the transport has verified.
func (d *Dialogue) claimed() sdk.Claim {
	c := d.claim
	c.Name, c.CalledName = d.params.Text(wire.PIRequester), d.params.Text(wire.PIServer)
	password, renewed := d.params.Access()
	c.Secret, c.NewSecret = sdk.NewSecret(password), sdk.NewSecret(renewed)
	c.Access = accessNames[d.access]
	switch {
	case password != "":
		c.Method = "password"
	case c.Method == "":
		c.Method = "none"
	}
	return c
}

// sayWelcome appends ACONNECT. Whatever the core allows, the answer exceeds neither what was proposed nor what we offer.
func (d *Dialogue) sayWelcome(m sdk.Message, out *[]byte) (sdk.Said, error) {
	if m.Welcome == nil || d.calling {
		return sdk.Said{}, d.unfit(m)
	}
	if err := d.settle(m, sdk.KindHello); err != nil {
		return sdk.Said{}, err
	}
	d.agreed = d.proposed.meet(d.offer).meet(offerOf(m.Welcome.Terms))
	b := d.begin(*out, wire.AConnect)
	b.Access(m.Welcome.LocalSecret.Reveal(), "")
	b.Num(wire.PIVersion, uint64(d.version))
	b.Sync(d.agreed.interval, d.agreed.window)
	if d.agreed.resync {
		b.Num(wire.PIResync, 1)
	}
	b.Text(wire.PIFreeText, clip(m.Welcome.Text, maxFreeText))
	d.state = stateConnected
	return sdk.Said{}, done(&b, out)
}

func (d *Dialogue) rconnect(r *sdk.Refusal, out *[]byte) (sdk.Said, error) {
	b := d.begin(*out, wire.RConnect)
	b.Diagnostic(diagnosticOf(r, forConnection))
	d.reason(&b, r)
	d.state = stateOver
	return sdk.Said{Next: sdk.Hangup}, done(&b, out)
}

// sayHello opens the call: the pre-connection message where it is wanted, else CONNECT.
func (d *Dialogue) sayHello(m sdk.Message, out *[]byte) (sdk.Said, error) {
	if m.Hello == nil || !d.calling || d.state != stateIdle {
		return sdk.Said{}, d.unfit(m)
	}
	d.version = d.set.version
	d.proposed = d.offer.meet(offerOf(m.Hello.Terms))
	d.called = m.Hello.CalledName
	if !d.set.logon {
		if err := d.connect(m.Hello.Claim, out); err != nil {
			return sdk.Said{}, err
		}
		d.state = stateConnecting
		return sdk.Said{}, nil
	}
	if err := d.connect(m.Hello.Claim, &d.greeting); err != nil {
		return sdk.Said{}, err
	}
	d.state = stateLogon
	return sdk.Said{}, d.sayLogon(m.Hello.Claim, out)
}

// connect appends CONNECT.
func (d *Dialogue) connect(c sdk.Claim, out *[]byte) error {
	d.access = accessMixed
	for n, name := range accessNames {
		if c.Access == name {
			d.access = uint64(n)
		}
	}
	b := d.begin(*out, wire.Connect)
	if d.link.CRC {
		b.Num(wire.PICRC, 1)
	}
	b.Text(wire.PIRequester, c.Name)
	b.Text(wire.PIServer, c.CalledName)
	b.Access(c.Secret.Reveal(), c.NewSecret.Reveal())
	b.Num(wire.PIVersion, uint64(d.version))
	if d.proposed.interval > 0 {
		b.Sync(d.proposed.interval, d.proposed.window)
	}
	b.Num(wire.PIAccessType, d.access)
	if d.proposed.resync {
		b.Num(wire.PIResync, 1)
	}
	return done(&b, out)
}

// hearAConnect checks that the server did not widen what was proposed.
func (d *Dialogue) hearAConnect(h *hearing, f wire.FPDU) error {
	p := &d.params
	d.peer = f.Sixth
	interval, window := p.Sync()
	answer := offer{interval, window, p.Num(wire.PIResync) == 1, d.proposed.entity, d.proposed.mode}
	switch v := p.Num(wire.PIVersion); {
	case v < versionD || int64(min(v, versionE+1)) > d.version:
		return breachOf(wire.NegotiationFailure, "version %d answered to %d", v, d.version)
	case interval > d.proposed.interval || window > d.proposed.window:
		return breachOf(wire.NegotiationFailure, "sync points %d/%d answered to %d/%d", interval, window, d.proposed.interval, d.proposed.window)
	case answer.resync && !d.proposed.resync:
		return breachOf(wire.NegotiationFailure, "resynchronisation answered, not proposed")
	default:
		d.version = int64(v)
	}
	d.agreed = d.proposed.meet(answer)
	d.state = stateConnected
	secret, _ := p.Access()
	d.tell(h, sdk.Event{Kind: sdk.KindWelcome, Welcome: &sdk.Welcome{
		Terms: d.agreed.terms(), LocalName: d.called, LocalSecret: sdk.NewSecret(secret), Text: p.Text(wire.PIFreeText)}})
	return nil
}

func (d *Dialogue) hearRConnect(h *hearing, _ wire.FPDU) error {
	r := d.refusalIn()
	if r == nil {
		return breachOf(wire.BadParameter, "RCONNECT without a reason")
	}
	d.state = stateOver
	d.tell(h, sdk.Event{Kind: sdk.KindRefuse, Refusal: r})
	return nil
}

// sayBye asks for the end of the connection.
func (d *Dialogue) sayBye(m sdk.Message, out *[]byte) (sdk.Said, error) {
	if !d.calling || d.state != stateConnected {
		return sdk.Said{}, d.unfit(m)
	}
	b := d.begin(*out, wire.Release)
	b.Diagnostic(outcomeOf(m.Refusal))
	d.state = stateReleasing
	return sdk.Said{}, done(&b, out)
}

// hearRelease answers RELCONF at once: a release cannot be refused.
func (d *Dialogue) hearRelease(h *hearing, _ wire.FPDU) error {
	r := d.refusalIn()
	b := d.begin(h.out, wire.RelConf)
	if err := done(&b, &h.out); err != nil {
		return err
	}
	return d.over(h, r)
}

func (d *Dialogue) hearRelConf(h *hearing, _ wire.FPDU) error { return d.over(h, nil) }

func (d *Dialogue) over(h *hearing, r *sdk.Refusal) error {
	d.state = stateOver
	d.tell(h, sdk.Event{Kind: sdk.KindBye, Refusal: r})
	return nil
}

// outcomeOf is the diagnostic of an end: success when there is no refusal.
func outcomeOf(r *sdk.Refusal) wire.Diagnostic {
	if r == nil {
		return wire.Success
	}
	return diagnosticOf(r, forFile)
}

// sayRefuse answers no, in the words of what was asked.
func (d *Dialogue) sayRefuse(m sdk.Message, out *[]byte) (sdk.Said, error) {
	asked := d.owed
	refuse, ok := map[sdk.Kind]func(*sdk.Refusal, *[]byte) (sdk.Said, error){
		sdk.KindHello:   d.rconnect,
		sdk.KindRequest: d.refuseRequest,
		sdk.KindBegin:   d.refuseBegin,
		sdk.KindFinish:  d.refuseFinish,
	}[asked]
	if !ok || m.Refusal == nil {
		return sdk.Said{}, fmt.Errorf("%w, with nothing to refuse", d.unfit(m))
	}
	d.owed = sdk.KindNone
	return refuse(m.Refusal, out)
}
