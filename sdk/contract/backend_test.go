package contract_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/contract"
	"github.com/postern/postern/sdk/wire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// backendTurn is one message of a backend, under testdata/backend-METHOD-request.binpb and -reply.binpb.
type backendTurn struct {
	name, message string // of the contract
	binary        []byte
}

// backendTurns has the request and the reply of each method, each field set that it has, and every way of saying no.
func backendTurns() (out []backendTurn) {
	target := &sdk.Target{ID: "t1", Path: "in/a", OnExists: sdk.ExistsUnique, Durability: sdk.DurabilitySync, Size: 12}
	info := sdk.FileInfo{Path: "in/a", Size: 12, Modified: someTime, Tag: "1-2-c"}
	state := []byte{1, 0, 2}
	type call = wire.BackendCall
	type reply = wire.BackendReply
	for _, m := range []struct {
		method wire.BackendMethod
		call   call
		reply  reply
	}{
		{wire.BackendConfigure, call{Config: `{"root":"/srv"}`}, reply{}},
		{wire.BackendCreate, call{Target: target}, reply{Handle: 7, State: state}},
		{wire.BackendResume, call{Target: target, State: state}, reply{Handle: 7, State: state}},
		{wire.BackendOpen, call{Path: "in/a"}, reply{Handle: 7, Info: info}},
		{wire.BackendProbe, call{Target: target}, reply{}},
		{wire.BackendStat, call{Path: "in/a"}, reply{Info: info}},
		{wire.BackendList, call{Path: "in"}, reply{Entries: []sdk.FileInfo{info, {Path: "in/b", Modified: someTime, Dir: true}}}},
		{wire.BackendRename, call{Path: "in/a", To: "in/b"}, reply{}},
		{wire.BackendRemove, call{Path: "in/a"}, reply{}},
		{wire.BackendMkdir, call{Path: "in/a"}, reply{}},
		{wire.BackendRmdir, call{Path: "in/a"}, reply{}},
		{wire.BackendRemovePart, call{Target: target, State: state}, reply{}},
		{wire.BackendParts, call{}, reply{Parts: []sdk.Part{{ID: "t1", Path: "in/.part-t1", Size: 12, Modified: someTime}}}},
		{wire.BackendWriteAt, call{Handle: 7, Offset: 4096, Block: []byte("data")}, reply{}},
		{wire.BackendReadAt, call{Handle: 7, Offset: 4096, Length: 512}, reply{Length: 4, Block: []byte("data")}},
		{wire.BackendSync, call{Handle: 7}, reply{Durable: 4100, State: state}},
		{wire.BackendTruncate, call{Handle: 7, Offset: 4096}, reply{}},
		{wire.BackendCommit, call{Handle: 7, Rule: sdk.ExistsUnique}, reply{Path: "in/a-1"}},
		{wire.BackendQuarantine, call{Handle: 7, Path: "bad/a"}, reply{}},
		{wire.BackendClose, call{Handle: 7}, reply{}},
		{wire.BackendDiscard, call{Handle: 7}, reply{}},
	} {
		name := m.method.String()
		out = append(out, backendTurn{"backend-" + name + "-request", "Backend" + name + "Request", wire.AppendBackendCall(nil, &m.call)},
			backendTurn{"backend-" + name + "-reply", "Backend" + name + "Reply", wire.AppendBackendReply(nil, &m.reply)})
	}
	for name, err := range map[string]error{
		"refused":   &sdk.Refusal{Code: sdk.FileSpace, Temporary: true, Public: "no room", Detail: "12 bytes"},
		"no-part":   fmt.Errorf("resume in/a: %w", sdk.ErrNoPart),
		"committed": &sdk.CommittedError{Path: "in/a-1"},
	} {
		out = append(out, backendTurn{"backend-" + name, "BackendResumeReply", wire.AppendBackendReply(nil, &reply{Failure: err})})
	}
	return out
}

// TestTheGoldenCallsOfABackendAreThoseOfTheCodecAndProtobuf keeps the messages of a backend as they are, and reads and writes them
// with the protobuf library, which shares nothing with the codec.
func TestTheGoldenCallsOfABackendAreThoseOfTheCodecAndProtobuf(t *testing.T) {
	for _, turn := range backendTurns() {
		path := filepath.Join("testdata", turn.name+".binpb")
		if *update {
			if err := os.WriteFile(path, turn.binary, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(have, turn.binary) {
			t.Errorf("%s is not what the codec writes (%v)", path, err)
			continue
		}
		typ, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName("postern.v1." + turn.message))
		if err != nil {
			t.Fatal(err)
		}
		m := typ.New().Interface()
		if err := proto.Unmarshal(have, m); err != nil {
			t.Errorf("%s: %v", turn.name, err)
			continue
		}
		if u := unknown(m.ProtoReflect()); u != "" {
			t.Errorf("%s: %s has fields that the contract does not know", turn.name, u)
		}
		again, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil || !bytes.Equal(again, have) {
			t.Errorf("%s: the library writes other bytes (%v)", turn.name, err)
		}
	}
}

func TestEveryMethodOfABackendHasItsGoldenMessages(t *testing.T) {
	has := map[string]bool{}
	for _, turn := range backendTurns() {
		has[turn.message] = true
	}
	messages := contract.File_backend_proto.Messages()
	for i := range messages.Len() {
		name := string(messages.Get(i).Name())
		if (strings.HasSuffix(name, "Request") || strings.HasSuffix(name, "Reply")) && !has[name] {
			t.Errorf("%s has none", name)
		}
	}
}
