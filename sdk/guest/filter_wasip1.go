package guest

import (
	"context"
	"errors"
	"log/slog"
	"unsafe"

	"github.com/postern/postern/sdk"
)

// The flags and results of postern_block.
const (
	blockLast = 1
	blockMore = 1 << 32
	blockEnd  = 1 << 33
)

// filter is the filter of the one transfer that this instance serves, and what came out of it that is still to be said.
type filter struct {
	sdk.Filter
	rest []byte // of the last answer, memory of the filter's
	more bool   // it has more after that
	end  bool   // it wants nothing more of the file
}

var errNoFilter = errors.New("no filter is open")

// openFilter answers the facts of a transfer. A refusal is the verdict.
func openFilter(q sdk.Question) (sdk.Verdict, error) {
	if err := module.filter.close(); err != nil {
		return sdk.Verdict{}, err
	}
	f, err := module.functions.OpenFilter(context.Background(), q)
	if r, refused := sdk.AsRefusal(err); refused {
		return sdk.DenyVerdict(r), nil
	}
	module.filter.Filter = f
	return sdk.PassVerdict(), err
}

func (f *filter) close() (err error) {
	if f.Filter != nil {
		err = f.Filter.Close()
	}
	*f = filter{}
	return err
}

// block transforms a block where it lies. What does not fit into the buffer is said in the next calls.
//
//go:wasmexport postern_block
func block(p unsafe.Pointer, size, capacity, flags uint32) int64 {
	f := &module.filter
	if f.Filter == nil {
		return failed(errNoFilter)
	}
	buffer := unsafe.Slice((*byte)(p), capacity)
	last := flags&blockLast != 0
	if len(f.rest) == 0 {
		got, err := f.Block(buffer[:size], last)
		if err != nil {
			return failed(err)
		}
		f.rest, f.more, f.end = got.Bytes, got.More, f.end || got.End
	}
	n := copy(buffer, f.rest) // nothing moves where the filter works in place
	if f.rest = f.rest[n:]; len(f.rest) > 0 || f.more {
		return int64(n) | blockMore
	}
	if last || f.end {
		return f.finish(int64(n))
	}
	return int64(n)
}

// finish closes the filter behind the end of the file.
func (f *filter) finish(answer int64) int64 {
	if f.end {
		answer |= blockEnd
	}
	if err := f.close(); err != nil {
		return failed(err)
	}
	return answer
}

// failed says why in the log and gives the answer for it.
func failed(err error) int64 {
	if r, refused := sdk.AsRefusal(err); refused {
		hostLog(levelNumber(slog.LevelWarn), "the data is rejected: "+r.Error())
		return errRejected
	}
	hostLog(levelNumber(slog.LevelError), "the filter failed: "+err.Error())
	return errInternal
}

//go:wasmexport postern_snapshot
func snapshot(p unsafe.Pointer, capacity uint32) int32 {
	f, ok := module.filter.Filter.(sdk.StatefulFilter)
	if !ok || len(module.filter.rest) > 0 {
		return errNotImplemented
	}
	state, err := f.Snapshot()
	if err != nil || uint32(len(state)) > capacity {
		return errInternal
	}
	return int32(copy(unsafe.Slice((*byte)(p), capacity), state))
}

//go:wasmexport postern_restore
func restore(p unsafe.Pointer, size uint32) int32 {
	f, ok := module.filter.Filter.(sdk.StatefulFilter)
	if !ok {
		return errNotImplemented
	}
	if err := f.Restore(append([]byte(nil), unsafe.Slice((*byte)(p), size)...)); err != nil {
		return int32(failed(err))
	}
	return 0
}
