package wire

import (
	"errors"
	"fmt"

	"github.com/postern/postern/sdk"
)

// BackendMethod is one method of a backend, by its number in the contract.
type BackendMethod uint32

// The methods of a backend. What has a handle is a method of an open file.
const (
	BackendConfigure  BackendMethod = 0 // of a process alone, where methods have names
	BackendCreate     BackendMethod = 64
	BackendResume     BackendMethod = 65
	BackendOpen       BackendMethod = 66
	BackendProbe      BackendMethod = 67
	BackendStat       BackendMethod = 68
	BackendList       BackendMethod = 69
	BackendRename     BackendMethod = 70
	BackendRemove     BackendMethod = 71
	BackendRemovePart BackendMethod = 72
	BackendParts      BackendMethod = 73
	BackendMkdir      BackendMethod = 74
	BackendRmdir      BackendMethod = 75
	BackendWriteAt    BackendMethod = 80
	BackendReadAt     BackendMethod = 81
	BackendSync       BackendMethod = 82
	BackendTruncate   BackendMethod = 83
	BackendCommit     BackendMethod = 84
	BackendQuarantine BackendMethod = 85
	BackendClose      BackendMethod = 86
	BackendDiscard    BackendMethod = 87
)

// What a reply of a backend may hold, in bytes.
const (
	MaxBackendState   = 64 << 10
	MaxBackendReply   = 128 << 10 // of any method but those that list
	MaxBackendListing = 4 << 20
)

var backendMethods = map[BackendMethod]string{
	BackendConfigure: "Configure", BackendCreate: "Create", BackendResume: "Resume", BackendOpen: "Open", BackendProbe: "Probe",
	BackendStat: "Stat", BackendList: "List", BackendRename: "Rename", BackendRemove: "Remove", BackendRemovePart: "RemovePart",
	BackendParts: "Parts", BackendMkdir: "Mkdir", BackendRmdir: "Rmdir", BackendWriteAt: "WriteAt", BackendReadAt: "ReadAt", BackendSync: "Sync", BackendTruncate: "Truncate",
	BackendCommit: "Commit", BackendQuarantine: "Quarantine", BackendClose: "Close", BackendDiscard: "Discard",
}

// String gives the method's name in the contract, "" for a number that has none.
func (m BackendMethod) String() string { return backendMethods[m] }

// Largest is the most bytes that a reply may have, without the bytes of a file.
func (m BackendMethod) Largest() int {
	if m == BackendList || m == BackendParts {
		return MaxBackendListing
	}
	return MaxBackendReply
}

// BackendCall is what a backend is asked: of each method the fields that its request has. The zero value of the others
// is not written.
type BackendCall struct {
	Target   *sdk.Target
	State    []byte
	Path, To string
	Handle   uint64
	Offset   int64
	Length   int64
	Rule     sdk.OnExists
	Config   string
	Block    []byte // of a process; in a module it is the body. A part of what was parsed
}

// BackendReply is what came of it: of each method the fields that its reply has.
type BackendReply struct {
	// Failure is a [*sdk.Refusal], [sdk.ErrNoPart] or [*sdk.CommittedError]; nil: it was done.
	Failure error
	Handle  uint64
	Info    sdk.FileInfo
	Entries []sdk.FileInfo
	Parts   []sdk.Part
	Durable int64
	State   []byte
	Path    string
	Length  int64
	Block   []byte // of a process; in a module it is the body. A part of what was parsed
}

// BlockField is the number of the field with the bytes of a file, in requests and replies.
const BlockField = 15

// AppendBackendCall appends the request of a method.
func AppendBackendCall(b []byte, c *BackendCall) []byte {
	if c.Target != nil {
		var at int
		b, at = begin(b, 1)
		b = end(appendPlace(b, c.Target), at)
	}
	b = appendBytes(b, 2, c.State)
	b = appendText(b, 3, c.Path)
	b = appendText(b, 4, c.To)
	b = appendInt(b, 5, int64(c.Handle))
	b = appendInt(b, 6, c.Offset)
	b = appendInt(b, 7, c.Length)
	b = appendText(b, 8, string(c.Rule))
	b = appendText(b, 9, c.Config)
	return appendBytes(b, BlockField, c.Block)
}

// appendPlace writes a target; an unknown size is left out, and 0 is written.
func appendPlace(b []byte, t *sdk.Target) []byte {
	b = appendText(b, 1, t.ID)
	b = appendText(b, 2, t.Path)
	b = appendText(b, 3, string(t.OnExists))
	b = appendText(b, 4, string(t.Durability))
	if t.Size >= 0 {
		b = appendVarint(appendTag(b, 5, typeVarint), uint64(t.Size))
	}
	return b
}

// ParseBackendCall reads a request. What it returns are parts of the string, but for State.
func ParseBackendCall(s string) (c BackendCall, err error) {
	r := reader{rest: s}
	for r.next() {
		switch r.num {
		case 1:
			c.Target = &sdk.Target{Size: -1}
			r.within(parsePlace(c.Target, r.message()))
		case 2:
			c.State = r.bytes()
		case 3:
			c.Path = r.text()
		case 4:
			c.To = r.text()
		case 5:
			c.Handle = uint64(r.int())
		case 6:
			c.Offset = r.int()
		case 7:
			c.Length = r.int()
		case 8:
			c.Rule = sdk.OnExists(r.text())
		case 9:
			c.Config = r.text()
		}
	}
	return c, r.err
}

func parsePlace(t *sdk.Target, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			t.ID = r.text()
		case 2:
			t.Path = r.text()
		case 3:
			t.OnExists = sdk.OnExists(r.text())
		case 4:
			t.Durability = sdk.Durability(r.text())
		case 5:
			t.Size = r.int()
		}
	}
	return r.err
}

