// Package grants is the built-in exit of the authorize and message points: it allows the flows of the partner's own
// lists and nothing else.
//
// It is not for who the partner is, nor for what a file must look like.
//
// The main call is [New]. All that the exit knows comes with the question.
package grants

import (
	"context"
	"slices"

	"github.com/postern/postern/sdk"
)

// Name is what the exit is called in lists and records.
const Name = "grants"

// Exit answers authorize and message, and passes elsewhere. It may be asked from many goroutines.
type Exit struct{}

// New makes the exit.
func New() Exit { return Exit{} }

// Decide allows a flow that the list of its direction names, by itself or with a mask. It refuses direction.forbidden
// when only the other direction's list names it, flow.forbidden when none does, and message.forbidden when the partner
// may send no messages.
func (Exit) Decide(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	switch q.Point {
	case sdk.PointAuthorize:
		return authorize(q.Facts), nil
	case sdk.PointMessage:
		return message(q.Facts.Partner), nil
	}
	return sdk.PassVerdict(), nil
}

func authorize(f *sdk.Facts) sdk.Verdict {
	p := f.Partner
	if p == nil || f.Flow == nil || f.Flow.ID == "" || f.Request == nil {
		return sdk.DenyVerdict(sdk.Refuse(sdk.FlowForbidden, "partner, flow or direction is not known"))
	}
	name, list, other := "receive", p.Receive, p.Send
	switch f.Request.Direction {
	case sdk.Receive:
	case sdk.Send:
		name, list, other = "send", p.Send, p.Receive
	default:
		return sdk.DenyVerdict(sdk.Refuse(sdk.FlowForbidden, "the direction %q is unknown", string(f.Request.Direction)))
	}
	rule := sdk.RuleOf("partners", p.ID, name)
	if i := matching(list, f.Flow.ID); i >= 0 {
		if changes(f.Request.Action) {
			return manage(p, f.Request.Action)
		}
		return sdk.Verdict{Kind: sdk.Allow, Rule: sdk.RuleItem(rule, i)}
	}
	if matching(other, f.Flow.ID) >= 0 {
		return sdk.DenyVerdict(sdk.Refuse(sdk.DirectionForbidden,
			"partners.%s.%s %q names the flow %s only the other way", p.ID, name, list, f.Flow.ID).By(rule))
	}
	return sdk.DenyVerdict(sdk.Refuse(sdk.FlowForbidden, "partners.%s.%s %q does not name the flow %s", p.ID, name, list, f.Flow.ID).By(rule))
}

// changes reports whether an action changes what is stored, beside a transfer.
func changes(a sdk.Action) bool {
	return a == sdk.ActionRename || a == sdk.ActionRemove || a == sdk.ActionMkdir
}

// manage allows the changes that the partner's own list names, in the flows it may use.
func manage(p *sdk.Partner, a sdk.Action) sdk.Verdict {
	rule := sdk.RuleOf("partners", p.ID, "manage")
	if i := slices.Index(p.Manage, a); i >= 0 {
		return sdk.Verdict{Kind: sdk.Allow, Rule: sdk.RuleItem(rule, i)}
	}
	return sdk.DenyVerdict(sdk.Refuse(sdk.FlowForbidden, "partners.%s.manage %q does not name %s", p.ID, p.Manage, a).By(rule))
}

func message(p *sdk.Partner) sdk.Verdict {
	if p == nil {
		return sdk.DenyVerdict(sdk.Refuse(sdk.MessageForbidden, "the partner is not known"))
	}
	if !p.Messages {
		return sdk.DenyVerdict(sdk.Refuse(sdk.MessageForbidden, "partners.%s.messages is false", p.ID).
			By(sdk.RuleOf("partners", p.ID, "messages")))
	}
	return sdk.PassVerdict()
}

// matching gives the position of the first mask that fits; -1 where none does.
func matching(masks []string, flow string) int {
	return slices.IndexFunc(masks, func(m string) bool { return match([]rune(m), []rune(flow)) })
}

// match compares with a mask: * stands for any number of characters, ? for one. Its time grows with the product of
// both lengths at most.
func match(mask, s []rune) bool {
	m, i := 0, 0
	star, from := -1, 0
	for i < len(s) {
		switch {
		case m < len(mask) && mask[m] == '*':
			star, from = m, i
			m++
		case m < len(mask) && (mask[m] == '?' || mask[m] == s[i]):
			m++
			i++
		case star >= 0:
			from++
			m, i = star+1, from
		default:
			return false
		}
	}
	for m < len(mask) && mask[m] == '*' {
		m++
	}
	return m == len(mask)
}
