package wire_test

import (
	"maps"
	"reflect"
	"testing"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// FuzzModuleMessages reads what a module may send besides verdicts: its manifest, and the requests that it makes.
func FuzzModuleMessages(f *testing.F) {
	f.Add(string(wire.AppendHTTPRequest(nil, &wire.HTTPRequest{Method: "POST", URL: "https://example.org/x", ContentType: "text/plain", Body: []byte("b"),
		Headers: map[string]string{"webhook-id": "e-1"}})))
	f.Add(string(wire.AppendHTTPReply(nil, &wire.HTTPReply{Status: 200, ContentType: "text/plain", Body: []byte("b")})))
	f.Add(string(wire.AppendManifest(nil, &sdk.Manifest{})))
	f.Fuzz(func(t *testing.T, b string) {
		if q, err := wire.ParseHTTPRequest(b); err == nil {
			again, err := wire.ParseHTTPRequest(string(wire.AppendHTTPRequest(nil, &q)))
			if err != nil || again.Method != q.Method || again.URL != q.URL || string(again.Body) != string(q.Body) || !maps.Equal(again.Headers, q.Headers) {
				t.Errorf("%+v is written and read as %+v (%v)", q, again, err)
			}
		}
		if a, err := wire.ParseHTTPReply(b); err == nil {
			again, err := wire.ParseHTTPReply(string(wire.AppendHTTPReply(nil, &a)))
			if err != nil || again.Status != a.Status || string(again.Body) != string(a.Body) {
				t.Errorf("%+v is written and read as %+v (%v)", a, again, err)
			}
		}
		if m, err := wire.ParseManifest(b); err == nil {
			again, err := wire.ParseManifest(string(wire.AppendManifest(nil, &m)))
			if err != nil || !reflect.DeepEqual(again, m) {
				t.Errorf("%+v is written and read as %+v (%v)", m, again, err)
			}
		}
	})
}
