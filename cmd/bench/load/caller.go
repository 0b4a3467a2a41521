package load

import (
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
)

// patience is how long the server may be silent, or take nothing, before a measurement has failed.
const patience = 2 * time.Minute

// Caller opens sessions that share the framed data and the transfer numbers. It may be used from several goroutines.
type Caller struct {
	Name     string      // who calls
	Called   string      // who is called
	Password string      // of Name
	Entity   int         // largest entity of a transfer in bytes; 0 is 32 KiB
	Interval int         // KiB between sync points; 0 for none
	Window   int         // sync points that may wait for their acknowledgement
	TLS      *tls.Config // nil for plain sessions
	Text     []byte      // what the data of files is, again and again; nil: random bytes

	numbers atomic.Int64
	mu      sync.Mutex
	blocks  map[byte]*block // by the connection id that the server has chosen
}

// entity is the largest entity with its default.
func (c *Caller) entity() int {
	if c.Entity == 0 {
		return 32 << 10
	}
	return c.Entity
}

// Dial opens a session: it connects, says who it is, and checks what was agreed.
func (c *Caller) Dial(address string) (*Session, error) {
	conn, err := Dial(address, c.TLS)
	if err != nil {
		return nil, err
	}
	s := &Session{caller: c, conn: conn, split: wire.Splitter{}, in: make([]byte, 0, 4<<10)}
	if err := s.connect(); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("open a session with %s: %w", address, err)
	}
	return s, nil
}

// Dial connects to an address. Over TLS the socket is wrapped in buffers both ways, see [Wide].
func Dial(address string, config *tls.Config) (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", address, err)
	}
	if config == nil {
		return conn, nil
	}
	wide := Widen(conn)
	secure := tls.Client(wide, config)
	if err := secure.Handshake(); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("secure the connection with %s: %w", address, err)
	}
	return &Secure{Conn: secure, wide: wide}, nil
}
