package wide_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/plugins/transport/wide"
)

func TestWhatWasGatheredLeavesInTheEndAndAfterAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		defer there.Close()
		w := wide.New(here, new(wide.Pool))
		got := make(chan string, 8)
		go func() {
			defer close(got)
			b := make([]byte, 64)
			for {
				n, err := there.Read(b)
				if err != nil {
					return
				}
				got <- string(b[:n])
			}
		}()
		say := func(text string) {
			if _, err := w.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		say("at once")
		w.Hold(time.Millisecond)
		say("a")
		say("b")
		synctest.Wait()
		if n := len(got); n != 1 || <-got != "at once" {
			t.Fatalf("%d writes before the end of what is gathered", n)
		}
		if now := <-got; now != "ab" { // time goes on while everybody waits
			t.Errorf("after a moment %q came", now)
		}
		say("c")
		if err := w.Flush(); err != nil || <-got != "c" {
			t.Errorf("the end did not flush: %v", err)
		}
		here.Close()
		w.Hold(time.Millisecond)
		say("lost")
		if err := w.Flush(); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("a flush into nothing: %v", err)
		}
		if _, err := w.Write([]byte("x")); err == nil {
			t.Error("something follows what was lost")
		}
		for range got {
		}
	})
}

// source gives what is in it, as much at once as there is room for, and counts.
type source struct {
	net.Conn // nobody asks for more
	b        bytes.Buffer
	reads    int
}

func (s *source) Read(p []byte) (int, error) {
	s.reads++
	return s.b.Read(p)
}

func TestAFlowIsReadInFewCallsAndItsBufferIsGivenBack(t *testing.T) {
	s := &source{}
	c := wide.New(s, new(wide.Pool))
	said := bytes.Repeat([]byte("0123456789abcdef"), 2*wide.Width/16)
	s.b.Write(said)
	said = append(said, "the end"...)
	heard, piece := []byte(nil), make([]byte, 1000) // as a library reads: the head of a packet, then its rest
	for len(heard) < len(said) {
		n, err := c.Read(piece)
		if err != nil {
			t.Fatal(err)
		}
		if heard = append(heard, piece[:n]...); len(heard) == 2*wide.Width {
			s.b.WriteString("the end")
		}
		if in, _ := c.Buffered(); in && len(heard) == len(said) {
			t.Error("the buffer is kept behind the end of the flow")
		}
	}
	if !bytes.Equal(said, heard) {
		t.Error("what was heard is not what was said")
	}
	if s.reads > 5 {
		t.Errorf("the socket was read %d times for %d bytes", s.reads, len(said))
	}
}

func TestTalkNeedsNoBuffer(t *testing.T) {
	s := &source{}
	c := wide.New(s, new(wide.Pool))
	for range 10 {
		s.b.WriteString("a few words")
		if n, err := c.Read(make([]byte, 512)); n != 11 || err != nil {
			t.Fatal(n, err)
		}
		if in, out := c.Buffered(); in || out || c.Flowing() {
			t.Fatal("talk is taken for a flow")
		}
	}
}

func TestALineThatIsReadByteByByteNeedsFewCallsAndNoLargeBuffer(t *testing.T) {
	s := &source{}
	c := wide.New(s, new(wide.Pool))
	s.b.WriteString("SSH-2.0-somebody\r\nand more")
	var line []byte
	for b := []byte{0}; b[0] != '\n'; line = append(line, b...) {
		if _, err := c.Read(b); err != nil {
			t.Fatal(err)
		}
		if in, _ := c.Buffered(); in || c.Flowing() {
			t.Fatal("a line is taken for a flow")
		}
	}
	b := make([]byte, 4<<10)
	if n, err := c.Read(b); string(line) != "SSH-2.0-somebody\r\n" || string(b[:n]) != "and more" || err != nil || s.reads != 1 {
		t.Errorf("%q and %q came with %d reads: %v", line, b[:n], s.reads, err)
	}
}

func TestADryReadGivesWhatIsHereAndDoesNotWait(t *testing.T) {
	s := &source{}
	c := wide.New(s, new(wide.Pool))
	s.b.Write(make([]byte, 20<<10))
	b := make([]byte, 512)
	read := func() (int, error) { return c.Read(b) }
	if _, err := read(); err != nil || !c.Flowing() {
		t.Fatal("a full read is no flow", err)
	}
	if _, err := read(); err != nil { // the rest is in the buffer
		t.Fatal(err)
	}
	c.Dry(true)
	got := 1024
	for {
		n, err := read()
		got += n
		if errors.Is(err, wide.ErrDry) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got != 20<<10 || s.reads != 2 {
		t.Errorf("%d bytes came with %d reads of the socket", got, s.reads)
	}
	c.Dry(false)
	s.b.WriteString("more")
	if n, err := read(); n != 4 || err != nil {
		t.Error("behind the dry read nothing more comes", n, err)
	}
}
