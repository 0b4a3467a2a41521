package sftp_test

import (
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/plugins/protocol/sftp"
	"github.com/postern/postern/sdk"
)

// at is when all tests play.
var at = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func opening() sdk.Opening {
	return sdk.Opening{Role: sdk.Answering, Now: at, Random: [16]byte{1, 2, 3, 4, 5, 6, 7, 8}}
}

// house plays the core for one dialogue: files are in a map, and folders are what stands before a slash.
type house struct {
	testing.TB
	d      sdk.Dialogue
	files  map[string][]byte
	open   map[uint32]*sdk.Request
	out    []byte
	room   int         // for events in each Hear
	owed   []sdk.Event // asked and not answered
	hold   bool        // keep what is asked in owed
	deny   func(e *sdk.Event) *sdk.Refusal
	heard  []sdk.Kind
	over   bool
	sparse bool // forget what is written
}

func newHouse(t testing.TB) *house {
	t.Helper()
	d, out, err := sftp.Protocol{}.Begin(opening(), nil)
	if err != nil || len(out) > 0 {
		t.Fatalf("begin: %q, %v", out, err)
	}
	return &house{TB: t, d: d, files: map[string][]byte{}, open: map[uint32]*sdk.Request{}, room: 4}
}

// offers lets the dialogue hear bytes, as the core does, and gives what it did not use.
func (h *house) offers(in []byte) []byte {
	for {
		used, ev, out, err := h.d.Hear(in, make([]sdk.Event, 0, h.room), h.out)
		if err != nil || used < 0 || used > len(in) || len(ev) > h.room {
			h.Fatalf("hear: used %d of %d, %d events: %v", used, len(in), len(ev), err)
		}
		h.out = out
		for _, e := range ev {
			h.hears(e)
		}
		in = in[used:]
		if used == 0 && len(ev) == 0 {
			return in
		}
	}
}

func (h *house) hears(e sdk.Event) {
	h.heard = append(h.heard, e.Kind)
	switch e.Kind {
	case sdk.KindData:
		h.write(e)
	case sdk.KindLeave:
		delete(h.open, e.Ref)
	case sdk.KindFault:
		h.over = true
	case sdk.KindEnd, sdk.KindStopped:
	default:
		if h.owed = append(h.owed, e); len(h.owed) > sdk.MaxPipelined {
			h.Fatalf("%d answers are owed", len(h.owed))
		}
		if !h.hold {
			h.answer(len(h.owed) - 1)
		}
	}
}

func (h *house) write(e sdk.Event) {
	r := h.open[e.Ref]
	if r == nil || r.Action != sdk.ActionCreate {
		h.Fatalf("data for ref %d, which is not open", e.Ref)
	}
	if h.sparse {
		return
	}
	b := h.files[r.File]
	if end := int(e.At) + len(e.Bytes); end > len(b) {
		b = append(b, make([]byte, end-len(b))...)
	}
	copy(b[e.At:], e.Bytes)
	h.files[r.File] = b
}

// answer says what is owed to one event.
func (h *house) answer(i int) {
	e := h.owed[i]
	h.owed = slices.Delete(h.owed, i, i+1)
	m := sdk.Message{Ref: e.Ref, Tag: e.Tag, Point: e.Point}
	if h.deny != nil {
		m.Refusal = h.deny(&e)
	}
	if m.Refusal == nil {
		m.Refusal = e.Refusal
	}
	switch {
	case m.Refusal != nil:
		m.Kind = sdk.KindRefuse
	case e.Kind == sdk.KindRequest:
		h.request(&m, e.Request)
	case e.Kind == sdk.KindHello:
		m.Kind, m.Welcome = sdk.KindWelcome, &sdk.Welcome{}
	case e.Kind == sdk.KindBegin:
		m.Kind = sdk.KindStart
		if r := h.open[e.Ref]; r.Mode&(sdk.ModeKeep|sdk.ModeAppend) != 0 {
			m.At = int64(len(h.files[r.File]))
		}
	case e.Kind == sdk.KindFinish:
		m.Kind = sdk.KindFinished
	case e.Kind == sdk.KindSync:
		m.Kind = sdk.KindSynced
	case e.Kind == sdk.KindWant && h.open[e.Ref].Action == sdk.ActionRead:
		m.Kind, m.Bytes = sdk.KindData, h.framed(e)
	case e.Kind == sdk.KindWant:
		m.Kind, m.Reply = sdk.KindReply, h.list(h.open[e.Ref].File, int(e.At))
	}
	h.says(m)
}

