package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/jsonwire"
	"github.com/postern/postern/sdk/wire"
)

// Masked stands in the place of each secret of a recorded event.
const Masked = "***"

// Event is one question to an exit, with its answer where it was recorded. Its JSON form is that of the contract with
// three members more: exit, verdict or failed, and took.
type Event struct {
	Question sdk.Question
	Config   json.RawMessage // the exit's own settings as they stand in the configuration; empty: none
	Exit     string          // that was asked; "" for an event written by hand
	// Verdict is what it answered; nil when it gave no answer, or when nobody was asked.
	Verdict *sdk.Verdict
	Failed  string        // why it gave no answer
	Took    time.Duration // to answer
}

// added is what a recorded event has beside the question.
type added struct {
	Exit    string          `json:"exit,omitempty"`
	Verdict json.RawMessage `json:"verdict,omitempty"`
	Failed  string          `json:"failed,omitempty"`
	TookNS  int64           `json:"took_ns,omitempty"`
}

// Encode gives the event's JSON, one member a line. Secrets are masked.
func (e *Event) Encode() ([]byte, error) {
	q := masked(e.Question)
	b, err := jsonwire.AppendQuestion(nil, &q, wire.Shown{Password: true, Stored: true, Config: string(e.Config)})
	if err != nil {
		return nil, err
	}
	more := added{Exit: e.Exit, Failed: withoutSecrets(e.Failed, e.Question.Facts), TookNS: e.Took.Nanoseconds()}
	if e.Verdict != nil {
		v := MaskVerdict(*e.Verdict, e.Question.Facts)
		if more.Verdict, err = jsonwire.AppendVerdict(nil, q.Point, &v); err != nil {
			return nil, err
		}
	}
	tail, err := json.Marshal(more)
	if err != nil {
		return nil, err
	}
	if string(tail) != "{}" {
		b = append(append(b[:len(b)-1], ','), tail[1:]...)
	}
	var out bytes.Buffer
	err = json.Indent(&out, b, "", "  ")
	out.WriteByte('\n')
	return out.Bytes(), err
}

// Parse reads an event, recorded or written by hand.
func Parse(text []byte) (Event, error) {
	var e Event
	var more added
	var top map[string]json.RawMessage
	question := text
	if json.Unmarshal(text, &top) == nil && json.Unmarshal(text, &more) == nil {
		for _, own := range []string{"exit", "verdict", "failed", "took_ns"} {
			if _, there := top[own]; there {
				delete(top, own)
				question = nil
			}
		}
	}
	var err error
	if question == nil { // it was recorded: what is left is the question
		if question, err = json.Marshal(top); err != nil {
			return e, err
		}
	}
	if e.Question, e.Config, err = jsonwire.ParseQuestion(question); err != nil {
		return e, err
	}
	e.Exit, e.Failed, e.Took = more.Exit, more.Failed, time.Duration(more.TookNS)
	if len(more.Verdict) > 0 {
		v, err := jsonwire.ParseVerdict(e.Question.Point, more.Verdict)
		if err != nil {
			return e, fmt.Errorf("the recorded verdict: %w", err)
		}
		e.Verdict = &v
	}
	return e, nil
}

// Failure is the recorded failure as an error, nil when there was none.
func (e *Event) Failure() error {
	if e.Failed == "" {
		return nil
	}
	return errors.New(e.Failed)
}
