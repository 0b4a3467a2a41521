package wasm

import (
	"encoding/json"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/jsonwire"
	"github.com/postern/postern/sdk/wire"
)

const methodDescribe = wire.MethodDescribe

// appendQuestion encodes a question for the module. It shows only the secrets that are granted.
func (e *Exit) appendQuestion(b []byte, q *sdk.Question) ([]byte, error) {
	if e.json {
		return jsonwire.AppendQuestion(b, q, e.shown)
	}
	return wire.AppendQuestion(b, q, e.shown), nil
}

// plainPass is the answer of most: no opinion, and nothing else. It need not be copied.
const plainPass = "\x08\x01"

// parseVerdict reads an answer. b is the module's memory and is copied.
func (e *Exit) parseVerdict(p sdk.Point, b []byte) (sdk.Verdict, error) {
	if e.json {
		return jsonwire.ParseVerdict(p, b)
	}
	if string(b) == plainPass {
		return wire.ParseVerdict(p, plainPass)
	}
	return wire.ParseVerdict(p, string(b)) // the one copy: the verdict's strings are parts of it
}

// parseManifest reads what a module says of itself. In JSON the names are those of the contract's DescribeReply.
func parseManifest(b []byte, inJSON bool) (sdk.Manifest, error) {
	if !inJSON {
		return wire.ParseManifest(string(b))
	}
	var m struct {
		Name          string      `json:"name"`
		Version       string      `json:"version"`
		Contract      uint32      `json:"contract"`
		Kinds         []string    `json:"kinds"`
		Points        []sdk.Point `json:"points"`
		Grants        []string    `json:"grants"`
		ChangesLength bool        `json:"changes_length"`
		State         bool        `json:"state"`
	}
	err := json.Unmarshal(b, &m)
	return sdk.Manifest{Name: m.Name, Version: m.Version, Contract: m.Contract, Kinds: m.Kinds, Points: m.Points, Grants: m.Grants,
		ChangesLength: m.ChangesLength, State: m.State}, err
}
