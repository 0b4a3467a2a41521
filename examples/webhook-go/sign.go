package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The size of a key of Standard Webhooks, bytes.
const (
	minKey = 24
	maxKey = 64
)

// key is what sender and receiver share.
type key []byte

// parseKey reads a key as the receivers' libraries write it: "whsec_" and the bytes in base64.
func parseKey(s string) (key, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(s), "whsec_")
	if !ok {
		return nil, errors.New("it does not begin with whsec_")
	}
	k, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("what follows whsec_ is no base64") // the error of the library would tell a part of it
	}
	if len(k) < minKey || len(k) > maxKey {
		return nil, fmt.Errorf("it has %d bytes, and %d to %d are wanted", len(k), minKey, maxKey)
	}
	return k, nil
}

// headers are those that tell the receiver which event it is, when it was sent, and by whom.
func (k key) headers(id string, at time.Time, body []byte) map[string]string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	return map[string]string{"webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": k.sign(id, seconds, body)}
}

func (k key) sign(id, seconds string, body []byte) string {
	h := hmac.New(sha256.New, k)
	h.Write([]byte(id + "." + seconds + "."))
	h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}
