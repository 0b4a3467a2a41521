package audit

import (
	"strconv"
	"time"
)

// The events that a log tells. Those of the log itself begin with log.
const (
	Refused     = "refused"
	Identified  = "identified"
	Authorized  = "authorized"
	Decided     = "decided" // an exit changed something, or was passed over though it failed
	Ended       = "transfer.ended"
	Interrupted = "transfer.interrupted"
	Operator    = "operator"
	Reloaded    = "configuration.reloaded"
	Purged      = "catalog.purged"
	Started     = "server.started"
	Stopped     = "server.stopped"

	LogBegan    = "log.began"
	LogTorn     = "log.torn"     // the last line was cut by a crash, and is taken up here
	LogDamaged  = "log.damaged"  // the end of the log is not what it was
	LogLost     = "log.lost"     // there was no room for so many
	LogUnsynced = "log.unsynced" // the system could not make a file durable
	LogRemoved  = "log.removed"  // an old file, as configured
)

// Record is one line. Empty fields are left out. It never holds a secret.
type Record struct {
	Time      time.Time
	Event     string
	Phase     string
	Point     string
	Session   string
	Transfer  string
	Partner   string
	Flow      string
	File      string
	Path      string
	Direction string
	Listener  string
	Protocol  string
	Peer      string
	Exit      string
	Verdict   string
	Changes   []string
	Code      string
	Reason    string
	SyncPoint int64
	Bytes     int64
	Records   int64
	SHA256    string
	Actor     string
	Command   string
	Failure   string // why a command did nothing
	Detail    string
	// Count is of equal ones that this line stands for, or of lost ones; Since the time of the first of them.
	Count int64
	Since time.Time
	// LastSeq and LastHash are those of a file that was removed; Torn is what was left of a line.
	LastSeq  int64
	LastHash string
	Torn     string
}

const timeForm = "2006-01-02T15:04:05.000000Z07:00"

// append writes the record as JSON, with its place in the chain and without its own hash.
func (r *Record) append(b []byte, seq int64, prev string) []byte {
	b = strconv.AppendInt(append(b, `{"seq":`...), seq, 10)
	b = r.Time.UTC().AppendFormat(append(b, `,"time":"`...), timeForm)
	b = appendText(append(b, '"'), "event", r.Event)
	for _, f := range [...]struct{ key, value string }{
		{"actor", r.Actor}, {"command", r.Command}, {"failure", r.Failure},
		{"phase", r.Phase}, {"point", r.Point}, {"exit", r.Exit}, {"verdict", r.Verdict},
		{"code", r.Code}, {"reason", r.Reason},
		{"partner", r.Partner}, {"flow", r.Flow}, {"file", r.File}, {"direction", r.Direction}, {"path", r.Path},
		{"transfer", r.Transfer}, {"session", r.Session}, {"peer", r.Peer}, {"listener", r.Listener}, {"protocol", r.Protocol},
		{"sha256", r.SHA256}, {"detail", r.Detail}, {"last_hash", r.LastHash}, {"torn", r.Torn},
	} {
		if f.value != "" {
			b = appendText(b, f.key, f.value)
		}
	}
	for _, f := range [...]struct {
		key   string
		value int64
	}{{"sync_point", r.SyncPoint}, {"bytes", r.Bytes}, {"records", r.Records}, {"count", r.Count}, {"last_seq", r.LastSeq}} {
		if f.value != 0 {
			b = append(append(append(b, `,"`...), f.key...), `":`...)
			b = strconv.AppendInt(b, f.value, 10)
		}
	}
	if !r.Since.IsZero() {
		b = append(r.Since.UTC().AppendFormat(append(b, `,"since":"`...), timeForm), '"')
	}
	b = appendList(b, "changes", r.Changes)
	return append(appendText(b, "prev", prev), '}')
}
