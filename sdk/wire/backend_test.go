package wire_test

import (
	"reflect"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/contract"
	"github.com/postern/postern/sdk/wire"
)

func TestBackendMessagesAreTheContracts(t *testing.T) {
	at := time.Unix(1e9, 7).UTC()
	call := wire.BackendCall{Target: &sdk.Target{ID: "t1", Path: "in/a", OnExists: sdk.ExistsFail, Durability: sdk.DurabilitySync, Size: 0}, State: []byte("s")}
	var create contract.BackendResumeRequest
	if err := proto.Unmarshal(wire.AppendBackendCall(nil, &call), &create); err != nil || create.Target.GetId() != "t1" || create.Target.Size == nil || string(create.State) != "s" {
		t.Errorf("got %v, %v", &create, err)
	}
	if back, err := wire.ParseBackendCall(string(wire.AppendBackendCall(nil, &call))); err != nil || !reflect.DeepEqual(back, call) {
		t.Errorf("got %+v, %v", back, err)
	}
	list := wire.BackendReply{Entries: []sdk.FileInfo{{Path: "in/a", Size: 3, Modified: at, Tag: "x"}, {Path: "in/b", Dir: true}}}
	var listed contract.BackendListReply
	b := wire.AppendBackendReply(nil, &list)
	if err := proto.Unmarshal(b, &listed); err != nil || !listed.Done || len(listed.Entries) != 2 || listed.Entries[0].Modified.Nanos != 7 || !listed.Entries[1].Dir {
		t.Errorf("got %v, %v", &listed, err)
	}
	if back, err := wire.ParseBackendReply(string(b)); err != nil || !reflect.DeepEqual(back, list) {
		t.Errorf("got %+v, %v", back, err)
	}
	no := &sdk.Refusal{Code: sdk.FileSpace, Temporary: true, Public: "no room", Detail: "12 bytes"}
	var refused contract.BackendCreateReply
	b = wire.AppendBackendReply(nil, &wire.BackendReply{Failure: no})
	if err := proto.Unmarshal(b, &refused); err != nil || refused.Done || refused.Failure.GetCode() != "file.space" || !refused.Failure.GetTemporary() {
		t.Errorf("got %v, %v", &refused, err)
	}
	if back, err := wire.ParseBackendReply(string(b)); err != nil || !reflect.DeepEqual(back.Failure, error(no)) {
		t.Errorf("got %+v, %v", back, err)
	}
}

func TestAMethodHasTheContractsNumber(t *testing.T) {
	for name, n := range contract.Method_value {
		if n < 64 {
			continue
		}
		if wire.BackendMethod(n).String() == "" {
			t.Errorf("nobody knows %s", name)
		}
	}
}

func TestAReplyThatSaysNothingIsNone(t *testing.T) {
	for _, s := range []string{"", "\x10\x01", "\x0a\x00", "\x50\x00", "\x0a\x05\x0a\x03abc", "\x0a\x02\x28\x07", "\x22\x02\x10"} {
		if a, err := wire.ParseBackendReply(s); err == nil {
			t.Errorf("%q is read as %+v", s, a)
		}
	}
}

// FuzzBackendReply reads what a backend may answer: whatever is taken is read the same again after it was written.
func FuzzBackendReply(f *testing.F) {
	f.Add(wire.AppendBackendReply(nil, &wire.BackendReply{Entries: []sdk.FileInfo{{Path: "in/a"}}, Handle: 1, State: []byte("s")}))
	f.Add(wire.AppendBackendReply(nil, &wire.BackendReply{Failure: sdk.Refuse(sdk.FileMissing, "x")}))
	f.Add(wire.AppendBackendReply(nil, &wire.BackendReply{Failure: &sdk.CommittedError{Path: "a"}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := wire.ParseBackendReply(string(b))
		if err != nil {
			return
		}
		again, err := wire.ParseBackendReply(string(wire.AppendBackendReply(nil, &a)))
		if a.Failure != nil {
			if err != nil || again.Failure == nil {
				t.Fatalf("%v is read as %v, %v", a.Failure, again.Failure, err)
			}
			return
		}
		if err != nil || again.Handle != a.Handle || len(again.Entries) != len(a.Entries) || again.Durable != a.Durable {
			t.Fatalf("%+v is read as %+v, %v", a, again, err)
		}
		_, _ = wire.ParseBackendCall(string(b))
	})
}
