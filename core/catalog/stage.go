package catalog

import "github.com/postern/postern/sdk"

// Code is a refusal code of the closed list.
type Code = sdk.Code

// Stage is how far a transfer has come.
type Stage string

const (
	StageBefore   Stage = "A" // pre-processing; not used by the server role
	StageTransfer Stage = "T"
	StageAfter    Stage = "Y" // a done exit is awaited
	StageAck      Stage = "Z" // the peer's acknowledgement is awaited
	StageDone     Stage = "X"
)

// Step is what happens within a stage.
type Step string

const (
	StepReady   Step = "D"
	StepHold    Step = "H"
	StepCurrent Step = "C"
	StepKeep    Step = "K"
	StepExit    Step = "E"
	StepRename  Step = "R"
	StepDone    Step = "X"
)

// Status is stage, step and code in one word for people.
type Status string

const (
	Available   Status = "available"   // T/H, never started: a fetch may release it
	Running     Status = "running"     // T/C
	Interrupted Status = "interrupted" // T/H with a code: a restart may take it
	Suspended   Status = "suspended"   // the same, stopped by an operator
	Kept        Status = "kept"        // T/K: nobody may take it until it is lifted
	Processing  Status = "processing"  // Y or Z, or not yet begun
	Done        Status = "done"        // X
)

// Statuses lists every status in the order of a transfer's life.
func Statuses() []Status {
	return []Status{Available, Running, Interrupted, Suspended, Kept, Processing, Done}
}

// StatusOf derives the status.
func StatusOf(stage Stage, step Step, code Code) Status {
	switch {
	case stage == StageDone:
		return Done
	case step == StepKeep:
		return Kept
	case stage != StageTransfer:
		return Processing
	case step == StepCurrent:
		return Running
	case step == StepHold && code == "":
		return Available
	case step == StepHold && code == sdk.OperatorHalt:
		return Suspended
	case step == StepHold:
		return Interrupted
	}
	return Processing
}
