package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// nothing is the hash before the first record.
var nothing = strings.Repeat("0", sha256.Size*2)

// place is where a chain has come to: the last record's number and hash.
type place struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// seal ends a line: content is a JSON object without its hash. The hash is over exactly these bytes, and becomes the
// object's last member.
func seal(content []byte) (line []byte, hash string) {
	sum := sha256.Sum256(content)
	line = append(content[:len(content)-1], sealHead...)
	at := len(line)
	line = hex.AppendEncode(line, sum[:])
	return append(line, "\"}\n"...), string(line[at:])
}

const (
	sealHead = `,"hash":"`
	sealLen  = len(sealHead) + sha256.Size*2 + len(`"}`)
)

// link is what a line says of its place in the chain.
type link struct {
	place
	Prev     string `json:"prev"`
	Event    string `json:"event"`
	Time     string `json:"time"`
	Count    int64  `json:"count"`
	LastSeq  int64  `json:"last_seq"`
	LastHash string `json:"last_hash"`
}

var (
	errNoSeal  = errors.New("is no record: it does not end with a hash")
	errChanged = errors.New("was changed: its hash is not that of its content")
)

// unseal checks a line, without its line end, against its own hash.
func unseal(line []byte) (link, error) {
	var l link
	at := len(line) - sealLen
	if at < 1 || !bytes.HasPrefix(line[at:], []byte(sealHead)) || !bytes.HasSuffix(line, []byte(`"}`)) {
		return l, errNoSeal
	}
	h := sha256.New()
	h.Write(line[:at])
	h.Write([]byte{'}'})
	said := string(line[at+len(sealHead) : len(line)-2])
	if hex.EncodeToString(h.Sum(nil)) != said {
		return l, errChanged
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return l, fmt.Errorf("cannot be read: %w", err)
	}
	if l.Seq < 1 || l.Hash != said {
		return l, errNoSeal
	}
	return l, nil
}

// follows says why a record cannot come after another; nil: it does.
func (l link) follows(p place) error {
	switch {
	case l.Seq > p.Seq+1:
		return fmt.Errorf("is record %d and comes after %d: %d are missing", l.Seq, p.Seq, l.Seq-p.Seq-1)
	case l.Seq <= p.Seq:
		return fmt.Errorf("is record %d and comes after %d: it was put in, or stands twice", l.Seq, p.Seq)
	case l.Prev != p.Hash:
		return fmt.Errorf("does not follow record %d: that one was replaced", p.Seq)
	}
	return nil
}
