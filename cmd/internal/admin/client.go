package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern/postern/core/catalog"
)

// ErrNoServer says that no server is running for a data folder.
var ErrNoServer = errors.New("no server is running")

// Problem is what the server answered to an operation that failed.
type Problem struct{ huma.ErrorModel }

// Error gives the server's own sentence.
func (p *Problem) Error() string {
	lines := []string{p.Detail}
	for _, e := range p.Errors {
		lines = append(lines, fmt.Sprintf("%s: %s", e.Location, e.Message))
	}
	return strings.Join(lines, "\n")
}

// Configuration reports whether the server found fault with its configuration.
func (p *Problem) Configuration() bool { return p.Type == kindConfiguration }

// Client speaks to a running server. Its methods fail with [ErrNoServer] when there is none, and with a *[Problem] when
// the server refuses.
type Client struct {
	http *http.Client
}

// explained says to whom the server listens where the system keeps the caller from its socket.
func explained(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w; the server listens to root and to the user that it runs as", err)
	}
	return err
}

// Dial makes a client of the server that has the data folder. Nothing is sent yet.
func Dial(dataDir string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		address, err := addressOf(dataDir)
		if err != nil {
			return nil, explained(fmt.Errorf("find the admin socket: %w", err))
		}
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", address)
		return conn, explained(err)
	}
	return &Client{&http.Client{Transport: &http.Transport{DialContext: dial, DisableCompression: true, ExpectContinueTimeout: time.Minute}}}
}

// Close gives the connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// do sends a request and returns the answer of one that went well.
func (c *Client) do(ctx context.Context, method, path string, query url.Values, body io.Reader) (*http.Response, error) {
	u := url.URL{Scheme: "http", Host: "postern", Path: path, RawQuery: query.Encode()}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	if body != nil {
		r.ContentLength = -1 // the server compares what came with the size that was announced
		r.Header.Set("Content-Type", "application/octet-stream")
		r.Header.Set("Expect", "100-continue") // a refusal comes before the content goes
	}
	return c.answer(r)
}

// answer sends a request that is ready, and returns the answer of one that went well.
func (c *Client) answer(r *http.Request) (*http.Response, error) {
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, unreachable(err)
	}
	if answer.StatusCode < 300 {
		return answer, nil
	}
	defer answer.Body.Close()
	p := &Problem{}
	if err := json.NewDecoder(answer.Body).Decode(p); err != nil || p.Detail == "" {
		return nil, fmt.Errorf("the server answered %s", answer.Status)
	}
	return nil, p
}

// unreachable tells a server that is not there from one that does not let us in.
func unreachable(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%w: %w", ErrNoServer, err)
	}
	return fmt.Errorf("ask the server: %w", err)
}

// ask sends a request and reads one JSON value.
func ask[T any](ctx context.Context, c *Client, method, path string, query url.Values) (out T, err error) {
	answer, err := c.do(ctx, method, path, query, nil)
	if err != nil {
		return out, err
	}
	return decode[T](answer)
}

func decode[T any](answer *http.Response) (out T, err error) {
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil {
		return out, fmt.Errorf("read the server's answer: %w", err)
	}
	return out, nil
}

// listOf reads a streamed array item by item.
func listOf[T any](ctx context.Context, c *Client, path string, query url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		answer, err := c.do(ctx, http.MethodGet, path, query, nil)
		if err != nil {
			yield(none, err)
			return
		}
		defer answer.Body.Close()
		d := json.NewDecoder(answer.Body)
		if _, err := d.Token(); err != nil {
			yield(none, fmt.Errorf("read the server's list: %w", err))
			return
		}
		for d.More() {
			var item T
			if err := d.Decode(&item); err != nil {
				yield(none, fmt.Errorf("read the server's list: %w", err))
				return
			}
			if !yield(item, nil) {
				return
			}
		}
		if _, err := d.Token(); err != nil { // the end of the array: without it the list was cut
			yield(none, fmt.Errorf("read the server's list: %w", err))
		}
	}
}

