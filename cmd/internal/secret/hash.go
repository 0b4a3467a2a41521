package secret

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"github.com/postern/postern/sdk"
)

// What a new hash costs, and the most that one may ask of the server.
const (
	newMemory, newTime, newThreads = 19 << 10, 2, 1 // KiB, passes, lanes
	maxMemory, maxTime, maxThreads = 64 << 10, 4, 16
	maxCost                        = 14 // of bcrypt: about a second
	saltLen, sumLen                = 16, 32
)

const argonPrefix = "$argon2id$"

// Hash makes an argon2id hash in PHC format (m=19 MiB, t=2, p=1) with 16 bytes of salt from random.
func Hash(password sdk.Secret, random io.Reader) (string, error) {
	if password.Empty() {
		return "", errors.New("hash a password: it is empty")
	}
	a := argon{memory: newMemory, time: newTime, threads: newThreads, salt: make([]byte, saltLen), sum: make([]byte, sumLen)}
	if _, err := io.ReadFull(random, a.salt); err != nil {
		return "", fmt.Errorf("hash a password: get a salt: %w", err)
	}
	a.sum = a.derive(password)
	return a.String(), nil
}

// CheckHash reports why a stored hash could not be compared: it is damaged or asks for too much (argon2id at most
// 64 MiB, 4 passes, 16 lanes; bcrypt at most cost 14).
func CheckHash(stored sdk.Secret) error {
	if strings.HasPrefix(stored.Reveal(), argonPrefix) {
		_, err := parseArgon(stored.Reveal())
		return err
	}
	return checkBcrypt(stored.Reveal())
}

// isHash reports whether a value is meant as a hash.
func isHash(s string) bool {
	if strings.HasPrefix(s, "$argon2") {
		return true
	}
	return len(s) == 60 && s[0] == '$' && s[1] == '2' && strings.ContainsRune("aby", rune(s[2])) && s[3] == '$' && s[6] == '$'
}

func checkBcrypt(s string) error {
	cost, err := bcrypt.Cost([]byte(s))
	if !isHash(s) || err != nil {
		return errors.New("is no argon2id or bcrypt hash")
	}
	if cost > maxCost {
		return fmt.Errorf("the bcrypt cost %d is above %d", cost, maxCost)
	}
	return nil
}

// verify compares in constant time with a hash that is in bounds.
func verify(stored, given sdk.Secret) (bool, error) {
	if strings.HasPrefix(stored.Reveal(), argonPrefix) {
		a, err := parseArgon(stored.Reveal())
		if err != nil {
			return false, err
		}
		return subtle.ConstantTimeCompare(a.derive(given), a.sum) == 1, nil
	}
	if err := checkBcrypt(stored.Reveal()); err != nil {
		return false, err
	}
	err := bcrypt.CompareHashAndPassword([]byte(stored.Reveal()), []byte(given.Reveal()))
	if err != nil && !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, fmt.Errorf("compare with a bcrypt hash: %w", err)
	}
	return err == nil, nil
}

// argon is an argon2id hash.
type argon struct {
	memory, time uint32 // KiB, passes
	threads      uint8
	salt, sum    []byte
}

func (a argon) derive(password sdk.Secret) []byte {
	return argon2.IDKey([]byte(password.Reveal()), a.salt, a.time, a.memory, a.threads, uint32(len(a.sum)))
}

// String gives the PHC format.
func (a argon) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("%sv=%d$m=%d,t=%d,p=%d$%s$%s", argonPrefix, argon2.Version, a.memory, a.time, a.threads,
		b64.EncodeToString(a.salt), b64.EncodeToString(a.sum))
}

func parseArgon(s string) (argon, error) {
	fields := strings.Split(s, "$")
	if len(fields) != 6 || fields[0] != "" || fields[1] != "argon2id" {
		return argon{}, errors.New("is no argon2id hash in PHC format ($argon2id$v=19$m=…,t=…,p=…$salt$hash)")
	}
	if fields[2] != "v="+strconv.Itoa(argon2.Version) {
		return argon{}, fmt.Errorf("the argon2id hash is not of version %d", argon2.Version)
	}
	var a argon
	if err := a.costs(fields[3]); err != nil {
		return argon{}, err
	}
	for _, x := range []struct {
		field    string
		into     *[]byte
		name     string
		min, max int
	}{{fields[4], &a.salt, "salt", 8, 64}, {fields[5], &a.sum, "hash", 16, 64}} {
		b, err := base64.RawStdEncoding.Strict().DecodeString(x.field)
		if err != nil || len(b) < x.min || len(b) > x.max {
			return argon{}, fmt.Errorf("the %s of the argon2id hash is not %d to %d bytes in base64 without padding", x.name, x.min, x.max)
		}
		*x.into = b
	}
	return a, nil
}

func (a *argon) costs(field string) error {
	values := map[string]uint64{}
	for _, part := range strings.Split(field, ",") {
		name, text, _ := strings.Cut(part, "=")
		n, err := strconv.ParseUint(text, 10, 32)
		if _, twice := values[name]; twice || err != nil {
			return errors.New("the costs of the argon2id hash are not m=…,t=…,p=…")
		}
		values[name] = n
	}
	m, t, p := values["m"], values["t"], values["p"]
	switch {
	case len(values) != 3 || m == 0 || t == 0 || p == 0:
		return errors.New("the costs of the argon2id hash are not m=…,t=…,p=…")
	case m > maxMemory || t > maxTime || p > maxThreads:
		return fmt.Errorf("the argon2id hash asks for m=%d KiB, t=%d, p=%d; at most m=%d, t=%d, p=%d is accepted", m, t, p, maxMemory, maxTime, maxThreads)
	case m < 8*p:
		return fmt.Errorf("the argon2id hash has m=%d KiB, less than 8 for each of its %d lanes", m, p)
	}
	a.memory, a.time, a.threads = uint32(m), uint32(t), uint8(p)
	return nil
}
