package authorized

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strings"
)

// minRSA is how many bits a key of RSA has at least.
const minRSA = 2048

// shapes tells of each type of key how many fields follow its name, and how long the last of them but the application of a
// security key is; 0: any length.
var shapes = map[string]struct{ fields, length int }{
	"ssh-ed25519":                        {1, 32},
	"ssh-rsa":                            {2, 0},
	"ecdsa-sha2-nistp256":                {2, 65},
	"ecdsa-sha2-nistp384":                {2, 97},
	"ecdsa-sha2-nistp521":                {2, 133},
	"sk-ssh-ed25519@openssh.com":         {2, 32},
	"sk-ecdsa-sha2-nistp256@openssh.com": {3, 65},
}

// isType reports whether a word is, or looks like, the type of a key.
func isType(word string) bool {
	_, known := shapes[word]
	return known || word == "ssh-dss" || strings.HasSuffix(word, "-cert-v01@openssh.com")
}

// checkKey looks whether the blob is a key of that type that is strong enough (RFC 4253 section 6.6, RFC 5656, RFC 8709).
func checkKey(kind string, blob []byte) error {
	shape, known := shapes[kind]
	switch {
	case kind == "ssh-dss":
		return errors.New("keys of DSA are too weak: use ssh-ed25519")
	case strings.HasSuffix(kind, "-cert-v01@openssh.com"):
		return errors.New("a certificate cannot stand here: name its authority, with cert-authority in front")
	case !known:
		return fmt.Errorf("%s is no type of key that is known here", shown(kind))
	}
	name, rest, ok := field(blob)
	if !ok || string(name) != kind {
		return errors.New("the key is not of the type that stands before it")
	}
	var f [3][]byte
	for i := range shape.fields {
		if f[i], rest, ok = field(rest); !ok {
			return errors.New("the key is cut off")
		}
	}
	if len(rest) > 0 {
		return errors.New("there is something behind the key")
	}
	last := shape.fields - 1
	if strings.HasPrefix(kind, "sk-") {
		last--
	}
	if shape.length > 0 && len(f[last]) != shape.length {
		return errors.New("the key has not the length of its type")
	}
	if kind == "ssh-rsa" && bitLen(f[1]) < minRSA {
		return fmt.Errorf("a key of RSA with %d bits is too weak: %d are needed, or use ssh-ed25519", bitLen(f[1]), minRSA)
	}
	return nil
}

// field takes a string of the SSH encoding off: four bytes of length, and as many bytes (RFC 4251 section 5).
func field(b []byte) (value, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := binary.BigEndian.Uint32(b)
	if uint64(len(b)-4) < uint64(n) {
		return nil, nil, false
	}
	return b[4 : 4+n], b[4+n:], true
}

// bitLen is the number of bits of a positive number of many bytes.
func bitLen(b []byte) int {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	if len(b) == 0 {
		return 0
	}
	return 8*(len(b)-1) + bits.Len8(b[0])
}
