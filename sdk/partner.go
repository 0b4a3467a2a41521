package sdk

import (
	"net/netip"
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

// Open reports whether t falls into the span. From is inside, To is outside; equal ends mean the whole day.
func (h Hours) Open(t time.Time) bool {
	zone := h.Zone
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
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
