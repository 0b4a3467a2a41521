package wasm

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/postern/postern/sdk/wire"
)

// What HTTP requests of a module are held to.
const (
	maxRequests = 8       // of one decision
	maxWebBody  = 1 << 20 // bytes, either way
	webIdle     = 30 * time.Second
)

var webMethods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// web is the way out for a module that was granted HTTP: to listed origins only, without redirects and proxies.
type web struct {
	origins map[string]http.Header // by scheme://host:port
	client  *http.Client
}

// newWeb makes the way out of validated grants; nil when there is no grant.
func newWeb(g *Grants) *web {
	if len(g.HTTP) == 0 {
		return nil
	}
	w := &web{origins: map[string]http.Header{}}
	for _, o := range g.HTTP {
		name, _ := o.parse()
		h := http.Header{}
		for k, v := range o.Headers {
			h.Set(k, v)
		}
		w.origins[name] = h
	}
	w.client = &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: dial, TLSClientConfig: tlsConfig(g.Roots), ForceAttemptHTTP2: true,
			IdleConnTimeout: webIdle, MaxIdleConnsPerHost: 4, MaxResponseHeaderBytes: 64 << 10},
	}
	return w
}

func tlsConfig(roots *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

func (w *web) close() {
	if w != nil {
		w.client.CloseIdleConnections()
	}
}

// dial resolves a host, checks its addresses, and connects to one that was checked: no second look-up can give another.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	err = fmt.Errorf("%s has no address that may be called", host)
	var d net.Dialer
	for _, a := range found {
		if !mayCall(host, a.Unmap()) {
			continue
		}
		var c net.Conn
		if c, err = d.DialContext(ctx, network, net.JoinHostPort(a.Unmap().String(), port)); err == nil {
			return c, nil
		}
	}
	return nil, err
}

// mayCall keeps a name from leading where no server of its own can be: to this machine (unless the grant says so) and
// to the addresses of the link, where clouds keep their credentials. Private addresses are the operator's own.
func mayCall(host string, a netip.Addr) bool {
	if literal, err := netip.ParseAddr(host); err == nil {
		return literal.Unmap() == a
	}
	if a.IsLoopback() || isLoopback(host) {
		return a.IsLoopback() && isLoopback(host)
	}
	return !a.IsUnspecified() && !a.IsMulticast() && !a.IsLinkLocalUnicast()
}

// httpAnswer is an answer that did not fit, kept for the same request with a larger buffer.
type httpAnswer struct{ request, reply []byte }

func httpRequest(t *task, s []uint64) {
	if t.exit.web == nil {
		answer(s, answerNotGranted)
		return
	}
	request, ok := t.bytes(s[0], s[1])
	if !ok || len(request) > maxWebBody+maxHeaders+(16<<10) {
		answer(s, answerArgument)
		return
	}
	t.burnBytes(len(request))
	request = bytes.Clone(request)
	reply := t.pending.reply
	if reply == nil || !bytes.Equal(request, t.pending.request) {
		var code int32
		if reply, code = t.fetch(request); code != 0 {
			answer(s, code)
			return
		}
	}
	t.pending = httpAnswer{}
	if len(reply) > int(uint32(s[3])) {
		t.pending = httpAnswer{request, reply}
	}
	t.give(s, s[2], s[3], reply)
}

// fetch makes one request. What keeps it from being answered is told as status 0 with the reason as the body; a code is
// for what the module did wrong.
func (t *task) fetch(request []byte) (reply []byte, code int32) {
	q, err := wire.ParseHTTPRequest(string(request))
	if t.requests++; err != nil || t.requests > maxRequests || len(q.Body) > maxWebBody || !slices.Contains(webMethods, q.Method) {
		return nil, answerArgument
	}
	u, err := url.Parse(q.URL)
	if err != nil || u.User != nil {
		return nil, answerArgument
	}
	headers, listed := t.exit.web.origins[originOf(u)]
	if !listed {
		return nil, answerNotGranted
	}
	var a wire.HTTPReply
	t.outside(func(ctx context.Context) {
		a, err = t.exit.web.do(ctx, &q, headers)
		if err != nil && ctx.Err() != nil {
			code = answerDeadline
		}
	})
	if code != 0 {
		return nil, code
	}
	if err != nil {
		a = wire.HTTPReply{Body: []byte(printable(err.Error(), 500))}
	}
	return wire.AppendHTTPReply(nil, &a), 0
}

var errWebSize = errors.New("the reply has more than 1 MiB")

func (w *web) do(ctx context.Context, q *wire.HTTPRequest, headers http.Header) (a wire.HTTPReply, err error) {
	if err := checkHeaders(q.Headers, headers); err != nil {
		return a, err
	}
	r, err := http.NewRequestWithContext(ctx, q.Method, q.URL, bytes.NewReader(q.Body))
	if err != nil {
		return a, err
	}
	if q.ContentType != "" {
		r.Header.Set("Content-Type", q.ContentType)
	}
	for k, v := range q.Headers {
		r.Header.Set(k, v)
	}
	for k, v := range headers {
		r.Header[k] = v
	}
	got, err := w.client.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // the module knows its URL
		}
		return a, err
	}
	defer func() { _ = got.Body.Close() }() // it was read
	body, err := io.ReadAll(io.LimitReader(got.Body, maxWebBody+1))
	if err != nil {
		return a, err
	}
	if len(body) > maxWebBody {
		return a, errWebSize
	}
	return wire.HTTPReply{Status: got.StatusCode, ContentType: got.Header.Get("Content-Type"), Body: body}, nil
}
