package catalog

import (
	"encoding/base32"
	"fmt"
	"io"
	"time"
)

// IDLength is the number of characters of an ID.
const IDLength = 26

// lower case, in ASCII order, so that IDs sort as their bytes do; no i, l, o, u.
var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID makes an entry's ID: 48 bits of milliseconds since 1970, then 80
// random bits, in 26 lower-case letters and digits. It sorts by time, cannot be
// guessed if random cannot, and is safe as one element of a path.
func NewID(now time.Time, random io.Reader) (string, error) {
	var b [16]byte
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	if _, err := io.ReadFull(random, b[6:]); err != nil {
		return "", fmt.Errorf("make an entry id: %w", err)
	}
	return idEncoding.EncodeToString(b[:]), nil
}

// MinPrefix is how many characters of an ID are enough for Get.
const MinPrefix = 4
