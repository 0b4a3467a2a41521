package guest

import (
	"context"
	"log/slog"
	"unsafe"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
	"github.com/postern/postern/sdk/wire/speaker"
	"github.com/postern/postern/sdk/wire/store"
)

// The answers of the contract in place of a reply.
const (
	errNotImplemented = -1
	errDecode         = -2
	errInternal       = -3
	errRejected       = -5
)

// module is the exit of this module, with what its instance holds.
var module struct {
	functions sdk.Functions
	reply     []byte // of the last call; the server reads it before the next
	lent      map[unsafe.Pointer][]byte
	filter    filter
	asked     bool             // for the settings
	config    string           // the settings, which never change
	speaker   *speaker.Speaker // of a protocol; nil in an exit
	version   string           // of a protocol
	storage   *sdk.Storage     // of a backend; nil in an exit
	store     *store.Server    // of a backend, made when it is first asked
}

// Serve makes the functions the exit of the module. It is called once, from init. In a program that is no module it does
// nothing, so that an exit can be tested where its init runs too.
func Serve(f sdk.Functions) {
	module.functions = f
	module.lent = map[unsafe.Pointer][]byte{}
	module.reply = make([]byte, 0, 1<<10)
}

//go:wasmexport postern_abi
func abi() uint32 { return sdk.ContractVersion }

// alignment is what the contract promises of allocated memory, bytes.
const alignment = 16

// alloc gives the server memory. The collector moves nothing and takes nothing that is in the map.
//
//go:wasmexport postern_alloc
func alloc(size uint32) unsafe.Pointer {
	if size > 1<<30 {
		return nil
	}
	b := make([]byte, max(size, 1)+alignment-1)
	p := unsafe.Pointer(&b[-uintptr(start(b))%alignment])
	module.lent[p] = b
	return p
}

//go:wasmexport postern_free
func free(p unsafe.Pointer, _ uint32) { delete(module.lent, p) }

//go:wasmexport postern_call
func call(method uint32, head unsafe.Pointer, headSize uint32, body unsafe.Pointer, bodySize uint32) int64 {
	switch {
	case method == wire.MethodDescribe:
		m := manifest()
		return replied(wire.AppendManifest(module.reply[:0], &m))
	case module.speaker != nil && method >= wire.MethodBegin && method <= wire.MethodFrame:
		return dialogue(method, string(bytesAt(head, headSize)), bytesAt(body, bodySize))
	case module.storage != nil && method >= uint32(wire.BackendCreate):
		return storeCall(wire.BackendMethod(method), string(bytesAt(head, headSize)), bytesAt(body, bodySize))
	}
	p, ok := wire.PointOf(method)
	if !ok {
		return errNotImplemented
	}
	// A copy: strings of the question may outlive the call, the server's buffer does not.
	q, _, err := wire.ParseQuestion(p, string(unsafe.Slice((*byte)(head), headSize)))
	if err != nil {
		hostLog(levelNumber(slog.LevelError), "the question cannot be read: "+err.Error())
		return errDecode
	}
	q.Config = settings()
	v, err := decide(q)
	if err != nil {
		hostLog(levelNumber(slog.LevelError), string(p)+" failed: "+err.Error())
		return errInternal
	}
	return replied(wire.AppendVerdict(module.reply[:0], p, &v))
}

func manifest() sdk.Manifest {
	if s := module.speaker; s != nil {
		return speaker.Manifest(s.Protocol, module.version)
	}
	if module.storage != nil {
		return module.storage.Describe()
	}
	return module.functions.Describe()
}

// settings asks the server once for the exit's own settings.
func settings() string {
	if !module.asked {
		module.config, _ = Config(context.Background(), "") // none is no error
		module.asked = true
	}
	return module.config
}

func decide(q sdk.Question) (sdk.Verdict, error) {
	if q.Point == sdk.PointFilter {
		return openFilter(q)
	}
	showFile(&q)
	return module.functions.Decide(context.Background(), q)
}

// replied keeps a reply until the next call and says where it is.
func replied(b []byte) int64 {
	module.reply = b
	return int64(uintptr(start(b)))<<32 | int64(len(b))
}
