package peer

import "fmt"

// Compress encodes articles (§7 annex A): runs of three and more bytes when horizontal, stretches of three and more bytes
// equal to the article before when vertical. fresh reports before which articles no article is known; nil: only the first.
func Compress(articles [][]byte, horizontal, vertical bool, fresh func(int) bool) [][]byte {
	out := make([][]byte, len(articles))
	var before []byte
	for i, a := range articles {
		if fresh != nil && fresh(i) {
			before = nil
		}
		out[i] = compress(a, before, horizontal, vertical)
		before = a
	}
	return out
}

func compress(a, before []byte, horizontal, vertical bool) []byte {
	var out, literal []byte
	flush := func() {
		if len(literal) > 0 {
			out = append(append(out, byte(len(literal))), literal...)
			literal = nil
		}
	}
	for i := 0; i < len(a); {
		run, same := 0, 0
		for horizontal && i+run < len(a) && run < 63 && a[i+run] == a[i] {
			run++
		}
		for vertical && i+same < min(len(a), len(before)) && same < 63 && a[i+same] == before[i+same] {
			same++
		}
		switch {
		case same >= 3 && same >= run:
			flush()
			out = append(out, 0xC0|byte(same))
			i += same
		case run >= 3:
			flush()
			out = append(out, 0x80|byte(run), a[i])
			i += run
		default:
			literal = append(literal, a[i])
			i++
			if len(literal) == 63 {
				flush()
			}
		}
	}
	flush()
	return out
}

// Expand is the way back.
func Expand(articles [][]byte) ([][]byte, error) {
	out := make([][]byte, len(articles))
	var before []byte
	for i, c := range articles {
		var a []byte
		for j := 0; j < len(c); {
			n := int(c[j] & 63)
			switch kind := c[j] & 0xC0; {
			case kind == 0 && n > 0 && j+1+n <= len(c):
				a = append(a, c[j+1:j+1+n]...)
				j += 1 + n
			case kind == 0x80 && n > 0 && j+1 < len(c):
				for range n {
					a = append(a, c[j+1])
				}
				j += 2
			case kind == 0xC0 && n > 0 && len(a)+n <= len(before):
				a = append(a, before[len(a):len(a)+n]...)
				j++
			default:
				return nil, fmt.Errorf("article %d: string %02X at %d of % X", i, c[j], j, c[:min(len(c), 64)])
			}
		}
		out[i], before = a, a
	}
	return out, nil
}
