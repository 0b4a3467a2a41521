package wire

import (
	"github.com/postern/postern/sdk"
)

// The fields of a reply.
const (
	replyVerdict   = 1
	replyCode      = 2
	replyTemporary = 3
	replyPublic    = 4
	replyDetail    = 5
	replySet       = 6
)

// every lets all changes be written: whether a point allows one is judged by who asked.
const every = ^uint32(0)

// AppendVerdict appends the reply message of a point.
func AppendVerdict(b []byte, p sdk.Point, v *sdk.Verdict) []byte {
	b = appendInt(b, replyVerdict, int64(v.Kind))
	if r := v.Refusal; r != nil {
		b = appendText(b, replyCode, string(r.Code))
		b = appendVarint(appendTag(b, replyTemporary, typeVarint), uint64(number(r.Temporary)))
		b = appendText(b, replyPublic, r.Public)
		b = appendText(b, replyDetail, r.Detail)
	}
	start := len(b)
	b, at := begin(b, replySet)
	b = end(appendChanges(b, &v.Set, every, Shown{Stored: true}), at)
	if len(b) == at {
		b = b[:start]
	}
	return b
}

// ParseVerdict reads the reply message of a point. The error is [ErrMessage]: an answer without a verdict, with an unknown one,
// or one that cannot be read is none. Whether the point allows the verdict and the changes is judged by who asked.
func ParseVerdict(p sdk.Point, s string) (sdk.Verdict, error) {
	var v sdk.Verdict
	var refusal sdk.Refusal
	var temporary, said bool
	r := reader{rest: s}
	for r.next() {
		switch r.num {
		case replyVerdict:
			if n := r.int(); n >= int64(sdk.Pass) && n <= int64(sdk.Deny) {
				v.Kind = sdk.VerdictKind(n)
			} else {
				return v, bad("the verdict %d at %s", n, p)
			}
		case replyCode:
			refusal.Code = sdk.Code(r.text())
		case replyTemporary:
			temporary, said = r.flag(), true
		case replyPublic:
			refusal.Public = r.text()
		case replyDetail:
			refusal.Detail = r.text()
		case replySet:
			r.within(parseChanges(&v.Set, r.message()))
		}
	}
	if r.err != nil {
		return sdk.Verdict{}, r.err
	}
	if v.Kind == 0 {
		return sdk.Verdict{}, bad("no verdict at %s", p)
	}
	if v.Kind == sdk.Deny {
		v.Refusal = CompleteRefusal(refusal, nil)
		if said {
			v.Refusal.Temporary = temporary
		}
	}
	return v, nil
}

// CompleteRefusal gives a refusal that an exit gave what it left out: the code of exits, and the code's own sentence for
// the peer and whether it may try again.
func CompleteRefusal(r sdk.Refusal, temporary *bool) *sdk.Refusal {
	if r.Code == "" {
		r.Code = sdk.ExitRefused
	}
	if row, ok := r.Code.Row(); ok {
		r.Temporary = row.Temporary
		if r.Public == "" {
			r.Public = row.Public
		}
	}
	if temporary != nil {
		r.Temporary = *temporary
	}
	return &r
}

// AppendManifest appends a DescribeReply.
func AppendManifest(b []byte, m *sdk.Manifest) []byte { return appendDescribeReply(b, m, Shown{}) }

// ParseManifest reads a DescribeReply.
func ParseManifest(s string) (sdk.Manifest, error) {
	var m sdk.Manifest
	err := parseDescribeReply(&m, reader{rest: s})
	return m, err
}
