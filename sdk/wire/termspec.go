package wire

import "github.com/postern/postern/sdk"

// The fields of a TermSpec.
const (
	specTerm     = 1
	specMin      = 2
	specMax      = 3
	specBytes    = 4
	specValues   = 5
	specDescribe = 6
)

func appendTermSpec(b []byte, x *sdk.TermSpec, _ Shown) []byte {
	b = appendTerms(b, specTerm, sdk.Terms{x.Term})
	b = appendInt(b, specMin, x.Min)
	b = appendInt(b, specMax, x.Max)
	b = appendBool(b, specBytes, x.Bytes)
	b = appendTexts(b, specValues, x.Values)
	return appendText(b, specDescribe, x.Describe)
}

func parseTermSpec(x *sdk.TermSpec, r reader) error {
	for r.next() {
		switch r.num {
		case specTerm:
			x.Term = r.term()
		case specMin:
			x.Min = r.int()
		case specMax:
			x.Max = r.int()
		case specBytes:
			x.Bytes = r.flag()
		case specValues:
			x.Values = append(x.Values, r.text())
		case specDescribe:
			x.Describe = r.text()
		}
	}
	if r.err == nil && x.Name == "" {
		return bad("a term without a name")
	}
	return r.err
}

// walkTermSpec names nothing: no exit asks for what a plugin says of itself.
func walkTermSpec(walker, *sdk.TermSpec, Shown) bool { return true }
