package wire

import "encoding/binary"

// Piece is an article, or a part of one when it is segmented. Bytes lies in the receive buffer.
type Piece struct {
	Bytes []byte
	First bool // an article starts here
	Last  bool // the article ends here
}

// Articles walks the articles of one data unit. The zero value has none.
type Articles struct {
	rest     []byte
	left     int
	prefixed bool
	first    bool
	last     bool
}

// ReadArticles prepares to walk a data unit: DTF with one article, DTF with several, or a segment (§4.7.6). The lengths inside
// a multi-article DTF are checked before the first article is given; lengths that do not fill the unit exactly are an
// [*Error] 3-311. A DTF without a byte has no article.
func ReadArticles(f FPDU) (Articles, error) {
	body := f.Body()
	switch f.Type {
	case DTF:
		return dtfArticles(f.Sixth, body)
	case DTFDA:
		return segment(body, true, false), nil
	case DTFMA:
		return segment(body, false, false), nil
	case DTFFA:
		return segment(body, false, true), nil
	}
	return Articles{}, faultIn(f.Type, 0, ProtocolError, "carries no articles")
}

func segment(body []byte, first, last bool) Articles {
	return Articles{rest: body, left: 1, first: first, last: last}
}

func dtfArticles(count byte, body []byte) (Articles, error) {
	if count < 2 {
		// Some senders put 1 there for an article with a length before it, some for a plain one.
		if count == 1 && len(body) >= 2 && int(binary.BigEndian.Uint16(body)) == len(body)-2 {
			body = body[2:]
		} else if len(body) == 0 {
			return Articles{}, nil
		}
		return segment(body, true, true), nil
	}
	at := 0
	for range count {
		if at+2 > len(body) {
			return Articles{}, faultIn(DTF, 0, ProtocolError, "%d articles announced, the unit ends before", count)
		}
		at += 2 + int(binary.BigEndian.Uint16(body[at:]))
	}
	if at != len(body) {
		return Articles{}, faultIn(DTF, 0, ProtocolError, "%d articles take %d bytes, the unit has %d", count, at, len(body))
	}
	return Articles{rest: body, left: int(count), prefixed: true, first: true, last: true}, nil
}

// Count is how many pieces are still to come.
func (a *Articles) Count() int { return a.left }

// Next gives the next piece; ok is false when there is none.
func (a *Articles) Next() (p Piece, ok bool) {
	if a.left == 0 {
		return Piece{}, false
	}
	a.left--
	p = Piece{Bytes: a.rest, First: a.first, Last: a.last}
	if a.prefixed {
		n := 2 + int(binary.BigEndian.Uint16(a.rest))
		p.Bytes, a.rest = a.rest[2:n:n], a.rest[n:]
	}
	return p, true
}

// Merge moves the articles that are still to come together at the start of the data, inside the receive buffer, and gives them
// as one slice: for files where articles have no meaning. Nothing is left to walk.
func (a *Articles) Merge() []byte {
	if !a.prefixed {
		whole := a.rest
		*a = Articles{}
		return whole
	}
	room := a.rest
	n := 0
	for {
		p, ok := a.Next()
		if !ok {
			return room[:n:n]
		}
		n += copy(room[n:], p.Bytes)
	}
}

// Segments follows the segmentation of articles over data units. The zero value is between articles.
type Segments struct{ open bool }

// Open reports that a segmented article is not finished: neither SYN, DTF nor DTF.END may come.
func (s *Segments) Open() bool { return s.open }

// Accept takes the next unit and refuses, with an [*Error] 3-311, a data unit, SYN or DTF.END inside an article, and a middle
// or an end outside one.
func (s *Segments) Accept(t Type) error {
	switch t {
	case DTFMA, DTFFA:
		if !s.open {
			return faultIn(t, 0, ProtocolError, "no segmented article was started")
		}
		s.open = t == DTFMA
	case DTF, DTFDA, Syn, DTFEnd:
		if s.open {
			return faultIn(t, 0, ProtocolError, "inside a segmented article")
		}
		s.open = t == DTFDA
	}
	return nil
}
