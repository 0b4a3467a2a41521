package load

import (
	"math/rand/v2"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
)

// blockSize is about how many bytes one write sends.
const blockSize = 512 << 10

// block is framed data that is sent as often as wanted: whole entities of one article each.
type block struct {
	bytes  []byte
	body   int // bytes of data in an entity
	frame  int // bytes of an entity with its prefix and header
	count  int // entities
	number byte
	groups int // blocks between two sync points, 0 for no points
}

// blockFor gives the data framed for a connection id of the server's.
func (c *Caller) blockFor(number byte, interval int) *block {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b := c.blocks[number]; b != nil {
		return b
	}
	if c.blocks == nil {
		c.blocks = map[byte]*block{}
	}
	b := newBlock(c.entity(), interval<<10, number, c.Text)
	c.blocks[number] = b
	return b
}

// newBlock frames about half a mebibyte. Where there are sync points, a whole number of blocks lies between two of them.
// The data is text, again and again; where there is none, random bytes.
func newBlock(entity, interval int, number byte, text []byte) *block {
	l := wire.Link{Max: entity}
	b := &block{body: l.MaxBody(), frame: l.Gap() + l.MaxBody(), number: number}
	b.count = max(1, blockSize/b.frame)
	if interval > 0 {
		b.groups = max(1, interval/(b.count*b.body))
		b.count = interval / b.body / b.groups
	}
	b.bytes = make([]byte, b.count*b.frame)
	random := rand.NewChaCha8([32]byte{'p', 'o', 's', 't', 'e', 'r', 'n'})
	var rest []byte // of the text
	for i := range b.count {
		entity := b.bytes[i*b.frame:][:b.frame]
		body := entity[l.Gap():]
		if len(text) == 0 {
			_, _ = random.Read(body)
		} else {
			for len(body) > 0 {
				if len(rest) == 0 {
					rest = text
				}
				n := copy(body, rest)
				body, rest = body[n:], rest[n:]
			}
		}
		if err := l.PutData(entity[:l.Gap()], wire.DTF, number, b.body); err != nil {
			panic(err) // the sizes are ours
		}
	}
	return b
}

// payload is how many bytes of data a block has.
func (b *block) payload() int { return b.count * b.body }

// data is the data of an entity, without prefix and header.
func (b *block) data(i int) []byte { return b.bytes[i*b.frame+b.frame-b.body : (i+1)*b.frame] }

// part appends the first n bytes of data, framed, and gives how many entities they take.
func (b *block) part(dst []byte, n int) ([]byte, int) {
	whole := n / b.body
	dst = append(dst, b.bytes[:whole*b.frame]...)
	if rest := n % b.body; rest > 0 {
		gap := len(dst)
		dst = append(dst, make([]byte, b.frame-b.body)...)
		l := wire.Link{}
		if err := l.PutData(dst[gap:], wire.DTF, b.number, rest); err != nil {
			panic(err)
		}
		dst = append(dst, b.data(whole)[:rest]...)
		whole++
	}
	return dst, whole
}
