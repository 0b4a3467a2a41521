package session_test

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/postern/postern/core/rate"
	"github.com/postern/postern/core/throttle"
	"github.com/postern/postern/sdk"
)

// testExit answers the points it was set for.
type testExit struct {
	answers map[sdk.Point]func() (sdk.Verdict, error)
}

func (e *testExit) Decide(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	return e.answers[q.Point]()
}

// set changes the house: bandwidth (of PARIS, bytes a second), sessions, transfers, connections, unauthenticated, partner_sessions, partner_transfers, throttle (numbers); refuse=say;
// hours, protocols, allow_from, messages, access, drop_flow; exit.POINT=CODE or fail; on_exists.FLOW=RULE;
// durability.FLOW=RULE; filter=HOW@VERSION,... (filters_test.go; for calls to come, at any time); TERM=NUMBER of the listener.
func (h *testHouse) set(p *play, rest string) {
	for _, kv := range strings.Fields(rest) {
		k, v, _ := strings.Cut(kv, "=")
		n, _ := strconv.Atoi(v)
		name, arg, _ := strings.Cut(k, ".")
		switch name {
		case "bandwidth":
			h.house.Rates = rate.NewTable(rate.Settings{Partners: map[string]int64{"PARIS": int64(n)}})
		case "sessions":
			h.house.Limits.Sessions.SetMax(n)
		case "transfers":
			h.house.Limits.Transfers.SetMax(n)
		case "unauthenticated":
			h.house.Limits.Unauthenticated.SetMax(n)
		case "connections":
			h.listener.Connections = n
		case "throttle": // failures; they are counted for a minute, and a ban lasts two
			h.house.Throttle = throttle.New(throttle.Settings{Failures: n, Within: time.Minute, Ban: 2 * time.Minute}, time.Now)
		case "partner_sessions":
			h.partner.MaxSessions = n
		case "partner_transfers":
			h.partner.MaxTransfers = n
		case "peer": // paths: the protocol of paths_test.go
			h.listener.Protocol, h.listener.Terms = paths{}, nil
		case "folders": // implied: the backend has none
			h.flat = v == "implied"
		case "default_flow":
			h.partner.DefaultFlow = v
		case "manage":
			for _, a := range strings.Split(v, ",") {
				h.partner.Manage = append(h.partner.Manage, sdk.Action(a))
			}
		case "send", "receive":
			h.grant(k, v)
		case "refuse":
			h.listener.Say = v == "say"
		case "protocols":
			h.partner.Protocols = strings.Split(v, ",")
		case "allow_from":
			h.partner.AllowFrom = []netip.Prefix{netip.MustParsePrefix(v)}
		case "messages":
			h.partner.Messages = v == "true"
		case "hours": // the bubble's clock begins at midnight UTC
			from, to, _ := strings.Cut(v, "-")
			h.partner.Hours = []sdk.Hours{{From: hour(from), To: hour(to)}}
		case "filter":
			h.filter(v)
		case "exit":
			h.exit.answer(sdk.Point(arg), v)
		case "on_exists", "durability", "max_restarts", "after_send", "path", "publish", "max_size":
			h.setFlow(arg, name, v)
		case "checksum":
			h.listener.Terms = h.listener.Terms.With(sdk.WordsTerm(k, v))
		default:
			h.listener.Terms = h.listener.Terms.With(sdk.NumberTerm(k, int64(n)))
		}
	}
}

func (h *testHouse) setFlow(id, key, value string) {
	f := h.flows[id]
	switch key {
	case "on_exists":
		f.OnExists = sdk.OnExists(value)
	case "durability":
		f.Durability = sdk.Durability(value)
	case "max_restarts":
		f.MaxRestarts, _ = strconv.Atoi(value)
	case "path":
		f.Path = value
	case "publish":
		f.Publish = value == "true"
	case "max_size":
		n, _ := strconv.Atoi(value)
		f.MaxSize = int64(n)
	case "after_send":
		f.DeleteSent = value == "delete"
	}
	h.flows[id] = f
}

// grant sets one of the partner's lists.
func (h *testHouse) grant(list, flows string) {
	into := &h.partner.Receive
	if list == "send" {
		into = &h.partner.Send
	}
	*into = strings.Split(flows, ",")
}

func hour(s string) time.Duration {
	n, _ := strconv.Atoi(s)
	return time.Duration(n) * time.Hour
}

// answer sets what the test exit says at a point: a refusal code, fail, or a change.
func (e *testExit) answer(p sdk.Point, what string) {
	if e.answers == nil {
		e.answers = map[sdk.Point]func() (sdk.Verdict, error){}
	}
	key, value, _ := strings.Cut(what, ":")
	e.answers[p] = func() (sdk.Verdict, error) {
		v := sdk.PassVerdict()
		switch key {
		case "fail":
			return sdk.Verdict{}, fmt.Errorf("the exit broke")
		case "takes": // its time
			d, _ := time.ParseDuration(value)
			time.Sleep(d)
		case "flow":
			v.Set.Flow = &value
		case "attribute":
			v.Set.Attributes = map[string]string{"exit": value}
		case "var":
			v.Set.PathVars = map[string]string{"dept": value}
		case "path":
			v.Set.Path = &value
		case "quarantine":
			d := sdk.DenyVerdict(sdk.Refuse(sdk.DataRejected, "the test exit says no"))
			d.Set.Quarantine = &value
			return d, nil
		case "reply":
			v.Set.Reply = &value
		case "priority":
			n, _ := strconv.Atoi(value)
			v.Set.Priority, v.Set.Labels = &n, map[string]string{"by": "exit"}
		case "force_start":
			v.Set.ForceStart = true
		case "keep":
			yes := true
			v.Set.Keep = &yes
		case "narrow":
			v.Set.Terms = sdk.Terms{sdk.NumberTerm("window", 1)}
		case "widen":
			v.Set.Terms = sdk.Terms{sdk.NumberTerm("window", 60)}
		default:
			return sdk.DenyVerdict(sdk.Refuse(sdk.Code(what), "the test exit says no")), nil
		}
		return v, nil
	}
}
