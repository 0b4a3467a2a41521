package requester

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// contextVersion is that of the file format. A newer one is refused, not guessed at.
const contextVersion = 1

// Context is what a restart of one transfer needs. It holds no secret.
type Context struct {
	Version   int           `json:"version"`
	ID        string        `json:"id"`
	Direction sdk.Direction `json:"direction"`
	Protocol  string        `json:"protocol"`
	Remote    string        `json:"remote"` // the address called, as it was written
	As        string        `json:"as"`     // who we were
	Called    string        `json:"called"` // whom we called
	CreatedAt time.Time     `json:"created_at"`
	UpdatedAt time.Time     `json:"updated_at"`
	Attempts  int           `json:"attempts"`
	Reason    string        `json:"reason,omitempty"` // why the last attempt stopped

	Request sdk.Request `json:"request"` // as it was said first; Number is the transfer's
	Granted string      `json:"granted"` // the name the server gave the file, of a receive
	Begun   bool        `json:"begun"`   // the server let data flow at least once
	Form    Form        `json:"form"`

	Path     string    `json:"path,omitempty"` // of a file sent
	Size     int64     `json:"size"`           // of a file sent, when its transfer began
	Modified time.Time `json:"modified"`

	Folder string     `json:"folder,omitempty"` // where a file received goes
	Target sdk.Target `json:"target"`           // inside Folder
	Whole  *Whole     `json:"whole,omitempty"`  // it is there, and the server was not told yet

	Last  Point   `json:"last"`            // the last point that both sides have
	Ahead []Point `json:"ahead,omitempty"` // of a send: points the server may have besides, oldest first
}

// Whole is a received file that has its name.
type Whole struct {
	Path    string `json:"path"`
	Bytes   int64  `json:"bytes"`
	Records int64  `json:"records"`
	SHA256  string `json:"sha256"`
}

// Form says how a file's records stand on our disk.
type Form struct {
	Records      sdk.Records `json:"records"`
	Delimiter    string      `json:"delimiter,omitempty"`
	RecordLength int         `json:"record_length,omitempty"` // bytes, of records sent: maximum, or exact with Fixed
	Fixed        bool        `json:"fixed,omitempty"`
}

// Point is a sync point with what is stored beside it.
type Point struct {
	Number  int64  `json:"number"`
	File    int64  `json:"file"` // bytes of the file before it
	Wire    int64  `json:"wire"`
	Records int64  `json:"records"`
	Digest  []byte `json:"digest,omitempty"`
	State   []byte `json:"state,omitempty"`   // the dialogue's
	Backend []byte `json:"backend,omitempty"` // the writer's
}

func pointOf(m stream.Mark) Point {
	return Point{Number: m.Point, File: m.File, Wire: m.Wire, Records: m.Records, Digest: m.Digest, State: m.State, Backend: m.Backend}
}

func pointsOf(marks []stream.Mark) []Point {
	out := make([]Point, 0, len(marks))
	for _, m := range marks {
		out = append(out, pointOf(m))
	}
	return out
}

// mark is the way back.
func (p Point) mark() stream.Mark {
	return stream.Mark{Position: stream.Position{Point: p.Number, File: p.File, Wire: p.Wire, Records: p.Records, Digest: p.Digest},
		State: p.State, Backend: p.Backend}
}

// find gives the mark of a point that the server chose. Point 0 is always there.
func (c *Context) find(n int64) (stream.Mark, bool) {
	if n == 0 {
		return stream.Mark{}, true
	}
	for _, p := range append([]Point{c.Last}, c.Ahead...) {
		if p.Number == n {
			return p.mark(), true
		}
	}
	return stream.Mark{}, false
}

// decodeContext reads a context and refuses one that cannot be true.
func decodeContext(b []byte, id string) (Context, error) {
	var c Context
	if err := json.Unmarshal(b, &c); err != nil {
		return c, fmt.Errorf("it is damaged: %w", err)
	}
	bad := c.Last.Number < 0 || c.Last.File < 0
	for _, p := range c.Ahead {
		bad = bad || p.Number <= 0 || p.File < 0
	}
	switch {
	case c.Version != contextVersion:
		return c, fmt.Errorf("its format is version %d, this program knows %d", c.Version, contextVersion)
	case c.ID != id:
		return c, fmt.Errorf("it is damaged: it calls itself %.40q", c.ID)
	case c.Direction != sdk.Send && c.Direction != sdk.Receive:
		return c, errors.New("it is damaged: it has no direction")
	case bad || c.Request.Number < 0:
		return c, errors.New("it is damaged: its numbers cannot be true")
	}
	return c, nil
}
