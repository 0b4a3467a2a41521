package session_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/postern/postern/sdk"
)

// paths is a protocol for scenarios: its peer names files by paths, keeps several open and goes on while answers are owed.
// The peer chooses the refs and tags. A line of it is one of
//
//	HELLO NAME SECRET        BYE
//	put REF PATH MODE        to be answered open REF POINT AT; MODE is new, keep, append, replace or exclusive
//	get REF PATH             to be answered open REF 0 0 SIZE
//	write REF AT TEXT        sync REF N             end REF (of a put: End and Finish)
//	want REF TAG AT LEN      close REF (of a get)   leave REF
//	list|stat|mkdir|statvfs REF PATH    remove REF PATH [dir]    setstat REF PATH SIZE    rename REF PATH TARGET [replace]
//	rows REF TAG AT          the next rows of a list
//
// What is answered bears the ref. Data comes behind a header of dataGap bytes that the dialogue fills in place.
type paths struct{}

func (paths) Name() string { return "line" }

func (paths) Begin(_ sdk.Opening, out []byte) (sdk.Dialogue, []byte, error) {
	return &pathTalk{}, out, nil
}

type pathTalk struct {
	later   []sdk.Event
	stopped map[uint32]bool
}

const dataGap = 32

func (d *pathTalk) Pipelined() int               { return 8 }
func (d *pathTalk) Frame(uint32) (gap, most int) { return dataGap, 64 << 10 }
func (d *pathTalk) Close()                       {}

func (d *pathTalk) Hear(in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
	used := 0
	for {
		for len(d.later) > 0 && len(ev) < cap(ev) {
			ev, d.later = append(ev, d.later[0]), d.later[1:]
		}
		line, _, ok := bytes.Cut(in[used:], []byte("\n"))
		if !ok || len(ev) == cap(ev) {
			return used, ev, out, nil
		}
		from := used
		used += len(line) + 1
		e, err := d.event(strings.Fields(string(line)))
		if err != nil {
			return used, append(ev, sdk.Event{Kind: sdk.KindFault, Refusal: sdk.Refuse(sdk.ProtocolViolation, "%v", err)}), out, nil
		}
		if e.Kind == sdk.KindData { // a slice of in, as the contract wants it
			end := from + len(line)
			e.Bytes = in[end-len(e.Bytes) : end]
			if d.stopped[e.Ref] {
				continue
			}
		}
		if e.Kind == sdk.KindEnd {
			d.later = append(d.later, sdk.Event{Kind: sdk.KindFinish, Ref: e.Ref, Agree: true})
		}
		ev = append(ev, e)
	}
}

var modes = map[string]sdk.Mode{"new": 0, "keep": sdk.ModeKeep, "append": sdk.ModeAppend, "replace": sdk.ModeReplace, "exclusive": sdk.ModeExclusive}

func (d *pathTalk) event(w []string) (e sdk.Event, err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("no such line: %q", w)
		}
	}()
	number := func(i int) int64 {
		n, err := strconv.ParseInt(w[i], 10, 64)
		if err != nil {
			panic(err)
		}
		return n
	}
	if w[0] == "HELLO" {
		return sdk.Event{Kind: sdk.KindHello, Hello: &sdk.Hello{Claim: sdk.Claim{Name: w[1], Secret: sdk.NewSecret(w[2]), Method: "password"}}}, nil
	}
	if w[0] == "BYE" {
		return sdk.Event{Kind: sdk.KindBye}, nil
	}
	e.Ref = uint32(number(1))
	request := func(a sdk.Action) *sdk.Request {
		e.Kind = sdk.KindRequest
		e.Request = &sdk.Request{Action: a, Kind: sdk.RequestFile, File: strings.TrimPrefix(w[2], "/"), Size: -1}
		return e.Request
	}
	switch w[0] {
	case "put":
		request(sdk.ActionCreate).Mode = modes[w[3]]
	case "get":
		request(sdk.ActionRead)
	case "list", "stat", "mkdir", "statvfs":
		request(sdk.Action(w[0]))
	case "remove":
		if r := request(sdk.ActionRemove); len(w) > 3 {
			r.Attributes = map[string]string{"kind": w[3]}
		}
	case "setstat":
		request(sdk.ActionSetstat).Size = number(3)
	case "rename":
		r := request(sdk.ActionRename)
		if r.Target = strings.TrimPrefix(w[3], "/"); len(w) > 4 {
			r.Mode = modes[w[4]]
		}
	case "write":
		e.Kind, e.At, e.Bytes = sdk.KindData, number(2), []byte(w[3])
	case "sync":
		e.Kind, e.Point = sdk.KindSync, number(2)
	case "end":
		e.Kind = sdk.KindEnd
	case "want":
		e.Kind, e.Tag, e.At, e.Len = sdk.KindWant, uint32(number(2)), number(3), int(number(4))
	case "rows":
		e.Kind, e.Tag, e.At = sdk.KindWant, uint32(number(2)), number(3)
	case "close":
		e.Kind, e.Agree = sdk.KindFinish, true
	case "leave":
		e.Kind = sdk.KindLeave
	default:
		panic(w[0])
	}
	return e, nil
}

