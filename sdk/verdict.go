package sdk

import "context"

// VerdictKind is an exit's answer.
type VerdictKind uint8

const (
	// Pass has no opinion; changes count all the same.
	Pass VerdictKind = 1 + iota
	// Allow answers the point's question with yes: only at identify and authorize.
	Allow
	// Deny refuses with the verdict's Refusal.
	Deny
)

// String gives the verdict as it stands in records: pass, allow, refuse.
func (k VerdictKind) String() string {
	switch k {
	case Pass:
		return "pass"
	case Allow:
		return "allow"
	case Deny:
		return "refuse"
	}
	return "none"
}

// Verdict is an exit's answer with what it changes.
type Verdict struct {
	Kind    VerdictKind
	Refusal *Refusal // with Deny
	Set     Changes
	Rule    string // the key of the configuration that decided, as RuleOf gives it; of a refusal its own counts
}

// Changes are the alterations that an exit asks for. A nil field is left alone. A field outside the point's row is a
// refusal that names the exit.
type Changes struct {
	Partner    *Partner          `json:"partner,omitempty"`
	Terms      Terms             `json:"terms,omitempty"` // only narrower
	Flow       *string           `json:"flow,omitempty"`
	PathVars   map[string]string `json:"path_vars,omitempty"`
	Labels     map[string]string `json:"labels,omitempty"`
	Priority   *int              `json:"priority,omitempty"`
	Path       *string           `json:"path,omitempty"`
	Backend    *string           `json:"backend,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	OnExists   *OnExists         `json:"on_exists,omitempty"`
	ForceStart bool              `json:"force_start,omitempty"` // restart at byte 0
	Quarantine *string           `json:"quarantine,omitempty"`  // path the refused file goes to
	Reply      *string           `json:"reply,omitempty"`
	Keep       *bool             `json:"keep,omitempty"` // interrupt: keep (K) instead of hold (H)
	FollowUp   *string           `json:"follow_up,omitempty"`
	Comment    *string           `json:"comment,omitempty"`
}

// Fields lists the names of the fields that are set, as in [PointRow.Changes].
func (c *Changes) Fields() []string {
	var out []string
	add := func(set bool, name string) {
		if set {
			out = append(out, name)
		}
	}
	add(c.Partner != nil, "partner")
	add(c.Terms != nil, "terms")
	add(c.Flow != nil, "flow")
	add(c.PathVars != nil, "path_vars")
	add(c.Labels != nil, "labels")
	add(c.Priority != nil, "priority")
	add(c.Path != nil, "path")
	add(c.Backend != nil, "backend")
	add(c.Attributes != nil, "attributes")
	add(c.OnExists != nil, "on_exists")
	add(c.ForceStart, "force_start")
	add(c.Quarantine != nil, "quarantine")
	add(c.Reply != nil, "reply")
	add(c.Keep != nil, "keep")
	add(c.FollowUp != nil, "follow_up")
	add(c.Comment != nil, "comment")
	return out
}

// Question is what an exit is asked. The facts are the exit's own copy.
type Question struct {
	Point Point
	Facts *Facts
	// Earlier is what the exits asked before at this point have changed.
	Earlier Changes
	// Allowed says that one of them answered with yes: at identify and authorize.
	Allowed bool
	// Config holds the exit's own settings of the configuration, one JSON object, where the exit is a module or a process;
	// "" when there are none. They never change while it is loaded.
	Config string
	// Memo, where it is not nil, is the same for questions in turn with the same Facts. It is for who carries questions out
	// of the server; an exit has no use for it.
	Memo *Memo
}

// Memo keeps the facts of a question encoded for the next exit that is asked with the same. The zero value is empty.
type Memo struct {
	Of      *Facts
	Encoded []byte
}

// Exit decides. It is called once for each question at the points it is configured for, from many goroutines at once.
// A returned error is a failure of the exit, not a refusal: the point's row or on_error says what follows. The context
// ends at the point's deadline.
type Exit interface {
	Decide(ctx context.Context, q Question) (Verdict, error)
}

// PassVerdict has no opinion.
func PassVerdict() Verdict { return Verdict{Kind: Pass} }

// AllowVerdict says yes.
func AllowVerdict() Verdict { return Verdict{Kind: Allow} }

// DenyVerdict refuses.
func DenyVerdict(r *Refusal) Verdict { return Verdict{Kind: Deny, Refusal: r} }
