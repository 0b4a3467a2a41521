package main

import "github.com/postern/postern/sdk"

// event is what the receiver is told of a transfer. What is not known is left out.
type event struct {
	Transfer  string            `json:"transfer"`
	Result    string            `json:"result"` // done, interrupted, kept
	Code      sdk.Code          `json:"code,omitempty"`
	Partner   string            `json:"partner,omitempty"`
	Flow      string            `json:"flow,omitempty"`
	Direction string            `json:"direction,omitempty"` // receive or send, seen from the server
	File      string            `json:"file,omitempty"`
	Label     string            `json:"label,omitempty"`
	Path      string            `json:"path,omitempty"`
	Bytes     int64             `json:"bytes"`
	SHA256    string            `json:"sha256,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
}

func eventOf(f *sdk.Facts) event {
	e := event{Transfer: f.Transfer, Result: f.Done.Result, Code: f.Done.Code}
	if f.Partner != nil {
		e.Partner, e.Labels = f.Partner.ID, f.Partner.Labels
	}
	if f.Flow != nil {
		e.Flow = f.Flow.ID
	}
	if r := f.Request; r != nil {
		e.Direction, e.File, e.Label = string(r.Direction), r.File, r.Label
	}
	if f.Target != nil {
		e.Path = f.Target.Path
	}
	if f.File != nil {
		e.Bytes, e.SHA256 = f.File.Bytes, f.File.SHA256
	}
	return e
}
