package sftp_test

import (
	"bytes"
	"encoding/binary"
	"testing"
)

func packet(kind byte, id uint32, fields ...any) []byte {
	b := append(make([]byte, 4), kind)
	b = binary.BigEndian.AppendUint32(b, id)
	for _, f := range fields {
		switch x := f.(type) {
		case string:
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(x))), x...)
		case uint32:
			b = binary.BigEndian.AppendUint32(b, x)
		case uint64:
			b = binary.BigEndian.AppendUint64(b, x)
		default:
			panic(x)
		}
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	return b
}

// initial is INIT.
var initial = packet(1, 3)

func join(packets ...[]byte) []byte { return bytes.Join(packets, nil) }

func path(kind byte, id uint32, name string) []byte { return packet(kind, id, name) }
func open(id uint32, name string, flags uint32) []byte {
	return packet(3, id, name, flags, uint32(0))
}
func write(id uint32, use int, at uint64, n int) []byte {
	return packet(6, id, handle(use), at, string(make([]byte, n)))
}
func read(id uint32, use int, at uint64, n uint32) []byte { return packet(5, id, handle(use), at, n) }
func fsync(id uint32, use int) []byte                     { return packet(200, id, "fsync@openssh.com", handle(use)) }
func fstat(id uint32, use int) []byte                     { return packet(8, id, handle(use)) }
func closing(id uint32, use int) []byte                   { return packet(4, id, handle(use)) }

// handle is the one that the dialogue gives, with the randomness of the tests, to the file that is the use-th request of a
// channel when nothing else is open.
func handle(use int) string {
	ref := uint64(use) << 7
	x := 0x0102030405060708 + ref*0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	x ^= x >> 31
	return string(binary.BigEndian.AppendUint64(nil, x&^127|1<<63))
}

// replies cuts output into packets.
func replies(t testing.TB, out []byte) (list [][]byte) {
	t.Helper()
	for len(out) > 0 {
		if len(out) < 9 || int(binary.BigEndian.Uint32(out))+4 > len(out) {
			t.Fatalf("no packet: %.60q", out)
		}
		n := int(binary.BigEndian.Uint32(out)) + 4
		list, out = append(list, out[:n]), out[n:]
	}
	return list
}
