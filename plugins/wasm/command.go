package wasm

import (
	"context"
	"errors"

	"github.com/tetratelabs/wazero/sys"

	"github.com/postern/postern/sdk"
)

// askCommand runs a fresh instance for one question: JSON on its standard input, JSON on its standard output, status 0.
// The caller has a place at the gate, which is given back.
func (e *Exit) askCommand(ctx context.Context, q sdk.Question, look *Trial) (sdk.Verdict, *Failure) {
	std := &stdio{}
	in, err := e.newInstance(ctx, q.Point, std)
	if err != nil {
		return sdk.Verdict{}, err.(*Failure)
	}
	defer in.close()
	e.begin(ctx, in, q.Point)
	defer in.leaveGate() // if the host itself fails, others shall not wait for ever
	in.task.question(&q)
	look.before(in)
	v, err := e.runCommand(in, std)
	look.after(in)
	in.leaveGate()
	if err != nil {
		return sdk.Verdict{}, e.failure(in, q.Point, ErrTrap, err)
	}
	return v, nil
}

func (e *Exit) runCommand(in *instance, std *stdio) (v sdk.Verdict, err error) {
	if std.in, err = e.appendQuestion(nil, &in.task.q); err != nil {
		return v, err
	}
	err = in.run(in.mod.ExportedFunction(exportStart), 0)
	var status *sys.ExitError
	if err != nil && (!errors.As(err, &status) || status.ExitCode() != 0) {
		return v, err
	}
	if len(std.out) == 0 {
		return v, stopped(ErrReply, "its output is empty")
	}
	if v, err = e.parseVerdict(in.task.q.Point, std.out); err != nil {
		return v, stopped(ErrReply, "its output cannot be read: %s", printable(err.Error(), maxWords))
	}
	return v, nil
}
