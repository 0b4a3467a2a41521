package sdk

import (
	"context"
	"fmt"
)

// Decide answers the question of one exit point. See [Exit] for what an error means.
type Decide func(ctx context.Context, q Question) (Verdict, error)

// Functions is an exit made of one function for each point. It serves the points whose function is set. The same value
// can be built in, become a module (sdk/guest) or a process (sdk/process).
type Functions struct {
	Name, Version string
	// Grants are those it cannot do without: GrantFile, …
	Grants []string

	Accept, Identify, Negotiate, Resolve, Authorize, Open, Restart, Verify, Message, Interrupt, Done, Close Decide

	// Filter opens the filter of one transfer; a refusal as its error refuses the transfer.
	Filter func(ctx context.Context, q Question) (Filter, error)
	// ChangesLength says that a block may come out of Filter longer or shorter than it went in.
	ChangesLength bool
	// State says that what comes out of Filter depends on the blocks before.
	State bool
}

// Describe says what the exit is.
func (f Functions) Describe() Manifest {
	d := Manifest{Name: f.Name, Version: f.Version, Contract: ContractVersion, Kinds: []string{"exit"}, Grants: f.Grants,
		ChangesLength: f.ChangesLength, State: f.State}
	for _, row := range pointTable {
		if f.at(row.Point) != nil || (row.Point == PointFilter && f.Filter != nil) {
			d.Points = append(d.Points, row.Point)
		}
	}
	return d
}

// Decide calls the function of the question's point. A point that is not served is a failure, never a pass.
func (f Functions) Decide(ctx context.Context, q Question) (Verdict, error) {
	decide := f.at(q.Point)
	if decide == nil {
		return Verdict{}, fmt.Errorf("the exit %s does not serve the point %q", f.Name, q.Point)
	}
	return decide(ctx, q)
}

// OpenFilter opens the filter of one transfer.
func (f Functions) OpenFilter(ctx context.Context, q Question) (Filter, error) {
	if f.Filter == nil {
		return nil, fmt.Errorf("the exit %s does not filter", f.Name)
	}
	return f.Filter(ctx, q)
}

func (f Functions) at(p Point) Decide {
	switch p {
	case PointAccept:
		return f.Accept
	case PointIdentify:
		return f.Identify
	case PointNegotiate:
		return f.Negotiate
	case PointResolve:
		return f.Resolve
	case PointAuthorize:
		return f.Authorize
	case PointOpen:
		return f.Open
	case PointRestart:
		return f.Restart
	case PointVerify:
		return f.Verify
	case PointMessage:
		return f.Message
	case PointInterrupt:
		return f.Interrupt
	case PointDone:
		return f.Done
	case PointClose:
		return f.Close
	}
	return nil
}
