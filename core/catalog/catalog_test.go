package catalog_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

func TestAnEntryInJSONHasThePublicNames(t *testing.T) {
	e := catalog.Entry{ID: "01", Kind: catalog.File, Direction: catalog.Receive, Stage: "T", Step: "H", Code: sdk.NetworkCut,
		Key: catalog.RestartKey{Number: 77}, Point: catalog.Point{Number: 3, WireOffset: 310, FileOffset: 300, Protocol: []byte("x")}, CreatedAt: time.Date(2026, 3, 1, 8, 0, 0, 1000, time.UTC)}
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(`id kind direction role partner flow protocol stage step status code reason file label bytes records
		restart_point restart_offset attempts path sha256 session peer peer_id created_at started_at updated_at ended_at`) {
		if _, ok := got[name]; !ok {
			t.Errorf("%s is missing in %s", name, b)
		}
	}
	for name, want := range map[string]any{"status": "interrupted", "restart_point": 3.0, "restart_offset": 300.0,
		"created_at": "2026-03-01T08:00:00.000001Z", "direction": "receive", "code": "network.cut", "peer_id": "77"} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	var back catalog.Entry
	if err := json.Unmarshal(b, &back); err != nil || back.Status() != catalog.Interrupted || back.Point.FileOffset != 300 || !back.CreatedAt.Equal(e.CreatedAt) {
		t.Errorf("read back %+v, %v", back, err)
	}
	if got["started_at"] != nil || got["ended_at"] != nil || !back.StartedAt.IsZero() || !back.EndedAt.IsZero() {
		t.Errorf("what has not started bears a time of it: %s", b)
	}
	e.StartedAt, e.EndedAt = e.CreatedAt.Add(time.Second), e.CreatedAt.Add(time.Minute)
	if b, err = json.Marshal(e); err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil || !back.StartedAt.Equal(e.StartedAt) || !back.EndedAt.Equal(e.EndedAt) {
		t.Errorf("the times of start and end are read back as %v and %v, %v", back.StartedAt, back.EndedAt, err)
	}
}

func TestAnIDSortsByTimeAndIsSafeInAPath(t *testing.T) {
	low, high := bytes.Repeat([]byte{0}, 10), bytes.Repeat([]byte{255}, 10)
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	var ids []string
	for i, random := range [][]byte{high, low, high} {
		id, err := catalog.NewID(at.Add(time.Duration(i)*time.Millisecond), bytes.NewReader(random))
		if err != nil || len(id) != catalog.IDLength || strings.Trim(id, "0123456789abcdefghjkmnpqrstvwxyz") != "" {
			t.Fatalf("id %q, %v", id, err)
		}
		ids = append(ids, id)
	}
	if !slices.IsSorted(ids) {
		t.Errorf("%v is not in the order of time", ids)
	}
	if _, err := catalog.NewID(at, bytes.NewReader(low[:9])); err == nil {
		t.Error("an id was made of too little randomness")
	}
}

func TestAMaskMatchesWholeNames(t *testing.T) {
	for _, c := range []struct {
		mask, name string
		want       bool
	}{
		{"", "x", true}, {"*", "", true}, {"*", "abc", true}, {"a?c", "abc", true}, {"a?c", "ac", false}, {"a*c", "abbc", true},
		{"a*c", "abcd", false}, {"*b*", "abc", true}, {"**", "a", true}, {"a*b*c", "a-b-b-c", true}, {"[a]", "a", false}, {"É?", "ÉÉ", true},
		{"abc", "abc", true}, {"abc", "ABC", false}, {"?", "", false}, {"a*a*a*a*b", strings.Repeat("a", 60), false},
	} {
		if got := catalog.Match(c.mask, c.name); got != c.want {
			t.Errorf("%q matches %q: %v, want %v", c.mask, c.name, got, c.want)
		}
	}
}

func TestEveryStageAndStepHasAStatus(t *testing.T) {
	seen := map[catalog.Status]bool{}
	for _, stage := range []catalog.Stage{"A", "T", "Y", "Z", "X"} {
		for _, step := range []catalog.Step{"D", "H", "C", "K", "E", "R", "X"} {
			for _, code := range []catalog.Code{"", sdk.NetworkCut, sdk.OperatorHalt} {
				s := catalog.StatusOf(stage, step, code)
				if !slices.Contains(catalog.Statuses(), s) {
					t.Errorf("%s/%s %q is %q", stage, step, code, s)
				}
				seen[s] = true
			}
		}
	}
	if len(seen) != len(catalog.Statuses()) {
		t.Errorf("only %v are reached", seen)
	}
}

func TestATransitionErrorTellsTheOperatorWhy(t *testing.T) {
	_, err := catalog.ToResumed(catalog.Entry{ID: "01", Direction: catalog.Receive, Stage: "T", Step: "H", Code: sdk.NetworkCut}, "root", time.Now())
	want := "resume 01: the entry is interrupted (T/H): only the peer can restart what it sends to us"
	if err == nil || err.Error() != want || !errors.Is(fmt.Errorf("x: %w", err), catalog.ErrTransition) {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestATransitionLeavesTheCallersEntryAlone(t *testing.T) {
	decisions := make([]catalog.Decision, 1, 8)
	e := catalog.Entry{ID: "0001", Stage: "T", Step: "H", Decisions: decisions, Labels: map[string]string{"a": "1"}}
	if _, err := catalog.ToKept(e, "root", time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := decisions[:2][1]; !reflect.DeepEqual(got, catalog.Decision{}) {
		t.Errorf("the caller's slice was written: %+v", got)
	}
	e.Direction, e.Code = catalog.Send, ""
	if _, err := catalog.ToReleased(e, 0, catalog.Grant{Labels: map[string]string{"a": "2"}}, 1, time.Now(), "n"); err != nil || e.Labels["a"] != "1" {
		t.Errorf("the caller's labels are %v, %v", e.Labels, err)
	}
}
