package frame_test

import (
	"bytes"
	"testing"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/contract"
	"github.com/postern/postern/sdk/process/frame"
	"github.com/postern/postern/sdk/process/rpc"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/wire"
)

func TestTheMethodsAreThoseOfTheContract(t *testing.T) {
	want := map[string]bool{}
	for _, m := range rpc.Exit_ServiceDesc.Methods {
		want[m.MethodName] = true
	}
	for _, s := range rpc.Exit_ServiceDesc.Streams {
		want[s.StreamName] = true
	}
	for _, row := range sdk.Points() {
		name := frame.MethodName(row.Point)
		if !want[name] || frame.Method(row.Point) != "/"+rpc.Exit_ServiceDesc.ServiceName+"/"+name {
			t.Errorf("%s is asked as %s", row.Point, frame.Method(row.Point))
		}
		delete(want, name)
	}
	if frame.OpenFile != rpc.Exit_OpenFile_FullMethodName {
		t.Errorf("a file that is sent is shown through %s", frame.OpenFile)
	}
	delete(want, frame.MethodOpenFile)
	if len(want) > 0 || frame.Describe != rpc.Plugin_Describe_FullMethodName {
		t.Errorf("nobody asks %v, or Describe is not %s", want, frame.Describe)
	}
}

// over sends a message through the codec into another one.
func over(t *testing.T, out, in any) {
	t.Helper()
	b, err := frame.Codec{}.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Free()
	if err := (frame.Codec{}).Unmarshal(b, in); err != nil {
		t.Fatal(err)
	}
}

func equal(t *testing.T, got, want proto.Message) {
	t.Helper()
	if !proto.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestWhatASenderMakesIsTheContractsMessage(t *testing.T) {
	var pool frame.Pool
	block := bytes.Repeat([]byte("block"), 50_000)
	var r contract.FilterRequest
	over(t, frame.FileBlock(pool.Copy(block), true), &r)
	equal(t, &r, &contract.FilterRequest{Block: block, Last: true})
	over(t, frame.FileBlock(nil, false), &r)
	equal(t, &r, &contract.FilterRequest{})
	over(t, frame.Snapshot(), &r)
	equal(t, &r, &contract.FilterRequest{Snapshot: true})

	var v contract.VerifyRequest
	over(t, frame.FileBlock(pool.Copy([]byte("x")), false), &v)
	equal(t, &v, &contract.VerifyRequest{Block: []byte("x")})

	var a contract.FilterReply
	over(t, frame.Filtered(pool.Copy([]byte("y")), true, true), &a)
	equal(t, &a, &contract.FilterReply{Block: []byte("y"), More: true, End: true})
	over(t, frame.State([]byte{}), &a)
	equal(t, &a, &contract.FilterReply{State: []byte{}})
	over(t, frame.State(nil), &a)
	equal(t, &a, &contract.FilterReply{})

	q := sdk.Question{Point: sdk.PointFilter, Facts: exittest.Facts(sdk.PointFilter)}
	over(t, frame.Opening(&q, wire.Shown{Config: "{}"}, []byte("state")), &r)
	if string(r.State) != "state" || r.Config != "{}" || r.Facts.GetClaim().GetName() != "PARIS" || r.Facts.GetClaim().GetSecret() != "" {
		t.Errorf("got %v", &r)
	}
}

func TestAReceiverReadsTheContractsMessage(t *testing.T) {
	for _, own := range []bool{false, true} {
		in := frame.In{Own: own}
		over(t, &contract.FilterRequest{Block: []byte("b"), Last: true, Snapshot: true, State: []byte{}}, &in)
		r, err := frame.ParseRequest(in.Bytes())
		if err != nil || string(r.Block) != "b" || !r.Last || !r.Snapshot || r.State == nil {
			t.Errorf("got %+v, %v", r, err)
		}
		over(t, &contract.FilterReply{Verdict: contract.Verdict_VERDICT_PASS, Block: []byte("c"), More: true, End: true}, &in)
		a, err := frame.ParseReply(in.Bytes())
		if err != nil || !a.Judged || string(a.Block) != "c" || !a.More || !a.End || a.State != nil {
			t.Errorf("got %+v, %v", a, err)
		}
		in.Free()
		in.Free()
	}
}

func TestGarbageIsNoMessage(t *testing.T) {
	for _, b := range []string{"\x00", "\x2a\x05ab", "\xff\xff\xff", "\x2f"} {
		if _, err := frame.ParseRequest([]byte(b)); err == nil {
			t.Errorf("%q is a request", b)
		}
		if _, err := frame.ParseReply([]byte(b)); err == nil {
			t.Errorf("%q is a reply", b)
		}
	}
}

func FuzzStreamMessages(f *testing.F) {
	f.Add([]byte("\x2a\x01b\x30\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := frame.ParseRequest(b)
		var want contract.FilterRequest
		if proto.Unmarshal(b, &want) == nil && err != nil {
			t.Errorf("protobuf reads it: %v", err)
		} else if err == nil && proto.Unmarshal(b, &want) == nil && !bytes.Equal(r.Block, want.Block) {
			t.Errorf("got %q, protobuf has %q", r.Block, want.Block)
		}
		_, _ = frame.ParseReply(b)
	})
}

func TestMemoryIsLentAgain(t *testing.T) {
	var pool frame.Pool
	b := pool.Get(10)
	if len(*b) != 10 || cap(*b) < frame.Block {
		t.Errorf("lent %d of %d bytes", len(*b), cap(*b))
	}
	mem.NewBuffer(b, &pool).Free()
	if got := pool.Get(2 * frame.Block); len(*got) != 2*frame.Block {
		t.Errorf("lent %d bytes", len(*got))
	}
}
