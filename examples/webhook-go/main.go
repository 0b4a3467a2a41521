// Command webhook-go is a done exit: it posts each end of a transfer to a webhook, at least once, signed in the manner of
// Standard Webhooks (https://www.standardwebhooks.com).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/guest"
)

func init() {
	guest.Serve(sdk.Functions{Name: "webhook-go", Version: "2", Done: done, Grants: []string{sdk.GrantHTTP}})
}

func main() {} // a module is called, it does not run

// done posts the event. An error makes the server ask again with the same event id, from 1 s to 10 min apart, for a day.
func done(ctx context.Context, q sdk.Question) (sdk.Verdict, error) {
	url, err := guest.Config(ctx, "url")
	if err != nil {
		return sdk.Verdict{}, fmt.Errorf("setting url: %w", err)
	}
	secret, err := guest.Config(ctx, "key")
	if err != nil {
		return sdk.Verdict{}, fmt.Errorf("setting key: %w", err)
	}
	k, err := parseKey(secret)
	if err != nil {
		return sdk.Verdict{}, fmt.Errorf("setting key: %w", err)
	}
	message, err := post(k, q.Facts)
	if err != nil {
		return sdk.Verdict{}, err
	}
	message.URL = url
	reply, err := guest.HTTP(ctx, message)
	if err != nil {
		return sdk.Verdict{}, err
	}
	if reply.Status < 200 || reply.Status > 299 {
		return sdk.Verdict{}, fmt.Errorf("the webhook answered %d", reply.Status)
	}
	return sdk.PassVerdict(), nil
}

// post makes the signed request of an event. Its time is that of this attempt, so that receivers may refuse what is old.
func post(k key, f *sdk.Facts) (*guest.HTTPRequest, error) {
	if f.Done == nil || f.Done.EventID == "" {
		return nil, errors.New("the event has no id")
	}
	body, err := json.Marshal(eventOf(f))
	if err != nil {
		return nil, err
	}
	return &guest.HTTPRequest{Method: "POST", ContentType: "application/json", Body: body, Headers: k.headers(f.Done.EventID, f.Time, body)}, nil
}
