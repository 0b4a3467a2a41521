// Command host is an exit that does with the server whatever a message asks for, and replies with what came of it.
package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/guest"
)

func init() {
	guest.Serve(sdk.Functions{Name: "host", Version: "1", Message: message})
}

func main() {}

func message(ctx context.Context, q sdk.Question) (sdk.Verdict, error) {
	words := append(strings.Split(q.Facts.Message.Text, " "), "", "")
	reply, err := do(ctx, words[0], words[1], words[2])
	for _, e := range []error{guest.ErrNotGranted, guest.ErrMissing, guest.ErrArgument} {
		if errors.Is(err, e) {
			reply, err = e.Error(), nil
		}
	}
	v := sdk.PassVerdict()
	v.Set.Reply = &reply
	return v, err
}

func do(ctx context.Context, what, key, value string) (string, error) {
	switch what {
	case "config":
		return guest.Config(ctx, key)
	case "fact":
		return guest.Fact(ctx, key)
	case "now":
		return guest.Now(ctx).Format("15:04:05"), nil
	case "put":
		return "kept", guest.Put(ctx, key, []byte(strings.Repeat(value, 1000)))
	case "get":
		b, err := guest.Get(ctx, key)
		return string(b), err
	case "verify":
		_, err := guest.VerifyPassword(ctx, key, guest.TheSecret)
		return "", err
	case "http":
		_, err := guest.HTTP(ctx, &guest.HTTPRequest{Method: "GET", URL: key})
		return "", err
	case "log":
		guest.Logger(ctx).Warn("a message", "key", key)
		guest.Log(ctx, slog.LevelDebug, value)
		return "said", nil
	case "panic":
		panic(key)
	}
	return "", errors.New("told to fail")
}
