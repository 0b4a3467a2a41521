package author

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/sdk"
)

// Passed is what became of a file.
type Passed struct {
	In     int64   `json:"bytes_in"`
	Out    int64   `json:"bytes_out"`
	Blocks int64   `json:"blocks"`
	Ended  bool    `json:"ended,omitempty"` // it wanted no more before the end of the file
	TimeNS int64   `json:"time_ns"`         // reading and writing included
	MBs    float64 `json:"mb_per_s"`        // 10^6 bytes that went in
}

// filterName is the plugin's in a chain of its own.
const filterName = "plugin"

// Pass sends a file through a filter as a server does, block by block, with the deadlines of a transfer. The error is a
// *sdk.Refusal where the filter, or the server in its place, refuses the data.
func Pass(ctx context.Context, p Plugin, facts *sdk.Facts, in io.Reader, out io.Writer) (sum Passed, err error) {
	set, err := chain.New(chain.Config{
		Exits:  []chain.Link{{Name: filterName, Exit: p, Filter: p, Secrets: true}},
		Points: chain.Lists{sdk.PointFilter: {filterName}, sdk.PointIdentify: {}, sdk.PointAuthorize: {}, sdk.PointMessage: {}},
	})
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, set.Close(ctx)) }()
	f, err := set.Filters(ctx, atStart(facts), chain.Scope{}, nil)
	if err != nil {
		return sum, err
	}
	began := time.Now()
	err = pump(f, in, out)
	if closed := f.Close(); err == nil {
		err = closed
	}
	took := time.Since(began)
	sum.In, sum.Out = f.Offsets()
	sum.Blocks, sum.Ended = f.Decisions()[0].Blocks, f.Ended()
	sum.TimeNS, sum.MBs = took.Nanoseconds(), float64(sum.In)/1e6/max(took.Seconds(), 1e-9)
	return sum, err
}

// atStart are facts that say where a transfer begins.
func atStart(facts *sdk.Facts) *sdk.Facts {
	f := *facts
	if f.Filter == nil {
		f.Filter = &sdk.FilterFacts{Direction: sdk.Receive}
	}
	return &f
}

// pump fills the filter's blocks and takes what comes out.
func pump(f *chain.Filters, in io.Reader, out io.Writer) error {
	for {
		n, err := 0, error(nil)
		if room := f.Room(); len(room) > 0 {
			n, err = io.ReadFull(in, room)
			f.Put(n)
		}
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return err
		}
		if end {
			f.Finish()
		}
		if err := drain(f, out); err != nil || end || f.Ended() {
			return err
		}
	}
}

func drain(f *chain.Filters, out io.Writer) error {
	for {
		b, ok, err := f.Next()
		if err != nil || !ok {
			return err
		}
		if _, err := out.Write(b); err != nil {
			return err
		}
	}
}
