// Command verify-clamd is a verify exit in a process: it streams each finished file to clamd, the scanner of ClamAV, and refuses
// what clamd finds. No answer, whatever the reason, is a failure, and a file whose check failed is not taken.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process"
)

func main() {
	process.Serve(sdk.Functions{Name: "verify-clamd", Version: "1", Grants: []string{sdk.GrantFile}, Verify: verify})
}

// settings are the exit's own, from the configuration.
type settings struct {
	// Address of clamd: unix:/run/clamav/clamd.ctl, tcp:127.0.0.1:3310.
	Address string `json:"address"`
	// Timeout of one file, a duration; default: the time that the server gives.
	Timeout string `json:"timeout"`
	// Quarantine is the folder that refused files go to, in the flow's backend; empty: they are removed.
	Quarantine string `json:"quarantine"`

	network, place string
	wait           time.Duration
}

func parse(config []byte) (s settings, err error) {
	if err = json.Unmarshal(config, &s); err != nil {
		return s, fmt.Errorf("settings: %w", err)
	}
	s.network, s.place, _ = strings.Cut(s.Address, ":")
	if s.place == "" || (s.network != "unix" && s.network != "tcp") {
		return s, fmt.Errorf("setting address: %q is neither unix:PATH nor tcp:HOST:PORT", s.Address)
	}
	if s.Timeout != "" {
		if s.wait, err = time.ParseDuration(s.Timeout); err == nil && s.wait <= 0 {
			err = errors.New("it is not positive")
		}
		if err != nil {
			return s, fmt.Errorf("setting timeout: %w", err)
		}
	}
	return s, nil
}

// within bounds the time for one file.
func (s settings) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.wait > 0 {
		return context.WithTimeout(ctx, s.wait)
	}
	return ctx, func() {}
}

func verify(ctx context.Context, q sdk.Question) (sdk.Verdict, error) {
	s, err := parse([]byte(q.Config))
	if err != nil {
		return sdk.Verdict{}, err
	}
	file := process.File(q)
	if file == nil {
		return sdk.Verdict{}, errors.New("the file cannot be read: grant it with grants: {file: true}")
	}
	ctx, cancel := s.within(ctx)
	defer cancel()
	found, err := s.scan(ctx, file, q.Facts.File.Bytes)
	if err != nil {
		return sdk.Verdict{}, fmt.Errorf("clamd at %s: %w", s.Address, err)
	}
	if found == "" {
		return sdk.PassVerdict(), nil
	}
	v := sdk.DenyVerdict(sdk.Refuse(sdk.DataRejected, "clamd found %s", found))
	if s.Quarantine != "" {
		path := strings.TrimSuffix(s.Quarantine, "/") + "/" + q.Facts.Transfer
		v.Set.Quarantine = &path
	}
	return v, nil
}

// scan has clamd look at size bytes and gives the name of what it found, "" for nothing.
func (s settings) scan(ctx context.Context, file io.Reader, size int64) (found string, err error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, s.network, s.place)
	if err != nil {
		return "", err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) }) // ends every read and write at once
	defer stop()
	found, err = instream(c, file, size)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return found, err
}
