package audit

import (
	"bufio"
	"errors"
	"io"
)

// lines reads a file line by line.
type lines struct {
	r    *bufio.Reader
	long []byte
}

var (
	errTorn = errors.New("the last line has no end")
	errLong = errors.New("is no record: it is longer than any")
)

func newLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, 64<<10)} }

// next returns the next line without its end, valid until the next call: io.EOF behind the last one, errTorn with what
// there is of one that was cut.
func (l *lines) next() ([]byte, error) {
	l.long = l.long[:0]
	for {
		b, err := l.r.ReadSlice('\n')
		switch {
		case err == nil && len(l.long) == 0:
			return b[:len(b)-1], nil
		case err == nil:
			l.long = append(l.long, b[:len(b)-1]...)
			return l.long, nil
		case errors.Is(err, io.EOF):
			if l.long = append(l.long, b...); len(l.long) == 0 {
				return nil, io.EOF
			}
			return l.long, errTorn
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
		if l.long = append(l.long, b...); len(l.long) > tailLen {
			return l.long, errLong
		}
	}
}
