package power

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/peer"
	"github.com/postern/postern/cmd/postern/e2e/power/disk"
)

// promise is something that was said, and holds from then on whatever happens.
type promise struct {
	at    int // on the trace's clock: when the first byte of it may have been on the way
	what  promised
	about string // a file's label, an entry's id, a path
	point int
}

type promised uint8

const (
	isReady   promised = iota // the server takes calls
	isSynced                  // a sync point was acknowledged
	isEnded                   // the end was
	isOffered                 // an offer was
	isNoted                   // what the test program of the backend says of a file
)

// promises finds what was said in a trace.
func (r *recording) promises(t *testing.T) (all []promise) {
	t.Helper()
	streams := map[string]*stream{}
	for _, k := range r.calls {
		streams[k.To] = &stream{call: k}
	}
	for _, op := range r.trace.Ops {
		if op.Kind != disk.Say {
			continue
		}
		switch s := streams[op.To]; {
		case s != nil:
			got, err := s.take(op)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, got...)
		case op.To == "stdout" && bytes.HasPrefix(op.Data, []byte("ready")):
			all = append(all, promise{at: op.Begin, what: isReady})
		case op.To == "unix":
			for id := range r.offer {
				if bytes.Contains(op.Data, []byte(id)) {
					all = append(all, promise{at: op.Begin, what: isOffered, about: id})
				}
			}
		}
	}
	return all
}

// stream is what one connection heard.
type stream struct {
	*call
	left []byte
	file int // index of the file at hand, from 1
}

// take reads the units that an operation brings to their end.
func (s *stream) take(op *disk.Op) (all []promise, err error) {
	s.left = append(s.left, op.Data...)
	for len(s.left) >= 2 {
		n := int(binary.BigEndian.Uint16(s.left)) + 2
		if len(s.left) < n {
			break
		}
		for e := s.left[2:n]; len(e) >= 2; {
			k := int(binary.BigEndian.Uint16(e))
			u, err := peer.Parse(e[:k])
			if err != nil {
				return nil, err
			}
			all = append(all, s.unit(op.Begin, u)...)
			e = e[k:]
		}
		s.left = s.left[n:]
	}
	return all, nil
}

func (s *stream) unit(at int, u peer.Unit) []promise {
	switch {
	case u.Type == peer.ACKCREATE && u.Diagnostic() == "0-000": // one that is refused may be asked again
		s.file++
	case u.Type == peer.ACKSYN:
		return []promise{{at, isSynced, s.Files[s.file-1], u.Num(20)}}
	case u.Type == peer.ACKTRANSEND && u.Diagnostic() == "0-000":
		return []promise{{at, isEnded, s.Files[s.file-1], 0}}
	}
	return nil
}
