package sftp

import (
	"encoding/binary"
	"io"
	"testing"
)

// TestAFileThatIsClosedIsDoneThoughTheClientDoesNotWait writes a file, closes it and tears the connection down at once, as
// the end of a mount does.
func TestAFileThatIsClosedIsDoneThoughTheClientDoesNotWait(t *testing.T) {
	for range 5 { // it must be lost while the disk is at work
		closeAndHangUp(t)
	}
}

func closeAndHangUp(t *testing.T) {
	t.Helper()
	d := commonDesk(t, "GO")
	conn, err := d.connect()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s, err := conn.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	in, _ := s.StdinPipe()
	out, _ := s.StdoutPipe()
	if err := s.RequestSubsystem("sftp"); err != nil {
		t.Fatal(err)
	}
	say := func(kind byte, fields ...any) {
		b := []byte{0, 0, 0, 0, kind}
		for _, f := range fields {
			switch f := f.(type) {
			case uint32:
				b = binary.BigEndian.AppendUint32(b, f)
			case uint64:
				b = binary.BigEndian.AppendUint64(b, f)
			case string:
				b = append(binary.BigEndian.AppendUint32(b, uint32(len(f))), f...)
			default:
				t.Fatalf("%T is no field", f)
			}
		}
		binary.BigEndian.PutUint32(b, uint32(len(b)-4))
		if _, err := in.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	hear := func() []byte {
		var head [4]byte
		if _, err := io.ReadFull(out, head[:]); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, binary.BigEndian.Uint32(head[:]))
		if _, err := io.ReadFull(out, b); err != nil {
			t.Fatal(err)
		}
		return b
	}
	say(1, uint32(3)) // INIT
	hear()
	say(3, uint32(1), "/IN/hasty", uint32(0x1a), uint32(0)) // OPEN: write, create, truncate
	handle := string(hear()[9:])
	data := string(content(200_000))
	say(6, uint32(2), handle, uint64(0), data) // WRITE
	say(4, uint32(3), handle)                  // CLOSE
	hear()                                     // the answer to WRITE
	conn.Close()
	if e := d.ends("hasty"); e.Status != "done" || e.Bytes != 200_000 {
		t.Errorf("the catalog tells %+v", e)
	}
}