func (h *house) says(m sdk.Message) {
	said, out, err := h.d.Say(m, h.out)
	if err != nil {
		h.Fatalf("say %s: %v", m.Kind, err)
	}
	h.out = out
	if m.Kind == sdk.KindData && said.Used > 0 {
		h.out = append(h.out, m.Bytes[:said.Used]...)
	}
	h.over = h.over || said.Next == sdk.Hangup
}

// framed gives a piece of a file behind the gap that the dialogue asks for; nothing at its end.
func (h *house) framed(e sdk.Event) []byte {
	gap, most := h.d.(sdk.Framer).Frame(e.Ref)
	b := h.files[h.open[e.Ref].File]
	b = b[min(int(e.At), len(b)):]
	b = b[:min(e.Len, len(b), most)]
	if len(b) == 0 {
		return nil
	}
	return append(make([]byte, gap), b...)
}

const rowsAtOnce = 50

func (h *house) list(folder string, from int) *sdk.Reply {
	var rows []sdk.DirEntry
	for _, name := range slices.Sorted(maps.Keys(h.files)) {
		rest, ok := strings.CutPrefix("/"+name, strings.TrimSuffix("/"+folder, "/")+"/")
		first, _, deep := strings.Cut(rest, "/")
		if !ok || first == "" || slices.ContainsFunc(rows, func(e sdk.DirEntry) bool { return e.Name == first }) {
			continue
		}
		rows = append(rows, sdk.DirEntry{Name: first, Size: int64(len(h.files[name])), Modified: at.Add(-time.Hour), Dir: deep, Read: true, Write: !deep})
	}
	from = min(from, len(rows))
	to := min(from+rowsAtOnce, len(rows))
	return &sdk.Reply{Entries: rows[from:to], More: to < len(rows)}
}

func (h *house) request(m *sdk.Message, r *sdk.Request) {
	m.Kind, m.Reply = sdk.KindReply, &sdk.Reply{}
	b, known := h.files[r.File]
	switch r.Action {
	case sdk.ActionCreate:
		if r.Mode&sdk.ModeReplace != 0 || !known {
			h.files[r.File] = nil
		}
		h.open[m.Ref] = r
		m.Kind, m.Grant = sdk.KindGrant, &sdk.Grant{Size: -1}
		return
	case sdk.ActionList:
		h.open[m.Ref], m.Reply = r, h.list(r.File, 0)
		return
	case sdk.ActionStatvfs:
		m.Reply.Space = &sdk.Space{Total: 8192, Free: 4096, Available: 4096, Files: 7, FilesFree: 3}
		return
	case sdk.ActionStat:
		if folder := h.list(r.File, 0); !known && (r.File == "" || len(folder.Entries) > 0) {
			m.Reply.Entries = []sdk.DirEntry{{Dir: true, Read: true}}
			return
		}
	case sdk.ActionMkdir:
		known = true
	}
	if !known {
		m.Kind, m.Refusal = sdk.KindRefuse, sdk.Refuse(sdk.FileMissing, "not in the map")
		return
	}
	switch r.Action {
	case sdk.ActionRead:
		h.open[m.Ref] = r
		m.Kind, m.Grant = sdk.KindGrant, &sdk.Grant{Size: int64(len(b)), Modified: at}
	case sdk.ActionStat:
		m.Reply.Entries = []sdk.DirEntry{{Size: int64(len(b)), Modified: at, Read: true, Write: true}}
	case sdk.ActionSetstat:
		if r.Size >= 0 {
			h.files[r.File] = append(b[:min(len(b), int(r.Size))], make([]byte, max(0, int(r.Size)-len(b)))...)
		}
	case sdk.ActionRemove:
		delete(h.files, r.File)
	case sdk.ActionRename:
		if _, taken := h.files[r.Target]; taken && r.Mode == sdk.ModeExclusive {
			m.Kind, m.Refusal = sdk.KindRefuse, sdk.Refuse(sdk.FileExists, "in the map")
			return
		}
		h.files[r.Target] = b
		delete(h.files, r.File)
	}
}

// serves plays the core on a connection until it ends.
func (h *house) serves(c io.ReadWriteCloser) {
	defer c.Close()
	var waiting []byte
	buf := make([]byte, 40_000)
	for !h.over {
		n, err := c.Read(buf)
		waiting = append([]byte(nil), h.offers(append(waiting, buf[:n]...))...)
		if _, werr := c.Write(h.out); err != nil || werr != nil {
			return
		}
		h.out = h.out[:0]
	}
}