// The values of BackendPartGone.
const (
	partMissing   = 1
	partCommitted = 2
)

// AppendBackendReply appends the reply of a method. An error that is none of the contract's is said as data.io.
func AppendBackendReply(b []byte, a *BackendReply) []byte {
	if a.Failure != nil {
		var at int
		b, at = begin(b, 1)
		return end(appendFailure(b, a.Failure), at)
	}
	b = appendInt(b, 2, int64(a.Handle))
	if a.Info != (sdk.FileInfo{}) {
		b = appendInfo(b, 3, &a.Info)
	}
	for i := range a.Entries {
		b = appendInfo(b, 4, &a.Entries[i])
	}
	for i := range a.Parts {
		p := &a.Parts[i]
		var at int
		b, at = begin(b, 5)
		b = end(appendTime(appendInt(appendText(appendText(b, 1, p.ID), 2, p.Path), 3, p.Size), 4, p.Modified), at)
	}
	b = appendInt(b, 6, a.Durable)
	b = appendBytes(b, 7, a.State)
	b = appendText(b, 8, a.Path)
	b = appendInt(b, 9, a.Length)
	b = appendBool(b, 10, true)
	return appendBytes(b, BlockField, a.Block)
}

func appendInfo(b []byte, num int, i *sdk.FileInfo) []byte {
	b, at := begin(b, num)
	b = appendText(b, 1, i.Path)
	b = appendInt(b, 2, i.Size)
	b = appendTime(b, 3, i.Modified)
	b = appendText(b, 4, i.Tag)
	return end(appendBool(b, 5, i.Dir), at)
}

// longestDetail is how much of an error's text crosses, in bytes.
const longestDetail = 1000

func appendFailure(b []byte, err error) []byte {
	var committed *sdk.CommittedError
	switch {
	case errors.As(err, &committed):
		return appendText(appendInt(b, 5, partCommitted), 6, committed.Path)
	case errors.Is(err, sdk.ErrCommitted):
		return appendInt(b, 5, partCommitted)
	case errors.Is(err, sdk.ErrNoPart):
		return appendInt(appendText(b, 4, clipped(err.Error())), 5, partMissing)
	}
	refusal := sdk.ToRefusal(err, sdk.DataIO)
	detail := refusal.Detail
	if refusal.Cause != nil {
		if detail != "" {
			detail += ": "
		}
		detail += refusal.Cause.Error()
	}
	b = appendText(b, 1, string(refusal.Code))
	b = appendVarint(appendTag(b, 2, typeVarint), uint64(number(refusal.Temporary)))
	b = appendText(b, 3, refusal.Public)
	return appendText(b, 4, clipped(detail))
}

func clipped(s string) string {
	if len(s) > longestDetail {
		return s[:longestDetail] + "…"
	}
	return s
}

// ParseBackendReply reads a reply. What it returns are parts of the string, but for State. A failure that is none of the
// contract's is an error, and so is a reply that does not say whether it was done.
func ParseBackendReply(s string) (a BackendReply, err error) {
	r := reader{rest: s}
	done := false
	for r.next() {
		switch r.num {
		case 1:
			a.Failure, err = parseFailure(r.message())
			r.within(err)
		case 2:
			a.Handle = uint64(r.int())
		case 3:
			r.within(parseInfo(&a.Info, r.message()))
		case 4:
			a.Entries = append(a.Entries, sdk.FileInfo{})
			r.within(parseInfo(&a.Entries[len(a.Entries)-1], r.message()))
		case 5:
			a.Parts = append(a.Parts, sdk.Part{})
			r.within(parsePart(&a.Parts[len(a.Parts)-1], r.message()))
		case 6:
			a.Durable = r.int()
		case 7:
			a.State = r.bytes()
		case 8:
			a.Path = r.text()
		case 9:
			a.Length = r.int()
		case 10:
			done = r.flag()
		}
	}
	if r.err == nil && !done && a.Failure == nil {
		return a, bad("it does not say whether it was done")
	}
	return a, r.err
}

func parseInfo(i *sdk.FileInfo, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			i.Path = r.text()
		case 2:
			i.Size = r.int()
		case 3:
			i.Modified = r.time()
		case 4:
			i.Tag = r.text()
		case 5:
			i.Dir = r.flag()
		}
	}
	return r.err
}

func parsePart(p *sdk.Part, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			p.ID = r.text()
		case 2:
			p.Path = r.text()
		case 3:
			p.Size = r.int()
		case 4:
			p.Modified = r.time()
		}
	}
	return r.err
}

func parseFailure(r reader) (error, error) {
	var code, public, detail, path string
	var temporary *bool
	part := int64(0)
	for r.next() {
		switch r.num {
		case 1:
			code = r.text()
		case 2:
			v := r.flag()
			temporary = &v
		case 3:
			public = r.text()
		case 4:
			detail = r.text()
		case 5:
			part = r.int()
		case 6:
			path = r.text()
		}
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case part == partMissing:
		return fmt.Errorf("%w: %s", sdk.ErrNoPart, detail), nil
	case part == partCommitted:
		return &sdk.CommittedError{Path: path}, nil
	case part != 0:
		return nil, bad("%d says nothing of a temporary file", part)
	}
	row, ok := sdk.Code(code).Row()
	if !ok {
		return nil, bad("%.60q is no code", code)
	}
	refusal := &sdk.Refusal{Code: row.Code, Temporary: row.Temporary, Public: row.Public, Detail: detail}
	if temporary != nil {
		refusal.Temporary = *temporary
	}
	if public != "" {
		refusal.Public = public
	}
	return refusal, nil
}
