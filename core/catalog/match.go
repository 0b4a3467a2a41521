package catalog

import (
	"crypto/sha256"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/postern/postern/core/naming"
)

// Match says whether a name matches a mask: * stands for any run of
// characters, ? for any one; an empty mask matches everything.
func Match(mask, name string) bool {
	if mask == "" {
		return true
	}
	m, s := []rune(mask), []rune(name)
	i, j, star, mark := 0, 0, -1, 0
	for j < len(s) {
		switch {
		case i < len(m) && m[i] == '*':
			star, mark = i, j
			i++
		case i < len(m) && (m[i] == '?' || m[i] == s[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(m) && m[i] == '*' {
		i++
	}
	return i == len(m)
}

// Matches says whether a fetch may release the entry.
func (w Wanted) Matches(e Entry) bool {
	return e.Partner == w.Partner && e.Direction == Send && e.Role == Server && e.Status() == Available &&
		Match(w.Flow, e.Flow) && Match(w.File, e.File) &&
		(Match(w.Name, e.Flow) || Match(w.Name, e.File)) && !slices.Contains(w.Skip, e.ID)
}

// Matches says whether the filter chooses the entry.
func (f Filter) Matches(e Entry) bool {
	return (f.Partner == "" || f.Partner == e.Partner) && (f.Flow == "" || f.Flow == e.Flow) &&
		(f.Direction == "" || f.Direction == e.Direction) && (f.Status == "" || f.Status == e.Status()) &&
		!e.CreatedAt.Before(f.Since) && (f.Until.IsZero() || e.CreatedAt.Before(f.Until)) && f.Names(e)
}

// Names says whether the filter chooses the entry by the name of its file: the one that was asked for, or the one that tells
// it from others of its flow.
func (f Filter) Names(e Entry) bool {
	return f.File == "" || Match(f.File, e.File) || Match(f.File, naming.Shown(e.Flow, e.File, e.Label))
}

// Matches says whether the filter chooses the refusal.
func (f RefusalFilter) Matches(r Refusal) bool {
	return (f.Partner == "" || f.Partner == r.Partner) && (f.Code == "" || f.Code == r.Code) &&
		(f.Phase == "" || f.Phase == r.Phase) && !r.Time.Before(f.Since) && (f.Until.IsZero() || r.Time.Before(f.Until)) &&
		(f.ID == "" || strings.HasPrefix(r.ID, f.ID)) && (f.Flow == "" || r.Flow == "" || f.Flow == r.Flow)
}

// Expires gives the retention that holds for the entry; 0 is for ever. A
// running entry never expires.
func (r Retention) Expires(e Entry) time.Duration {
	switch e.Status() {
	case Done:
		if d, ok := r.DoneByFlow[e.Flow]; ok {
			return d
		}
		return r.Done
	case Available:
		return r.Available
	case Interrupted, Suspended:
		return r.Interrupted
	case Kept:
		return r.Kept
	case Processing:
		return r.Processing
	}
	return 0
}

// FloodLimit is how many equal refusals within FloodWindow are stored one by
// one.
const (
	FloodLimit  = 10
	FloodWindow = time.Minute
)

// Print is the same for two refusals that count as equal: all but id, time,
// session, reason, decisions and the peer's port.
func (r Refusal) Print() [16]byte {
	host, _, err := net.SplitHostPort(r.Peer)
	if err != nil {
		host = r.Peer
	}
	h := sha256.New()
	temporary := "p"
	if r.Temporary {
		temporary = "t"
	}
	for _, s := range []string{r.Phase, r.Point, string(r.Code), temporary, r.Partner, host, r.Listener, r.Exit, r.Flow, string(r.Direction)} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	var out [16]byte
	copy(out[:], h.Sum(nil))
	return out
}

// Normal gives a refusal as it is stored.
func (r Refusal) Normal(now time.Time) Refusal {
	if r.Time.IsZero() {
		r.Time = now
	}
	r.Time = Instant(r.Time)
	r.LastTime = r.Time
	r.Count = max(r.Count, 1)
	return r
}
