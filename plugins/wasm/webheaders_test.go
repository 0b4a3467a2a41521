package wasm_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// TestAModulesHeadersAreSentAndWhatBelongsToTheConnectionIsNot tries each header on a server that counts who came.
func TestAModulesHeadersAreSentAndWhatBelongsToTheConnectionIsNot(t *testing.T) {
	var got []http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = append(got, r.Header) }))
	defer server.Close()
	send := func(headers map[string]string) string {
		got = nil
		s := settings(fetching(wire.HTTPRequest{Method: "POST", URL: server.URL, Headers: headers}, 4000))
		s.Grants.HTTP = []wasm.Origin{{URL: server.URL, Headers: map[string]string{"authorization": "Bearer x"}}}
		return says(t, s, question(sdk.PointIdentify))
	}
	sent := map[string]string{"webhook-id": "e-1", "webhook-signature": "v1,a= v1,b=", "X-Empty": "", "x-name": "Zoë"}
	if said := send(sent); len(got) != 1 || got[0].Get("Authorization") != "Bearer x" {
		t.Fatalf("%d requests came, %q", len(got), said)
	}
	for k, v := range sent {
		if got[0].Get(k) != v {
			t.Errorf("%s came as %q", k, got[0][http.CanonicalHeaderKey(k)])
		}
	}
	many := map[string]string{}
	for i := range 33 {
		many[fmt.Sprint("x-", i)] = ""
	}
	const secret = "s3cr3t"
	refused := map[string]map[string]string{
		"no name": {"a b": secret}, "33 headers": many, "more than 8192 bytes": {"x-large": strings.Repeat(secret, 2000)},
		"there twice": {"x-id": secret, "X-Id": secret}, "Authorization: the grant": {"AUTHORIZATION": secret},
		"text of one line": {"x-id": secret + "\r\nhost: elsewhere"},
	}
	for _, name := range []string{"Host", "content-length", "Content-Type", "connection", "TE", "Transfer-Encoding", "Upgrade", "Trailer",
		"keep-alive", "Proxy-Authorization", "Proxy-Connection", "expect"} {
		refused[http.CanonicalHeaderKey(name)+": a module"] = map[string]string{name: secret}
	}
	for why, headers := range refused {
		if said := send(headers); len(got) != 0 || !strings.Contains(said, why) || strings.Contains(said, secret) {
			t.Errorf("%.60q: %d requests, %q; want %q", headers, len(got), said, why)
		}
	}
}
