package wiring

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
)

// trial is a question of an operator on its way to an answer.
type trial struct {
	config   *config.Loaded
	question admin.Test
	partner  sdk.Partner // with its name alone where it is not configured
	listener *session.Listener
	session.Trial
	out admin.Tested
}

// TestPartner implements [admin.Tester]: it walks the phases with the running configuration.
func (s *Server) TestPartner(ctx context.Context, partner string, q admin.Test) (admin.Tested, error) {
	s.mu.Lock()
	running := s.running
	t := &trial{config: s.loaded.Load(), question: q}
	s.mu.Unlock()
	t.out = admin.Tested{Partner: partner, Flow: q.Flow, Assumed: []string{}, Phases: []admin.TestedPhase{}, Unasked: []admin.Unasked{}}
	t.partner = sdk.Partner{ID: partner, Name: partner}
	if p, ok := t.config.Snapshot().Partners[partner]; ok {
		t.partner = p
		t.partner.Name = cmp.Or(p.Name, partner)
	}
	listeners, err := s.listeners(running, t.config)
	if len(listeners) == 0 && err != nil {
		return t.out, err
	}
	all := make([]*session.Listener, len(listeners))
	for i := range listeners {
		all[i] = &listeners[i].Listener
	}
	for _, step := range []func() error{func() error { return t.choose(all) }, t.call, t.claim, t.request} {
		if err := step(); err != nil {
			return t.out, err
		}
	}
	if q.Password == nil {
		ctx = context.WithValue(ctx, unchecked{}, true)
	}
	got, err := session.Try(ctx, s.house, t.listener, t.Trial)
	if err != nil {
		return t.out, fmt.Errorf("try the call: %w", err)
	}
	t.tell(got)
	return t.out, nil
}

func (t *trial) assume(format string, args ...any) {
	t.out.Assumed = append(t.out.Assumed, fmt.Sprintf(format, args...))
}

func wrong(format string, args ...any) error {
	return &admin.ErrTest{What: fmt.Sprintf(format, args...)}
}

// choose finds the listener: the one that is named, else the first whose protocol the partner may speak, else the first.
func (t *trial) choose(all []*session.Listener) error {
	var fits []*session.Listener
	for _, l := range all {
		if (t.question.Listener == "" || t.question.Listener == l.Name) && (t.question.Protocol == "" || t.question.Protocol == l.ProtocolName) {
			fits = append(fits, l)
		}
	}
	switch {
	case len(fits) == 0 && t.question.Listener != "":
		return wrong("there is no listener %q%s", t.question.Listener, spoken(t.question.Protocol))
	case len(fits) == 0:
		return wrong("there is no listener%s", spoken(t.question.Protocol))
	}
	t.listener = fits[0]
	i := slices.IndexFunc(fits, func(l *session.Listener) bool { return slices.Contains(t.partner.Protocols, l.ProtocolName) })
	if i >= 0 {
		t.listener = fits[i]
	}
	if t.question.Listener == "" && len(all) > 1 {
		t.assume("the call comes to the listener %s (--listener names another)", t.listener.Name)
	}
	t.out.Listener, t.out.Protocol = t.listener.Name, t.listener.ProtocolName
	return nil
}

func spoken(protocol string) string {
	if protocol == "" {
		return ""
	}
	return fmt.Sprintf(" that speaks %q", protocol)
}

// call settles from where and when.
func (t *trial) call() error {
	from := netip.MustParseAddr("127.0.0.1")
	switch {
	case t.question.From != "":
		a, err := netip.ParseAddr(t.question.From)
		if err != nil {
			return wrong("%q is no address: 192.0.2.7 or 2001:db8::7 is one", t.question.From)
		}
		from = a
	case len(t.partner.AllowFrom) > 0 && t.partner.AllowFrom[0].IsValid():
		from = inside(t.partner.AllowFrom[0])
		fallthrough
	default:
		t.assume("the call comes from %s (--from names another address)", from)
	}
	t.Peer, t.At = netip.AddrPortFrom(from, 0), t.question.At
	if t.At.IsZero() {
		t.At = time.Now()
	}
	t.out.From, t.out.At = from.String(), t.At
	return nil
}

// inside is an address of a network, no network's own where it has others.
func inside(p netip.Prefix) netip.Addr {
	if next := p.Addr().Next(); p.Contains(next) {
		return next
	}
	return p.Addr()
}

// request settles what is asked for.
func (t *trial) request() error {
	t.Direction = sdk.Direction(t.question.Direction)
	if t.Direction == "" {
		t.Direction = sdk.Receive
		if !names(t.partner.Receive, t.question.Flow) && names(t.partner.Send, t.question.Flow) {
			t.Direction = sdk.Send
		}
		t.assume("the direction is %s (--direction names the other)", t.Direction)
	}
	t.out.Direction = string(t.Direction)
	t.Request = sdk.Request{File: t.question.Flow, Label: t.question.File, Size: -1, Priority: 1}
	if t.question.Size > 0 {
		t.Request.Size = t.question.Size
	}
	if t.Direction == sdk.Send && t.question.File != "" {
		t.Request.File, t.Request.Label = t.question.File, ""
	}
	return nil
}

func names(masks []string, flow string) bool {
	return slices.ContainsFunc(masks, func(m string) bool { return catalog.Match(m, flow) })
}
