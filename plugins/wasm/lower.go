package wasm

import (
	"context"
	"slices"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
	"github.com/postern/postern/sdk/wire/store"
)

// What a module may ask of the backend below it.
const (
	maxLowerHead  = 128 << 10 // bytes of one request
	maxLowerFiles = 16        // that one instance has open
	lowerAgain    = 0         // the method that gives the last reply again, which did not fit
)

// lower has the backend that was granted do something: method, head, its length, body, its length, buffer for the reply,
// its size. The answer is the size of the reply. One that does not fit is kept until the call ends, and given by method 0.
func lower(t *task, s []uint64) {
	below := t.exit.grants.Backend
	if below == nil {
		answer(s, answerNotGranted)
		return
	}
	m := wire.BackendMethod(uint32(s[0]))
	head, ok := t.bytes(s[1], s[2])
	body, readable := t.bytes(s[3], s[4])
	if !ok || !readable || len(head) > maxLowerHead || len(body) > store.Block {
		answer(s, answerArgument)
		return
	}
	t.burnBytes(len(head) + len(body))
	switch {
	case m == lowerAgain && t.kept == nil:
		answer(s, answerMissing)
		return
	case m == lowerAgain:
	case m == wire.MethodDescribe:
		d := sdk.Manifest{Contract: sdk.ContractVersion, Kinds: []string{sdk.PluginBackend}, Abilities: abilitiesOf(below)}
		t.kept = wire.AppendManifest(nil, &d)
	default:
		call, err := wire.ParseBackendCall(string(head))
		if err != nil {
			answer(s, answerArgument)
			return
		}
		a := t.below(below, m, &call, body)
		t.kept = wire.AppendBackendReply(nil, &a)
	}
	t.give(s, s[5], s[6], t.kept)
	if len(t.kept) <= int(uint32(s[6])) {
		t.kept = nil
	}
}

// below asks the backend below, with the gate free for others meanwhile.
func (t *task) below(b sdk.Backend, m wire.BackendMethod, c *wire.BackendCall, body []byte) (a wire.BackendReply) {
	if t.in.below == nil {
		t.in.below = store.NewServer(b)
	}
	opens := m == wire.BackendCreate || m == wire.BackendResume || m == wire.BackendOpen
	if opens && t.in.below.Open() >= maxLowerFiles {
		return wire.BackendReply{Failure: sdk.Refuse(sdk.FileBusy, "%d files are open below", maxLowerFiles)}
	}
	t.outside(func(context.Context) { a = t.in.below.Answer(m, c, body) })
	return a
}

// forgetBelow closes what a module has left open below it.
func (in *instance) forgetBelow() {
	if in.below != nil {
		in.below.Close()
	}
}

// abilitiesOf lists what the backend below can do. What only its files know is taken to be there: they refuse what is not.
func abilitiesOf(b sdk.Backend) []sdk.Ability {
	ofFiles := []sdk.Ability{sdk.AbilityReadPart, sdk.AbilityState, sdk.AbilityQuarantine}
	var out []sdk.Ability
	able, says := b.(sdk.Abled)
	for _, a := range sdk.Abilities() {
		if slices.Contains(ofFiles, a) && (!says || able.Can(a)) || sdk.Can(b, a) {
			out = append(out, a)
		}
	}
	return out
}