// Entries lists catalog entries, oldest first, as JSON that holds the fields of [catalog.Entry].
func (c *Client) Entries(ctx context.Context, q Query) iter.Seq2[json.RawMessage, error] {
	return listOf[json.RawMessage](ctx, c, "/entries", values(q.Limit, "partner", q.Partner, "flow", q.Flow, "status", q.Status, "file", q.File,
		"since", query(q.Since), "until", query(q.Until)))
}

// Refusals lists what was refused, oldest first, as JSON that holds the fields of [catalog.Refusal].
func (c *Client) Refusals(ctx context.Context, q RefusalQuery) iter.Seq2[json.RawMessage, error] {
	return listOf[json.RawMessage](ctx, c, "/refusals", values(q.Limit, "partner", q.Partner, "code", q.Code, "phase", q.Phase,
		"since", query(q.Since), "until", query(q.Until)))
}

func values(limit int, pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if limit > 0 {
		v.Set("limit", strconv.Itoa(limit))
	}
	return v
}

// query is a time as a parameter; "" for none.
func query(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// named refuses what can be no name of a thing: in an address it would lead elsewhere.
func named(what, name string) error {
	if name == "" || strings.ContainsAny(name, `/\`) || name == "." || name == ".." {
		p := &Problem{}
		p.Type, p.Status, p.Detail = kindNotFound, http.StatusNotFound, fmt.Sprintf("there is no %s %q", what, name)
		return p
	}
	return nil
}

// Entry gets one entry by its id or the beginning of it.
func (c *Client) Entry(ctx context.Context, id string) (catalog.Entry, error) {
	if err := named("entry", id); err != nil {
		return catalog.Entry{}, err
	}
	return ask[catalog.Entry](ctx, c, http.MethodGet, "/entries/"+id, nil)
}

// Command does halt, keep, release or resume to an entry, and returns it as it is afterwards.
func (c *Client) Command(ctx context.Context, verb, id string) (catalog.Entry, error) {
	if err := named("entry", id); err != nil {
		return catalog.Entry{}, err
	}
	return ask[catalog.Entry](ctx, c, http.MethodPost, "/entries/"+id+"/"+verb, nil)
}

// Delete removes an entry, and what was received of an unfinished file.
func (c *Client) Delete(ctx context.Context, id string) (Deleted, error) {
	if err := named("entry", id); err != nil {
		return Deleted{}, err
	}
	return ask[Deleted](ctx, c, http.MethodDelete, "/entries/"+id, nil)
}

// Purge removes what is older than its retention.
func (c *Client) Purge(ctx context.Context) (Purged, error) {
	return ask[Purged](ctx, c, http.MethodPost, "/purge", nil)
}

// Offer puts a file at a partner's disposal. content is nil for one that is in place.
func (c *Client) Offer(ctx context.Context, o Offer, content io.Reader) (Offered, error) {
	v := values(0, "partner", o.Partner, "flow", o.Flow, "name", o.Name, "in_place", o.InPlace, "label", o.Label, "text", o.Text)
	v.Set("priority", strconv.Itoa(o.Priority))
	v.Set("size", strconv.FormatInt(o.Size, 10))
	answer, err := c.do(ctx, http.MethodPost, "/offers", v, content)
	if err != nil {
		return Offered{}, err
	}
	return decode[Offered](answer)
}

// Partners lists the partners by id.
func (c *Client) Partners(ctx context.Context) ([]Partner, error) {
	return ask[[]Partner](ctx, c, http.MethodGet, "/partners", nil)
}

// SetPartner enables or disables a partner.
// force ends the sessions of a partner that is disabled.
func (c *Client) SetPartner(ctx context.Context, partner string, enabled, force bool) (Partner, error) {
	if err := named("partner", partner); err != nil {
		return Partner{}, err
	}
	verb := map[bool]string{true: "enable", false: "disable"}[enabled]
	query := url.Values{}
	if force && !enabled {
		query.Set("force", "true")
	}
	return ask[Partner](ctx, c, http.MethodPost, "/partners/"+partner+"/"+verb, query)
}

// Reload has the configuration read again, and returns the keys that changed.
func (c *Client) Reload(ctx context.Context) (Reloaded, error) {
	return ask[Reloaded](ctx, c, http.MethodPost, "/reload", nil)
}

// Status asks what the server is doing.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return ask[Status](ctx, c, http.MethodGet, "/status", nil)
}
