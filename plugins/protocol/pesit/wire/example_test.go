package wire_test

import (
	"errors"
	"fmt"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
)

// A server reads what it received and answers.
func Example() {
	received := []byte("\x00\x1a\x00\x1a\x40\x20\x00\x01\x03\x04LOOP\x04\x06CETOM1\x06\x01\x02\x16\x01\x00")

	d, progress := wire.Detect(received)
	if progress != wire.Decided {
		return
	}
	link := wire.Link{Framing: d.Framing, CRC: d.CRC}
	splitter := wire.Splitter{Link: link}
	var p wire.Params
	for {
		f, used, err := splitter.Next(received)
		if errors.Is(err, wire.ErrMore) {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		received = received[used:]
		fmt.Println(wire.Trace(f))
		if err := p.Decode(f); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Printf("%s calls with access %d\n", p.Text(wire.PIRequester), p.Num(wire.PIAccessType))

	b := wire.NewBuilder(nil, link)
	b.Begin(wire.AConnect, 1, 0x61)
	b.Num(wire.PIVersion, 2)
	b.Sync(0, 0)
	answer, err := b.Done()
	fmt.Printf("% X %v\n", answer, err)
	// Output:
	// CONNECT to 0 from 1 3:requester="LOOP" 4:server="CETOM1" 6:version=2 22:access=0
	// LOOP calls with access 0
	// 00 0E 00 0E 40 21 01 61 06 01 02 07 03 00 00 00 <nil>
}
