package guest

import (
	"encoding/json"
	"log/slog"
	"unsafe"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
	"github.com/postern/postern/sdk/wire/store"
)

//go:wasmimport postern_v1 lower
//go:noescape
func hostLower(method uint32, head unsafe.Pointer, headSize uint32, body unsafe.Pointer, bodySize uint32, out unsafe.Pointer, capacity uint32) int32

// ServeBackend makes the storage the backend of the module. It is called once, from init. In a program that is no module
// it does nothing.
func ServeBackend(s sdk.Storage) {
	Serve(sdk.Functions{})
	module.storage = &s
}

// storeCall answers a call of the server's. body is its block buffer.
func storeCall(m wire.BackendMethod, head string, body []byte) int64 {
	if m.String() == "" || m == wire.BackendConfigure {
		return errNotImplemented
	}
	c, err := wire.ParseBackendCall(head)
	if err != nil {
		hostLog(levelNumber(slog.LevelError), "the call cannot be read: "+err.Error())
		return errDecode
	}
	if module.store == nil {
		if err := openStore(); err != nil {
			hostLog(levelNumber(slog.LevelError), "the backend cannot be opened: "+err.Error())
			return errInternal
		}
	}
	a := module.store.Answer(m, &c, body)
	return replied(wire.AppendBackendReply(module.reply[:0], &a))
}

func openStore() error {
	b, err := module.storage.Open(json.RawMessage(settings()), below())
	if err == nil {
		module.store = store.NewServer(b)
	}
	return err
}

// below is the backend that the server grants; nil: it grants none.
func below() sdk.Backend {
	b, err := askBelow(wire.MethodDescribe, nil, nil)
	if err != nil {
		return nil
	}
	m, err := wire.ParseManifest(string(b))
	if err != nil {
		return nil
	}
	return store.New("below", m.Abilities, belowLine{})
}

// lowerAgain gives the last reply again, which did not fit.
const lowerAgain = 0

// askBelow calls the server and gives a view of its reply that is valid until the next call.
func askBelow(method uint32, head, body []byte) ([]byte, error) {
	return ask(func(out unsafe.Pointer, capacity uint32) int32 {
		n := hostLower(method, start(head), uint32(len(head)), start(body), uint32(len(body)), out, capacity)
		method, head, body = lowerAgain, nil, nil
		return n
	})
}

// belowLine carries calls to the backend below; it has the handles.
type belowLine struct{}

var scratch []byte // of requests, and of blocks that are not in one piece

func (belowLine) Call(m wire.BackendMethod, c *wire.BackendCall) (wire.BackendReply, error) {
	return belowFile{}.Call(m, c, nil, nil)
}

func (belowLine) Open(m wire.BackendMethod, c *wire.BackendCall) (wire.BackendReply, store.File, error) {
	a, err := belowFile{}.Call(m, c, nil, nil)
	return a, belowFile{}, err
}

type belowFile struct{}

// End has nothing to give back: the server closes what an instance leaves open.
func (belowFile) End(bool) {}

func (belowFile) Call(m wire.BackendMethod, c *wire.BackendCall, out, in [][]byte) (a wire.BackendReply, err error) {
	body := joined(out, in)
	b, err := askBelow(uint32(m), wire.AppendBackendCall(nil, c), body)
	if err != nil {
		return a, err
	}
	if a, err = wire.ParseBackendReply(string(b)); err != nil || a.Failure != nil || len(in) < 2 {
		return a, err
	}
	if a.Length >= 0 && a.Length <= int64(len(body)) {
		body = body[:a.Length]
		for _, p := range in {
			body = body[copy(p, body):]
		}
	}
	return a, nil
}

// joined gives one piece of memory for a body: the only slice, or a scratch block.
func joined(out, in [][]byte) []byte {
	all := out
	if len(in) > 0 {
		all = in
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	size := 0
	for _, b := range all {
		size += len(b)
	}
	if cap(scratch) < size {
		scratch = make([]byte, max(size, 64<<10))
	}
	body := scratch[:0]
	for _, b := range out {
		body = append(body, b...)
	}
	return body[:size]
}
