package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/postern/postern/core/catalog"
)

// Test is a transfer that is only tried.
type Test struct {
	Flow      string    `json:"flow" minLength:"1" doc:"The flow, as the peer asks for it."`
	Direction string    `json:"direction,omitempty" enum:"receive,send" doc:"receive: the partner writes to us. Without it the lists of the partner decide."`
	File      string    `json:"file,omitempty" doc:"The file's name."`
	Size      int64     `json:"size,omitempty" minimum:"-1" doc:"Bytes that are announced; -1 or 0: unknown."`
	From      string    `json:"from,omitempty" doc:"The address that calls."`
	At        time.Time `json:"at,omitzero" doc:"When; now where it is left out."`
	Listener  string    `json:"listener,omitempty"`
	Protocol  string    `json:"protocol,omitempty" doc:"Of the listener, where none is named."`
	Password  *string   `json:"password,omitempty" doc:"Left out: the password is not checked, and taken to be right, where one is needed."`
	Key       string    `json:"key,omitempty" doc:"The line of a .pub file: the SSH key, or the certificate, that the caller proves to hold. Left out: where the partner has keys, one of them."`
}

// Tested is what would come of such a transfer.
type Tested struct {
	Partner   string        `json:"partner" doc:"As it was named."`
	Flow      string        `json:"flow" doc:"As it was found; as it was asked for where none was."`
	Direction string        `json:"direction"`
	Listener  string        `json:"listener"`
	Protocol  string        `json:"protocol"`
	From      string        `json:"from"`
	At        time.Time     `json:"at"`
	Passes    bool          `json:"passes"`
	Assumed   []string      `json:"assumed" doc:"What was not given or not checked, and what was taken in its place."`
	Phases    []TestedPhase `json:"phases"`
	Entry     string        `json:"entry,omitempty" doc:"The held entry that would be released."`
	Path      string        `json:"path,omitempty"`
	Backend   string        `json:"backend,omitempty"`
	Options   TestedOptions `json:"options,omitzero"`
	Unasked   []Unasked     `json:"unasked" doc:"Exits that are asked only while a real file moves, or after it."`
}

// TestedOptions are what the flow says of the file.
type TestedOptions struct {
	OnExists   string `json:"on_exists,omitempty"`
	Durability string `json:"durability,omitempty"`
	Records    string `json:"records,omitempty"`
	MaxSize    int64  `json:"max_size,omitempty"`
	Size       int64  `json:"size,omitempty" doc:"Of the file that would be sent."`
	Digest     bool   `json:"digest,omitempty"`
	Place      string `json:"place,omitempty" doc:"Where the flow stands in the configuration."`
}

// TestedPhase is one phase.
type TestedPhase struct {
	Phase     string             `json:"phase"`
	Outcome   string             `json:"outcome" enum:"passes,refused,not reached,not asked"`
	Refusal   *TestedRefusal     `json:"refusal,omitempty"`
	Decisions []catalog.Decision `json:"decisions"`
}

// TestedRefusal is why a phase would refuse.
type TestedRefusal struct {
	Code      string `json:"code"`
	Temporary bool   `json:"temporary"`
	Point     string `json:"point,omitempty"`
	Exit      string `json:"exit,omitempty"`
	Reason    string `json:"reason"`
	Rule      string `json:"rule,omitempty"`
	Place     string `json:"place,omitempty" doc:"Where the rule stands in the configuration."`
	Peer      string `json:"peer" doc:"What the peer would see."`
}

// Unasked are the exits of a point that a dry run does not ask.
type Unasked struct {
	Point string   `json:"point"`
	Exits []string `json:"exits"`
}

// Tester tries transfers.
type Tester interface {
	// TestPartner walks the phases of a call of the partner, without a connection and without a trace. The error is about
	// the question, an unknown listener say; what would be refused is no error.
	TestPartner(ctx context.Context, partner string, t Test) (Tested, error)
}

// ErrTest says that a question cannot be asked.
type ErrTest struct{ What string }

// Error gives the sentence.
func (e *ErrTest) Error() string { return e.What }

type testInput struct {
	Partner string `path:"partner" minLength:"1"`
	Body    Test
}

type testOutput struct{ Body Tested }

func (s *Server) testPartner(ctx ctx, in *testInput) (*testOutput, error) {
	out, err := s.options.Tester.TestPartner(ctx, in.Partner, in.Body)
	if err != nil {
		return nil, s.fault(ctx, "test partner", err)
	}
	return &testOutput{out}, nil
}

// TestPartner asks what would come of a transfer.
func (c *Client) TestPartner(ctx ctx, partner string, t Test) (out Tested, err error) {
	if err := named("partner", partner); err != nil {
		return out, err
	}
	b, err := json.Marshal(t)
	if err != nil {
		return out, fmt.Errorf("write the question: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://postern/partners/"+url.PathEscape(partner)+"/test", bytes.NewReader(b))
	if err != nil {
		return out, fmt.Errorf("ask the server: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.answer(r)
	if err != nil {
		return out, err
	}
	return decode[Tested](answer)
}
