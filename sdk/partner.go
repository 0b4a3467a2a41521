package sdk

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Partner is who may call, or whom we call: a record of the configuration or one that a directory exit made up.
type Partner struct {
	ID            string            `json:"id"`               // the name it is known by here
	Name          string            `json:"name"`             // the name it calls with; unique
	Group         string            `json:"group,omitempty"`  // free, for path variables and rules
	Template      bool              `json:"template"`         // never a caller itself, only a model for made-up partners
	From          string            `json:"from,omitempty"`   // the template a made-up partner was made from
	Disabled      bool              `json:"disabled"`         // an operator switched it off
	Password      Secret            `json:"-"`                // hash, or plain text behind a secret reference
	LocalName     string            `json:"local_name"`       // who we say we are to it
	LocalPassword Secret            `json:"-"`                // how we prove it
	Keys          []string          `json:"-"`                // authorized_keys lines
	TLSNames      []string          `json:"tls_names"`        // names one of which its client certificate must bear
	Require       []string          `json:"require"`          // "key", "password", "certificate": all of them are needed
	Protocols     []string          `json:"protocols"`        // that it may speak; empty: none
	AllowFrom     []netip.Prefix    `json:"allow_from"`       // addresses it may call from; empty: any
	Hours         []Hours           `json:"hours"`            // when it may call; empty: always
	MaxSessions   int               `json:"max_sessions"`     // at once; 0: no limit of its own
	MaxTransfers  int               `json:"max_transfers"`    // at once, over all its sessions; 0: no limit of its own
	Receive       []string          `json:"receive"`          // flows we take from it, masks allowed; empty: none
	Send          []string          `json:"send"`             // flows it may fetch, masks allowed; empty: none
	Manage        []Action          `json:"manage,omitempty"` // rename, remove and mkdir, in the flows it may use; empty: none
	Messages      bool              `json:"messages"`         // whether its messages are accepted
	DefaultFlow   string            `json:"default_flow"`     // for a file name that names no flow
	Labels        map[string]string `json:"labels,omitempty"` // free, carried into its transfers
}

// Hours is a weekly span of time.
type Hours struct {
	Days     []time.Weekday // empty: every day
	From, To time.Duration  // since local midnight; From > To wraps midnight and belongs to the day it began on
	Zone     *time.Location // nil: UTC
}

// String gives the span as the configuration has it: "mon tue 06:00 to 22:00 Europe/Paris".
func (h Hours) String() string {
	out := fmt.Sprintf("%s to %s %s", clock(h.From), clock(h.To), h.zone())
	if len(h.Days) > 0 {
		out = strings.Join(h.days(), " ") + " " + out
	}
	return out
}

// MarshalJSON gives it the configuration's keys and values.
func (h Hours) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Days     []string `json:"days,omitempty"`
		From     string   `json:"from"`
		To       string   `json:"to"`
		Timezone string   `json:"timezone"`
	}{h.days(), clock(h.From), clock(h.To), h.zone().String()})
}

func (h Hours) days() (names []string) {
	for _, d := range h.Days {
		names = append(names, strings.ToLower(d.String()[:3]))
	}
	return names
}

func (h Hours) zone() *time.Location {
	if h.Zone == nil {
		return time.UTC
	}
	return h.Zone
}

func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute)
}

// Open reports whether t falls into the span. From is inside, To is outside; equal ends mean the whole day.
func (h Hours) Open(t time.Time) bool {
	t = t.In(h.zone())
	at := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute +
		time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
	switch {
	case h.From == h.To:
		return h.on(t.Weekday())
	case h.From < h.To:
		return h.on(t.Weekday()) && at >= h.From && at < h.To
	case at >= h.From:
		return h.on(t.Weekday())
	default:
		return at < h.To && h.on((t.Weekday()+6)%7)
	}
}

func (h Hours) on(d time.Weekday) bool {
	for _, x := range h.Days {
		if x == d {
			return true
		}
	}
	return len(h.Days) == 0
}