func (d *pathTalk) Say(m sdk.Message, out []byte) (sdk.Said, []byte, error) {
	say := func(format string, args ...any) { out = fmt.Appendf(out, format+"\n", args...) }
	switch m.Kind {
	case sdk.KindWelcome:
		say("welcome")
	case sdk.KindGrant:
		size := int64(-1)
		if m.Grant != nil {
			size = m.Grant.Size
		}
		d.later = append(d.later, sdk.Event{Kind: sdk.KindBegin, Ref: m.Ref, Point: sdk.NoPoint})
		say("granted %d %d", m.Ref, size)
	case sdk.KindStart:
		say("open %d %d %d", m.Ref, m.Point, m.At)
	case sdk.KindData:
		if len(m.Bytes) == 0 {
			say("data %d %d %d end", m.Ref, m.Tag, m.At)
			return sdk.Said{}, out, nil
		}
		head := fmt.Sprintf("data %d %d %d %d", m.Ref, m.Tag, m.At, len(m.Bytes)-dataGap)
		copy(m.Bytes, fmt.Sprintf("%-*s\n", dataGap-1, head))
		return sdk.Said{Used: len(m.Bytes)}, out, nil
	case sdk.KindSynced:
		say("synced %d %d", m.Ref, m.Point)
	case sdk.KindFinished:
		say("finished %d", m.Ref)
	case sdk.KindRefuse:
		say("refused %d %d %s", m.Ref, m.Tag, m.Refusal.Code)
	case sdk.KindReply:
		say("reply %d %d%s", m.Ref, m.Tag, rowsOf(m.Reply))
	case sdk.KindStop:
		say("stop %d %s", m.Ref, m.Refusal.Code)
		if d.stopped == nil {
			d.stopped = map[uint32]bool{}
		}
		d.stopped[m.Ref] = true
		d.later = append(d.later, sdk.Event{Kind: sdk.KindStopped, Ref: m.Ref})
	case sdk.KindAbort, sdk.KindExpired:
		code := sdk.Code(m.Timer)
		if m.Refusal != nil {
			code = m.Refusal.Code
		}
		say("over %s", code)
		return sdk.Said{Next: sdk.Hangup}, out, nil
	default:
		return sdk.Said{}, out, fmt.Errorf("%s is not said here", m.Kind)
	}
	return sdk.Said{}, out, nil
}

// rowsOf writes rows as NAME:RIGHTS:SIZE; a folder has no size.
func rowsOf(r *sdk.Reply) string {
	var b strings.Builder
	for _, e := range r.Entries {
		rights := ""
		if e.Dir {
			rights = "d"
		}
		if e.Read {
			rights += "r"
		}
		if e.Write {
			rights += "w"
		}
		fmt.Fprintf(&b, " %s:%s", e.Name, rights)
		if !e.Dir {
			fmt.Fprintf(&b, ":%d", e.Size)
		}
	}
	if r.More {
		b.WriteString(" more")
	}
	if r.Space != nil {
		fmt.Fprintf(&b, " %d/%d", r.Space.Available, r.Space.Total)
	}
	return b.String()
}
