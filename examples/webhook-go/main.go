// Command webhook-go is a done exit: it posts each end of a transfer to a webhook, at least once, signed.
package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/guest"
)

func init() {
	guest.Serve(sdk.Functions{Name: "webhook-go", Version: "1", Done: done, Grants: []string{sdk.GrantHTTP}})
}

func main() {} // a module is called, it does not run

// minKey is the shortest key that is accepted, bytes.
const minKey = 16

// envelope is what is posted. Signature is HMAC-SHA256, in hexadecimal, over id, time and body with a line feed behind each of
// the first two. Body is JSON as text, so that the receiver checks the very bytes that were signed.
type envelope struct {
	ID        string `json:"id"`
	Time      string `json:"time"`
	Body      string `json:"body"`
	Signature string `json:"signature"`
}

// done posts the event. An error makes the server ask again with the same event id, from 1 s to 10 min apart, for a day.
func done(ctx context.Context, q sdk.Question) (sdk.Verdict, error) {
	url, err := guest.Config(ctx, "url")
	if err != nil {
		return sdk.Verdict{}, fmt.Errorf("setting url: %w", err)
	}
	key, err := guest.Config(ctx, "key")
	if err != nil {
		return sdk.Verdict{}, fmt.Errorf("setting key: %w", err)
	}
	if len(key) < minKey {
		return sdk.Verdict{}, fmt.Errorf("setting key: fewer than %d bytes", minKey)
	}
	message, err := seal(key, q.Facts)
	if err != nil {
		return sdk.Verdict{}, err
	}
	reply, err := guest.HTTP(ctx, &guest.HTTPRequest{Method: "POST", URL: url, ContentType: "application/json", Body: message})
	if err != nil {
		return sdk.Verdict{}, err
	}
	if reply.Status < 200 || reply.Status > 299 {
		return sdk.Verdict{}, fmt.Errorf("the webhook answered %d", reply.Status)
	}
	return sdk.PassVerdict(), nil
}

// seal makes the signed message of an event.
func seal(key string, f *sdk.Facts) ([]byte, error) {
	if f.Done == nil || f.Done.EventID == "" {
		return nil, errors.New("the event has no id")
	}
	body, err := json.Marshal(eventOf(f))
	if err != nil {
		return nil, err
	}
	e := envelope{ID: f.Done.EventID, Time: f.Time.UTC().Format(time.RFC3339Nano), Body: string(body)}
	e.Signature = sign(key, e)
	return json.Marshal(e)
}

func sign(key string, e envelope) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(e.ID + "\n" + e.Time + "\n" + e.Body))
	return hex.EncodeToString(h.Sum(nil))
}
