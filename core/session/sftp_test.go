package session_test

import (
	"encoding/binary"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/plugins/protocol/sftp"
	"github.com/postern/postern/sdk"
)

// greetedSFTP is SFTP without SSH below it: the greeting says that PARIS calls.
type greetedSFTP struct{ sftp.Protocol }

func (p greetedSFTP) Name() string { return "line" }

func (p greetedSFTP) Begin(o sdk.Opening, out []byte) (sdk.Dialogue, []byte, error) {
	d, out, err := p.Protocol.Begin(o, out)
	if err != nil {
		return nil, out, err
	}
	return greetedTalk{d.(*sftp.Dialogue)}, out, nil
}

type greetedTalk struct{ *sftp.Dialogue }

func (d greetedTalk) Hear(in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
	used, ev, out, err := d.Dialogue.Hear(in, ev, out)
	for i := range ev {
		if ev[i].Kind == sdk.KindHello {
			ev[i].Hello = &sdk.Hello{Claim: sdk.Claim{Name: "PARIS", Secret: sdk.NewSecret("secret"), Method: "password"}}
		}
	}
	return used, ev, out, err
}

// Packets and flags of the draft that these tests send.
const (
	fxpOpen, fxpClose, fxpRead, fxpWrite, fxpOpenDir, fxpReadDir, fxpRealPath, fxpStat, fxpExtended = 3, 4, 5, 6, 11, 12, 16, 17, 200
	fxfWrite, fxfCreate, fxfTruncate                                                                = 2, 8, 16
)

// sftpPeer is a client that sends what it likes.
type sftpPeer struct {
	*testing.T
	*peer
}

// withSFTP plays against a house in a bubble, with a client that has greeted.
func withSFTP(t *testing.T, test func(h *testHouse, x sftpPeer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.listener.Protocol, h.listener.Terms = greetedSFTP{}, nil
		p := &play{T: t, house: h}
		x := sftpPeer{t, h.call(p)}
		defer func() {
			x.conn.Close()
			synctest.Wait()
			h.stop()
		}()
		x.send(string(fxp(1, 3)))
		synctest.Wait()
		if got := x.answers(); len(got) != 1 || got[0][0] != 2 {
			t.Fatalf("INIT was answered with %q", got)
		}
		test(h, x)
	})
}

// fxp makes a packet of an id and of strings and numbers.
func fxp(kind byte, id uint32, fields ...any) []byte {
	b := binary.BigEndian.AppendUint32([]byte{0, 0, 0, 0, kind}, id)
	for _, f := range fields {
		switch f := f.(type) {
		case string:
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(f))), f...)
		case int:
			b = binary.BigEndian.AppendUint32(b, uint32(f))
		case int64:
			b = binary.BigEndian.AppendUint64(b, uint64(f))
		}
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	return b
}

// answers takes the whole packets that came: each without its length.
func (x sftpPeer) answers() (list []string) {
	x.Helper()
	got := x.take(1 << 30)
	for len(got) > 0 {
		n := int(binary.BigEndian.Uint32([]byte(got)))
		list = append(list, got[4:4+n])
		got = got[4+n:]
	}
	return list
}

// ask sends packets at once and gives the answers.
func (x sftpPeer) ask(packets ...[]byte) []string {
	x.Helper()
	var all strings.Builder
	for _, p := range packets {
		all.Write(p)
	}
	x.send(all.String())
	synctest.Wait()
	return x.answers()
}

// handle opens a file for writing.
func (x sftpPeer) handle(name string) string {
	x.Helper()
	got := x.ask(fxp(fxpOpen, 1, name, fxfWrite|fxfCreate|fxfTruncate, 0))
	if len(got) != 1 || got[0][0] != 102 {
		x.Fatalf("OPEN of %q was answered with %q", name, got)
	}
	return got[0][9:]
}

// status is the code of an answer; -1: it is no status.
func status(answer string) int {
	if answer[0] != 101 {
		return -1
	}
	return int(binary.BigEndian.Uint32([]byte(answer[5:])))
}

func TestACloseSentWithAnFsyncIsAnswered(t *testing.T) {
	withSFTP(t, func(_ *testHouse, x sftpPeer) {
		f := x.handle("/INVOICES/a")
		got := x.ask(fxp(fxpWrite, 2, f, int64(0), "hello"), fxp(fxpExtended, 3, "fsync@openssh.com", f), fxp(fxpClose, 4, f))
		if len(got) != 3 || status(got[2]) != 0 {
			t.Fatalf("WRITE, fsync and CLOSE were answered with %q", got)
		}
	})
}

func TestAClientMayThinkBetweenTwoWritesAsLongAsBetweenTwoFiles(t *testing.T) {
	withSFTP(t, func(h *testHouse, x sftpPeer) {
		h.listener.Timeouts.Idle = 10 * time.Minute // from the next request on; a message may take 2
		f := x.handle("/INVOICES/a")
		x.ask(fxp(fxpWrite, 2, f, int64(0), "hello"))
		for range 3 {
			time.Sleep(9 * time.Minute)
			synctest.Wait()
			if got := x.ask(fxp(fxpWrite, 3, f, int64(5), " world")); len(got) != 1 || status(got[0]) != 0 {
				t.Fatalf("a WRITE after nine minutes was answered with %q", got)
			}
		}
		time.Sleep(11 * time.Minute)
		synctest.Wait()
		if !x.closed() || h.house.Limits.Transfers.Count() != 0 {
			t.Errorf("closed: %t, with %d transfers", x.closed(), h.house.Limits.Transfers.Count())
		}
	})
}

func TestAskingWhatTheDialogueAnswersByItselfKeepsASessionOpen(t *testing.T) {
	withSFTP(t, func(_ *testHouse, x sftpPeer) { // idle for a minute at most
		for range 5 {
			time.Sleep(50 * time.Second)
			if got := x.ask(fxp(fxpRealPath, 2, ".")); len(got) != 1 {
				t.Fatalf("REALPATH was answered with %q", got)
			}
		}
	})
}

func TestFoldersHaveATime(t *testing.T) {
	withSFTP(t, func(_ *testHouse, x sftpPeer) {
		const times = 8
		for _, name := range []string{"/", "/INVOICES"} {
			got := x.ask(fxp(fxpStat, 2, name))
			if len(got) != 1 || got[0][0] != 105 || got[0][8]&times == 0 {
				t.Errorf("STAT of %s was answered with %q", name, got)
			}
		}
	})
}
