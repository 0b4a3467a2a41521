package sdk

import (
	"io"
	"net/netip"
	"time"
)

// Facts are what an exit may know. They accumulate over a call: at each point the sections of its row are new and the
// earlier ones are still there. A nil section is not known yet. Exits read facts and never change them.
type Facts struct {
	Time     time.Time `json:"time"`
	Session  string    `json:"session"`
	Transfer string    `json:"transfer,omitempty"`

	Call      *CallFacts      `json:"call,omitempty"`
	Claim     *Claim          `json:"claim,omitempty"`
	Partner   *Partner        `json:"partner,omitempty"`
	Proposed  Terms           `json:"proposed,omitempty"`
	Terms     Terms           `json:"terms,omitempty"`
	Request   *RequestFacts   `json:"request,omitempty"`
	Flow      *Flow           `json:"flow,omitempty"`
	Target    *TargetFacts    `json:"target,omitempty"`
	Restart   *RestartFacts   `json:"restart,omitempty"`
	Filter    *FilterFacts    `json:"filter,omitempty"`
	File      *FileFacts      `json:"file,omitempty"`
	Message   *MessageFacts   `json:"message,omitempty"`
	Interrupt *InterruptFacts `json:"interrupt,omitempty"`
	Done      *DoneFacts      `json:"done,omitempty"`
	Close     *CloseFacts     `json:"close,omitempty"`
}

// CallFacts is known from the first moment.
type CallFacts struct {
	Listener string         `json:"listener"`
	Protocol string         `json:"protocol"`
	Peer     netip.AddrPort `json:"peer"`
	Sessions int            `json:"sessions"` // of the server, this one counted
	Running  int            `json:"running"`  // transfers of the server
}

// Claim is who the caller says it is, and what a transport has verified of it.
type Claim struct {
	Name       string   `json:"name"`        // as it came; PeSIT PI 3
	CalledName string   `json:"called_name"` // whom it believes to have called; PeSIT PI 4
	Secret     Secret   `json:"-"`           // empty unless the exit was granted it
	NewSecret  Secret   `json:"-"`           //
	Method     string   `json:"method"`      // password, key, certificate, none
	Access     string   `json:"access"`      // write, read or mixed, as the caller wants it
	Key        string   `json:"key"`         // fingerprint of a verified key; of a certificate that of the key it certifies
	CertNames  []string `json:"cert_names"`  // names of a verified client certificate
	CertPrint  string   `json:"cert_print"`  // SHA-256 of that certificate, hexadecimal
	// Authority is the fingerprint of the key that signed the caller's SSH certificate, Principals the names it is for.
	// Anybody can sign one: whether the authority is trusted is the identify point's question.
	Authority  string   `json:"authority"`
	Principals []string `json:"principals"`
}

// RequestFacts is what the peer asks for.
type RequestFacts struct {
	Request
	Direction Direction `json:"direction"`
	Held      string    `json:"held,omitempty"` // id of the entry that the request would release or restart
}

// TargetFacts says where the file will be.
type TargetFacts struct {
	Path       string            `json:"path"`
	Backend    string            `json:"backend"`
	OnExists   OnExists          `json:"on_exists"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Content    io.ReaderAt       `json:"-"` // the file, when it is sent
	Size       int64             `json:"size"`
}

// RestartFacts says what a restart wants and what is possible.
type RestartFacts struct {
	Entry    string `json:"entry"`
	Wanted   int64  `json:"wanted"`   // the peer's point; NoPoint: it leaves the choice to us
	Possible int64  `json:"possible"` // the last durable point
	Offset   int64  `json:"offset"`   // of that point in the file, bytes
}

// FilterFacts opens a filter for one attempt at a transfer. Both offsets are 0 but for a restart in the middle; they are
// the filter's own where there are several, and count delimiters and prefixes of records on both sides.
type FilterFacts struct {
	Direction  Direction `json:"direction"`
	WireOffset int64     `json:"wire_offset"` // bytes on the peer's side of the filter, before its first block
	FileOffset int64     `json:"file_offset"` // bytes on the stored file's side of it, before its first block
}

// FileFacts is the finished file, still under its temporary name.
type FileFacts struct {
	Bytes    int64         `json:"bytes"`
	Records  int64         `json:"records"`
	SHA256   string        `json:"sha256"` // hexadecimal; "" when the flow has no digest
	Duration time.Duration `json:"duration"`
	Content  io.ReaderAt   `json:"-"`
}

// MessageFacts is a protocol message.
type MessageFacts struct {
	Text        string `json:"text"`
	ReplyWanted bool   `json:"reply_wanted"`
}

// InterruptFacts says why a transfer stopped early.
type InterruptFacts struct {
	Code  Code  `json:"code"`
	Point int64 `json:"point"` // the last durable one
}

// DoneFacts is the end of a transfer.
type DoneFacts struct {
	Result  string `json:"result"` // done, interrupted, kept
	Code    Code   `json:"code,omitempty"`
	Attempt int    `json:"attempt"` // of this delivery, from 1
	EventID string `json:"event_id"`
}

// CloseFacts is the end of a session.
type CloseFacts struct {
	Reason    Code `json:"reason,omitempty"` // "" when the peer left in good order
	Transfers int  `json:"transfers"`
}
