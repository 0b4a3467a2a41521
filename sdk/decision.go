package sdk

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Decision is what one exit, an operator or the server itself decided about a call or a transfer, as it is kept.
type Decision struct {
	Time    time.Time `json:"time"`
	Point   string    `json:"point"`
	Exit    string    `json:"exit"` // server: the server itself; at the point operator it is who asked
	Verdict string    `json:"verdict"`
	Code    Code      `json:"code,omitempty"`
	// Detail is the private sentence of a refusal or a failure.
	Detail string `json:"detail,omitempty"`
	// Changes is an object of the fields that it changed, with their new values; what is secret is left out.
	Changes json.RawMessage `json:"changes,omitempty"`
	// Rule is the key of the configuration that decided, Place where it stood then: postern.yaml:41:14, environment NAME,
	// --set KEY, or default. Both are empty where no rule of the configuration did.
	Rule     string        `json:"rule,omitempty"`
	Place    string        `json:"place,omitempty"`
	Duration time.Duration `json:"duration,omitempty"` // nanoseconds; a filter's of all its blocks
	Failed   bool          `json:"failed,omitempty"`   // there was no answer
	Blocks   int64         `json:"blocks,omitempty"`   // that a filter was given
}

// ByServer is the name under which the server's own decisions are kept.
const ByServer = "server"

// RuleOf joins keys to the name of a rule as faults of the configuration write it: partners.PARIS.receive,
// partners."A.B".hours.
func RuleOf(keys ...string) string {
	var b strings.Builder
	for i, k := range keys {
		if i > 0 {
			b.WriteByte('.')
		}
		if k == "" || strings.ContainsFunc(k, inQuotes) {
			k = strconv.Quote(k)
		}
		b.WriteString(k)
	}
	return b.String()
}

// RuleItem is the rule that stands at a position of a list, from 0 on.
func RuleItem(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

func inQuotes(r rune) bool {
	return r <= ' ' || strings.ContainsRune(".[]\"'=\\", r) || !strconv.IsPrint(r)
}
