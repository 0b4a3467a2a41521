package sftp

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	pkgsftp "github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

const crowdedConfiguration = `data_dir: ./data
backends: {files: {type: local, root: ./files}}
listeners: {sftp: {protocol: sftp, address: "127.0.0.1:0", max_connections: 600, ssh: {host_keys: [host]}}}
partners: {PARIS: {protocols: [sftp], authorized_keys: ["%s"], receive: [IN], max_sessions: %d, max_transfers: %s}}
flows: {IN: {path: "in/{{.File}}-{{.ID}}", durability: close}}
limits: {max_sessions: 600, max_transfers: %s, unauthenticated: 64}
shutdown_grace: 5s
`

// TestACrowdOfSessionsMeetsTheLimits has more callers than a partner may have: as many as it may are served, the others are
// refused; of those that are served exactly as many may have a file open as the server, or the partner, has transfers; and
// everything comes back at the end.
func TestACrowdOfSessionsMeetsTheLimits(t *testing.T) {
	callers, most := 50, 30
	if os.Getenv("POSTERN_TEST_LONG") != "" {
		callers, most = 500, 400
	}
	d := deskWith(t, fmt.Sprintf(crowdedConfiguration, "%s", most, "none", "8"))
	d.partner = "PARIS"
	for round := range 2 { // the second crowd finds every slot free again
		if round == 1 { // and is held by the partner's limit in place of the server's
			d.write("postern.yaml", fmt.Appendf(nil, crowdedConfiguration, strings.TrimSpace(string(d.read("client.pub"))), most, "8", "600"))
			d.run(postern, "reload")
		}
		served := d.crowd(callers, 32)
		if len(served) != most {
			t.Errorf("%d of %d callers are served, want %d", len(served), callers, most)
		}
		if done := d.putAll(served); done != 8 {
			t.Errorf("%d of %d uploads at once are done, want 8", done, len(served))
		}
		for _, c := range served {
			c.conn.Close()
		}
		d.until("the sessions have ended", func() bool {
			again, err := d.connect()
			if err == nil {
				again.Close()
			}
			return err == nil
		})
	}
}

// call is a connection with its session of SFTP.
type call struct {
	conn *ssh.Client
	*pkgsftp.Client
}

// crowd calls, atOnce at a time, and gives the connections on which SFTP is spoken.
func (d *desk) crowd(callers, atOnce int) (served []call) {
	d.Helper()
	var group sync.WaitGroup
	var mu sync.Mutex
	room := make(chan struct{}, atOnce)
	for range callers {
		group.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			conn, err := d.connect()
			if err != nil {
				return
			}
			c, err := pkgsftp.NewClient(conn) // only now it is no longer one of those who have not asked for SFTP
			if err != nil {
				conn.Close()
				return
			}
			mu.Lock()
			defer mu.Unlock()
			served = append(served, call{conn, c})
		})
	}
	group.Wait()
	return served
}

// putAll has every connection open a file before the first one is written, and gives how many uploads are done. The others
// were refused because all transfers were taken.
func (d *desk) putAll(calls []call) (done int) {
	d.Helper()
	var opening, group sync.WaitGroup
	var good atomic.Int64
	data := content(100_000)
	opening.Add(len(calls))
	for i, c := range calls {
		group.Go(func() {
			f, err := c.Create(fmt.Sprintf("/IN/c%d", i))
			opening.Done()
			if err != nil {
				if !strings.Contains(err.Error(), "too many transfers, try later") {
					d.Errorf("an upload is refused with %v", err)
				}
				return
			}
			opening.Wait()
			_, err = f.Write(data)
			if closed := f.Close(); err == nil {
				err = closed
			}
			if err != nil {
				d.Errorf("an upload ends with %v", err)
			}
			good.Add(1)
		})
	}
	group.Wait()
	return int(good.Load())
}
