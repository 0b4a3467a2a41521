package load

import (
	"fmt"
	"io"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
)

// readSize is how much one read takes while data comes.
const readSize = 1 << 20

// Get fetches the file of a flow and gives how many bytes came. They go into sink, or nowhere when it is nil.
func (s *Session) Get(flow string, sink io.Writer) (int64, error) {
	n, err := s.get(flow, sink)
	if err != nil {
		return n, fmt.Errorf("fetch %s: %w", flow, err)
	}
	return n, nil
}

func (s *Session) get(flow string, sink io.Writer) (int64, error) {
	if err := s.pick(flow); err != nil {
		return 0, err
	}
	if cap(s.in) < readSize {
		s.in = append(make([]byte, 0, readSize), s.in...)
	}
	bytes, articles, err := s.receive(sink)
	if err != nil {
		return bytes, err
	}
	b := s.begin(wire.TransEnd)
	b.Num(wire.PIBytes, uint64(bytes))
	b.Num(wire.PIArticles, uint64(articles))
	if err := s.end(&b, bytes, articles); err != nil {
		return bytes, err
	}
	return bytes, s.leave()
}

// pick selects the file, opens it and asks for its data.
func (s *Session) pick(flow string) error {
	b := s.begin(wire.Select)
	b.Num(wire.PIFileType, 0)
	b.Text(wire.PIFileName, flow)
	b.Num(wire.PITransfer, 0)
	b.Num(wire.PIPriority, 1)
	b.Num(wire.PIMaxEntity, uint64(s.caller.entity()))
	if err := s.ask(&b, wire.AckSelect); err != nil {
		return err
	}
	if err := s.entityAgreed(); err != nil {
		return err
	}
	b = s.begin(wire.ORF)
	if err := s.ask(&b, wire.AckORF); err != nil {
		return err
	}
	b = s.begin(wire.Read)
	b.Num(wire.PIPoint, 0)
	return s.ask(&b, wire.AckRead)
}

// receive takes the data up to its end and acknowledges the sync points.
func (s *Session) receive(sink io.Writer) (bytes, articles int64, err error) {
	for {
		f, err := s.next()
		if err != nil {
			return bytes, articles, err
		}
		if f.Type == wire.DTF && f.Sixth < 2 { // nearly all
			bytes += int64(len(f.Body()))
			articles++
			if sink != nil {
				if _, err := sink.Write(f.Body()); err != nil {
					return bytes, articles, err
				}
			}
			continue
		}
		over, err := s.mark(f)
		if over || err != nil {
			return bytes, articles, err
		}
	}
}

// mark takes what is not data: a sync point, or the end.
func (s *Session) mark(f wire.FPDU) (over bool, err error) {
	if err := s.params.Decode(f); err != nil {
		return false, err
	}
	switch f.Type {
	case wire.Syn:
		if s.window == 0 {
			return false, nil
		}
		b := s.begin(wire.AckSyn)
		b.Num(wire.PISyncPoint, s.params.Num(wire.PISyncPoint))
		return false, s.send(&b)
	case wire.DTFEnd:
		if d := s.params.Diagnostic(); !d.OK() {
			return false, fmt.Errorf("the data ends with %s: %s", d, d.Meaning())
		}
		return true, nil
	}
	return false, fmt.Errorf("amid the data the server says %s", wire.Trace(f))
}
