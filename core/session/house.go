package session

import (
	"io"
	"log/slog"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/limit"
	"github.com/postern/postern/core/rate"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/core/throttle"
	"github.com/postern/postern/sdk"
)

// House is what every session of a server shares.
type House struct {
	Catalog  catalog.Catalog
	Observer sdk.Observer
	Pool     *stream.Pool
	Limits   *limit.Server
	Throttle *throttle.Throttle // nil: nobody is banned
	Registry *Registry
	Rates    *rate.Table // of the bytes of files; nil: no limits
	Now      func() time.Time
	Random   io.Reader
	// Log is told what no phase can answer for: bugs, and what could not be noted or taken back. nil: nobody.
	Log *slog.Logger
	// Snapshot takes the configuration of now, as [Current.Take]: whoever asks releases it. A session keeps the one it
	// began with to its end.
	Snapshot func() *Snapshot
}

// Listener is where a call came in.
type Listener struct {
	Name         string
	ProtocolName string
	Protocol     sdk.Protocol
	Relay        sdk.Relay     // nil: whoever connects is the caller
	Transport    sdk.Transport // nil: the connection as it is
	Terms        sdk.Terms     // the widest we accept
	Settings     sdk.Terms
	Timeouts     Timeouts
	// TimeoutRule names the rule of the configuration behind a timer, by its key; nil: there is none.
	TimeoutRule func(key string) string
	Connections int  // at once (MAXCNX); 0: no limit
	Say         bool // over a limit: refuse in the protocol's words instead of closing
}

// Timeouts are the timers of a call; 0 means none.
type Timeouts struct {
	FirstByte time.Duration // from the call to the first byte
	Connect   time.Duration // from the call to the end of the negotiation
	Message   time.Duration // for each message inside a transfer, and for each write
	Idle      time.Duration // between two transfers (DISCTS)
	Abort     time.Duration // for the peer to close after our farewell
}

func (h *House) newID() (string, error) { return catalog.NewID(h.Now(), h.Random) }

// terms are what the flow asks of the protocol beyond what was negotiated.
func (f *Flow) terms() sdk.Terms {
	var t sdk.Terms
	if f.Compression != nil {
		t = append(t, sdk.WordsTerm("compression", f.Compression...))
	}
	if f.RecordLength > 0 {
		t = append(t, sdk.NumberTerm("record_length", int64(f.RecordLength)))
	}
	if f.Records == sdk.RecordsLines || f.Records == sdk.RecordsPrefixed || f.Fixed {
		t = append(t, sdk.FlagTerm("records", true))
	}
	if f.Fixed {
		t = append(t, sdk.FlagTerm("fixed", true))
	}
	return t
}
