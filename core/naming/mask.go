package naming

import (
	"strings"
	"unicode/utf8"
)

// IsMask reports whether a requested name holds * or ?.
func IsMask(name string) bool { return strings.ContainsAny(name, "*?") }

// Match reports whether a mask matches a whole name. * stands for any characters or none, ? for exactly one; everything
// else for itself, in its own case. Time grows with len(name)·len(mask)/64, whatever the mask.
func Match(mask, name string) bool {
	m := compile(mask)
	now, next := make([]uint64, m.words), make([]uint64, m.words)
	now[0] = 1
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		m.step(now, next, symbol(r, n, name[i]))
		now, next = next, now
		i += n
	}
	return now[m.last/64]>>(m.last%64)&1 == 1
}

// symbols is a mask as sets of places. Place i is reached when the mask's first i symbols, stars not counted, have
// matched; a set holds place i as bit i.
type symbols struct {
	last  int // the place behind the last symbol
	words int
	any   []uint64          // places that any character leaves for the next one
	char  map[rune][]uint64 // places that this character leaves; any is included
	stay  []uint64          // places where a star keeps what it reads
}

func compile(mask string) *symbols {
	count := utf8.RuneCountInString(mask)
	m := &symbols{words: count/64 + 1, char: map[rune][]uint64{}}
	m.any, m.stay = make([]uint64, m.words), make([]uint64, m.words)
	for i := 0; i < len(mask); {
		r, n := utf8.DecodeRuneInString(mask[i:])
		s := symbol(r, n, mask[i])
		i += n
		if s == '*' {
			m.stay[m.last/64] |= 1 << (m.last % 64)
			continue
		}
		set := m.any
		if s != '?' {
			if set = m.char[s]; set == nil {
				set = make([]uint64, m.words)
				m.char[s] = set
			}
		}
		set[m.last/64] |= 1 << (m.last % 64)
		m.last++
	}
	for _, set := range m.char {
		for w := range set {
			set[w] |= m.any[w]
		}
	}
	return m
}

// step reads one character: from each place in now to the next one if it matches, and to itself under a star.
func (m *symbols) step(now, next []uint64, s rune) {
	set, ok := m.char[s]
	if !ok {
		set = m.any
	}
	carry := uint64(0)
	for w := range now {
		moved := now[w] & set[w]
		next[w] = moved<<1 | carry | now[w]&m.stay[w]
		carry = moved >> 63
	}
}

// symbol gives a character, or a byte that is no UTF-8 as itself and unlike every character.
func symbol(r rune, n int, b byte) rune {
	if r == utf8.RuneError && n == 1 {
		return -1 - rune(b)
	}
	return r
}
