package chain

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"

	"github.com/postern/postern/sdk"
)

// MaxState is the most that [Filters.Snapshot] returns, in bytes.
const MaxState = 4*sdk.MaxFilterState + 1<<10

// stateVersion is the first byte of a snapshot; another one is not understood, and a restart begins at byte 0.
const stateVersion = 1

// fingerprint tells a set of filters from every other: names and versions in their order.
type fingerprint [sha256.Size]byte

// printOf is nil where a filter does not say which version it is.
func printOf(links []*link) *fingerprint {
	h := sha256.New()
	var b []byte
	for _, l := range links {
		version := ""
		if v, ok := l.Filter.(sdk.Versioned); ok {
			version = v.Version()
		}
		if version == "" {
			return nil
		}
		for _, s := range []string{l.Name, version} {
			b = append(binary.AppendUvarint(b[:0], uint64(len(s))), s...)
			h.Write(b)
		}
	}
	return (*fingerprint)(h.Sum(nil))
}

// stageState is where one filter was.
type stageState struct {
	taken, given int64
	has          bool // a snapshot of its state
	state        []byte
}

// lineState is where all filters of a transfer were.
type lineState struct {
	print  fingerprint
	ended  bool
	stages []stageState // in the order of the blocks
}

func (s lineState) of(i int) stageState {
	if len(s.stages) == 0 {
		return stageState{}
	}
	return s.stages[i]
}

// Snapshot returns where the filters are, so that others can go on from there: nil when that is not possible, because a
// filter has no version or did not give its state. Everything that was put has come out: Flush, and Next until it gave
// nothing. The next Room is asked for afterwards.
func (f *Filters) Snapshot() []byte {
	if f.print == nil || f.failed != nil {
		return nil
	}
	b := make([]byte, 0, 2+len(f.print)+len(f.stages)*3*binary.MaxVarintLen64)
	b = append(append(b, stateVersion, 0), f.print[:]...)
	if f.ended {
		b[1] = 1
	}
	for _, st := range f.stages {
		state, has, ok := f.stateOf(st)
		if !ok {
			return nil
		}
		b = binary.AppendUvarint(b, uint64(st.taken))
		b = binary.AppendUvarint(b, uint64(st.given))
		if !has {
			b = append(b, 0)
			continue
		}
		b = binary.AppendUvarint(b, uint64(len(state))+1)
		b = append(b, state...)
	}
	if len(b) > MaxState {
		return nil
	}
	return b
}

// stateOf asks one filter for its state. has is false where it needs none, ok where it could not give it: that is not a
// failure of the transfer, unless the filter is late with it and cannot be asked again.
func (f *Filters) stateOf(st *stage) (state []byte, has, ok bool) {
	if !st.traits.State || f.ended {
		return nil, false, true
	}
	state, err := st.snapshot(f.ctx)
	if err == nil {
		return state, true, true
	}
	if st.left {
		f.fail(st, err)
	} else if st.decision.Detail == "" {
		st.decision.Detail = "no state at a sync point: " + err.Error()
	}
	return nil, false, false
}

// Resumable reports whether filters that gave this snapshot can go on as those that are configured now: the same ones,
// in the same versions and order. A snapshot is never of filters that could not give their state.
func (s *Set) Resumable(facts *sdk.Facts, scope Scope, from []byte) bool {
	state, ok := decodeState(from)
	if !ok || len(state.stages) == 0 {
		return false
	}
	links := s.chain(sdk.PointFilter, facts, scope)
	print := printOf(links)
	return print != nil && *print == state.print && len(links) == len(state.stages)
}

// decodeState reads what Snapshot wrote; nothing is the beginning of the file.
func decodeState(b []byte) (s lineState, ok bool) {
	if len(b) == 0 {
		return s, true
	}
	if len(b) < 2+len(s.print) || b[0] != stateVersion {
		return s, false
	}
	s.ended = b[1] == 1
	r := bytes.NewReader(b[2+copy(s.print[:], b[2:]):])
	for r.Len() > 0 {
		var v [3]uint64
		for i := range v {
			n, err := binary.ReadUvarint(r)
			if err != nil || n > 1<<62 {
				return s, false
			}
			v[i] = n
		}
		st := stageState{taken: int64(v[0]), given: int64(v[1]), has: v[2] > 0}
		if st.has {
			if v[2]-1 > uint64(r.Len()) {
				return s, false
			}
			st.state = make([]byte, v[2]-1)
			r.Read(st.state)
		}
		s.stages = append(s.stages, st)
	}
	return s, true
}
