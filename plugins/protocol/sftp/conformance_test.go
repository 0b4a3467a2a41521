package sftp_test

import (
	"flag"
	"os"
	"testing"

	"github.com/postern/postern/plugins/protocol/sftp"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/protocoltest"
)

// TestMain keeps the random walks short; -rapid.checks asks for more.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		_ = flag.Set("rapid.checks", "60")
	}
	_ = flag.Set("rapid.nofailfile", "true")
	os.Exit(m.Run())
}

func TestTheDialogueKeepsTheContract(t *testing.T) {
	protocoltest.RunAnswered(t, protocoltest.Answered{
		Protocol: sftp.Protocol{},
		Opening:  opening,
		Clients: map[string][][]byte{
			"an upload":     {initial, open(1, "IN/a", 0x1A), join(write(2, 1, 0, 300), write(3, 1, 300, 90), fsync(4, 1), fstat(5, 1), closing(6, 1))},
			"a download":    {initial, open(1, "OUT/a", 1), join(read(2, 1, 0, 100), read(3, 1, 100, 100), read(4, 1, 9000, 1), closing(5, 1))},
			"a look around": {initial, join(path(17, 1, "."), path(16, 2, ".."), path(13, 3, "IN/x"), packet(99, 4)), path(11, 5, "/IN"), closing(6, 3)},
		},
		Answer: answer,
		Garbage: [][]byte{
			[]byte("GET / HTTP/1.1\r\n\r\n"), []byte("SSH-2.0-OpenSSH_9.9\r\n"), {0, 0, 0, 0}, {0xFF, 0xFF, 0xFF, 0xFF},
			packet(17, 1), {0, 0, 0, 5, 1, 0, 0, 0, 2},
		},
	})
}

// answer grants everything; a file that is read has 150 bytes.
func answer(e sdk.Event) sdk.Message {
	m := sdk.Message{Ref: e.Ref, Tag: e.Tag, Point: e.Point, At: e.At}
	switch e.Kind {
	case sdk.KindHello:
		m.Kind, m.Welcome = sdk.KindWelcome, &sdk.Welcome{}
	case sdk.KindRequest:
		switch m.Kind = sdk.KindReply; e.Request.Action {
		case sdk.ActionCreate, sdk.ActionRead:
			m.Kind, m.Grant = sdk.KindGrant, &sdk.Grant{Size: 150}
		default:
			m.Reply = &sdk.Reply{Entries: []sdk.DirEntry{{Name: "a", Size: 150}}}
		}
	case sdk.KindBegin:
		m.Kind, m.Point, m.At = sdk.KindStart, 0, 0
	case sdk.KindWant:
		m.Kind = sdk.KindData
		if n := min(int64(e.Len), 150-e.At); n > 0 {
			m.Bytes = make([]byte, n)
		}
	case sdk.KindSync:
		m.Kind = sdk.KindSynced
	case sdk.KindFinish:
		m.Kind = sdk.KindFinished
	}
	return m
}

func TestWhoeverWantsToCallHearsThatThisIsNotThere(t *testing.T) {
	if _, _, err := (sftp.Protocol{}).Begin(sdk.Opening{Role: sdk.Calling}, nil); err == nil {
		t.Error("a calling dialogue was made")
	}
}
