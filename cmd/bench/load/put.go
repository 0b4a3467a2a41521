package load

import (
	"fmt"
	"hash"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
)

// Put sends a file of a flow, size bytes of the framed data, and returns when the server has acknowledged its end and let it
// go.
func (s *Session) Put(flow string, size int64) error {
	if err := s.put(flow, size); err != nil {
		return fmt.Errorf("send %s: %w", flow, err)
	}
	return nil
}

func (s *Session) put(flow string, size int64) error {
	if err := s.create(flow, size); err != nil {
		return err
	}
	articles, err := s.data(size)
	if err != nil {
		return err
	}
	b := wire.NewBuilder(s.out, s.split.Link) // behind the last data: one write
	b.Begin(wire.DTFEnd, s.peer, 0)
	b.Diagnostic(wire.Success)
	b.Begin(wire.TransEnd, s.peer, 0)
	b.Num(wire.PIBytes, uint64(size))
	b.Num(wire.PIArticles, uint64(articles))
	if err := s.end(&b, size, articles); err != nil {
		return err
	}
	return s.leave()
}

// create asks for the file and opens it.
func (s *Session) create(flow string, size int64) error {
	b := s.begin(wire.Create)
	b.Num(wire.PIFileType, 0)
	b.Text(wire.PIFileName, flow)
	b.Num(wire.PITransfer, uint64(s.caller.numbers.Add(1)))
	b.Num(wire.PIPriority, 1)
	b.Num(wire.PIMaxEntity, uint64(s.caller.entity()))
	b.Num(wire.PIFormat, 0x80) // articles of any length
	b.Num(wire.PIArticleLength, uint64(s.block.body))
	b.Num(wire.PIReservation, uint64(size+1023)/1024)
	if err := s.ask(&b, wire.AckCreate); err != nil {
		return err
	}
	if err := s.entityAgreed(); err != nil {
		return err
	}
	b = s.begin(wire.ORF)
	if err := s.ask(&b, wire.AckORF); err != nil {
		return err
	}
	b = s.begin(wire.Write)
	return s.ask(&b, wire.AckWrite)
}

// data sends all but the last part of the data, which it leaves in s.out, and counts the articles.
func (s *Session) data(size int64) (articles int64, err error) {
	b, point := s.block, int64(0)
	s.acked = 0
	payload := int64(b.payload())
	since := 0
	for ; size > payload; size -= payload {
		articles += int64(b.count)
		if since++; since == b.groups { // never without points
			point, since = point+1, 0
			if err = s.point(point); err != nil {
				return articles, err
			}
			continue
		}
		if err = s.write(b.bytes); err != nil {
			return articles, err
		}
	}
	var last int // articles
	s.out, last = b.part(s.out[:0], int(size))
	return articles + int64(last), nil
}

// point sends a block with a sync point behind it, once the window allows it.
func (s *Session) point(n int64) error {
	for s.window > 0 && n-s.acked > s.window {
		if err := s.expect(wire.AckSyn); err != nil {
			return err
		}
	}
	b := s.begin(wire.Syn)
	b.Num(wire.PISyncPoint, uint64(n))
	var err error
	if s.out, err = b.Done(); err != nil {
		return err
	}
	return s.write(s.block.bytes, s.out)
}

// Content hashes what Put sends as a file of size bytes.
func (s *Session) Content(size int64, into hash.Hash) {
	for i := 0; size > 0; i = (i + 1) % s.block.count {
		n := min(size, int64(s.block.body))
		_, _ = into.Write(s.block.data(i)[:n])
		size -= n
	}
}
