package docs_test

import (
	"context"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// apiTable lists the operations of the admin API, as a running server describes them.
func apiTable(t *testing.T) string {
	sh := newShell(t)
	sh.write(block{info: "file=postern.yaml", text: base})
	sh.start("admin API", "postern serve")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(sh.dir, "postern-data", "admin.sock"))
	}}}
	answer, err := client.Get("http://postern/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var api struct {
		Paths map[string]map[string]struct {
			Summary string `json:"summary"`
		} `json:"paths"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&api); err != nil {
		t.Fatal(err)
	}
	out := newTable("call", "does")
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(api.Paths[path])) {
			out.row(code(strings.ToUpper(method)+" "+path), api.Paths[path][method].Summary)
		}
	}
	return out.String()
}
