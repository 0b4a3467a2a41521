package directory

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
)

// fingerprint gives "SHA256:…" of a line as it stands in authorized_keys: type, key, comment. Options before the type
// are refused, for none of them would be obeyed.
func fingerprint(line string) (string, error) {
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return "", errors.New("is no public key: type and key are needed")
	}
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil {
		return "", errors.New("the line does not begin with a key type and a key in base64 (options are not supported)")
	}
	// The key repeats its type in front, as a length of four bytes and the name (RFC 4253 section 6.6).
	n := uint32(len(fields[0]))
	if uint32(len(blob)) <= 4+n || binary.BigEndian.Uint32(blob) != n || string(blob[4:4+n]) != fields[0] {
		return "", errors.New("the key is not of the type that stands before it")
	}
	sum := sha256.Sum256(blob)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:]), nil
}

// bears reports whether a certificate with these names bears one of the wanted ones. Upper and lower case of ASCII
// letters are the same, as in host names.
func bears(names, wanted []string) bool {
	for _, w := range wanted {
		for _, n := range names {
			if w != "" && lower(n) == lower(w) {
				return true
			}
		}
	}
	return false
}

func lower(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			return c + ('a' - 'A')
		}
		return c
	}, s)
}
