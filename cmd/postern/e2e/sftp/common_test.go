package sftp

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	pkgsftp "github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/postern/postern/cmd/postern/e2e/cable"
)

const commonConfiguration = `data_dir: ./data
backends: {files: {type: local, root: ./files}}
listeners: {sftp: {protocol: sftp, address: "127.0.0.1:0", ssh: {host_keys: [host]}}}
partners:
%s
flows:
  IN: {path: "in/{{.Partner}}/{{.File}}-{{.ID}}"}
  OUT: {path: "out/{{.File}}", publish: true}
  MANY: {path: "many/{{.File}}", publish: true}
  DUE: {path: "due/{{.File}}-{{.ID}}"}
  LINKS: {path: "links/{{.Folder}}/{{.File}}", publish: true}
  DOUBLE: {path: "double/{{.File}}", publish: true, points: {filter: [double]}}
exits: {double: {process: [%q, double]}}
limits: {max_sessions: 600, unauthenticated: 200}
shutdown_grace: 5s
`

// many is how many files the flow MANY publishes.
const many = 10_000

// common is the server that the tests of all clients share; each client is a partner of its own, of the client's name.
var common struct {
	sync.Mutex
	*desk
	stop func()
}

// stopCommon ends the shared server, if a test has started it.
func stopCommon() {
	common.Lock()
	defer common.Unlock()
	if common.stop != nil {
		common.stop()
	}
}

// commonDesk gives a test a folder of its own at the shared server, and a partner's name. It skips where a tool is missing.
func commonDesk(t *testing.T, partner string, tools ...string) *desk {
	t.Helper()
	for _, tool := range append(tools, "ssh-keygen") {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("there is no " + tool)
		}
	}
	common.Lock()
	defer common.Unlock()
	if common.desk == nil {
		startCommon(t)
	}
	d := &desk{T: t, dir: t.TempDir(), home: common.dir, port: common.port, partner: partner}
	for _, name := range []string{"client", "client.pub", "host.pub"} {
		d.write(name, common.read(name))
	}
	d.write("ssh_config", fmt.Appendf(nil, sshConfiguration, filepath.Join(d.dir, "client")))
	return d
}

const sshConfiguration = `IdentityFile %s
IdentitiesOnly yes
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
LogLevel ERROR
`

// startCommon starts the shared server. Its folder goes with the one of the binary.
func startCommon(t *testing.T) {
	t.Helper()
	d := &desk{T: t, dir: filepath.Join(filepath.Dir(postern), "common")}
	d.home = d.dir
	for _, folder := range []string{"files/out", "files/many", "files/double"} {
		if err := os.MkdirAll(filepath.Join(d.dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"host", "client"} {
		d.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var partners strings.Builder
	key := strings.TrimSpace(string(d.read("client.pub")))
	for _, p := range append(clientNames(), "GO", "HOSTILE") {
		receive, send := "IN", "IN, OUT, MANY, DUE, DOUBLE"
		if p == "HOSTILE" {
			receive, send = "IN, LINKS", send+", LINKS"
		}
		fmt.Fprintf(&partners, "  %s: {protocols: [sftp], authorized_keys: [%q], receive: [%s], send: [%s], manage: [rename, remove, mkdir]}\n", p, key, receive, send)
	}
	d.write("postern.yaml", fmt.Appendf(nil, commonConfiguration, partners.String(), self))
	for i := range many {
		d.write(fmt.Sprintf("files/many/f%d", i), nil)
	}
	common.stop = d.start()
	common.desk = d
}

// through lays a cable between the test's clients and the server that cuts the first connection.
func (d *desk) through(cut cable.Cut) *cable.Cable {
	d.Helper()
	first := &cut
	var once sync.Mutex
	c, err := cable.Lay(func() *cable.Cut {
		once.Lock()
		defer once.Unlock()
		planned := first
		first = nil
		return planned
	})
	if err != nil {
		d.Fatal(err)
	}
	c.To("127.0.0.1:" + d.port)
	d.Cleanup(c.Close)
	_, d.port, _ = net.SplitHostPort(c.Address())
	return c
}

// entry is a transfer as the catalog tells it.
type entry struct {
	File, Status, Direction, Code string
	Attempts, Bytes               int64
}

// entries are the partner's transfers of a file, oldest first.
func (d *desk) entries(file string) (found []entry) {
	d.Helper()
	cmd := exec.Command(postern, "catalog", "list", "--partner", d.partner, "-o", "json")
	cmd.Dir = d.home
	out, err := cmd.Output()
	if err != nil {
		d.Fatalf("catalog list: %v", err)
	}
	var all []entry
	if err := json.Unmarshal(out, &all); err != nil {
		d.Fatal(err)
	}
	for _, e := range all {
		if filepath.Base(e.File) == file {
			found = append(found, e)
		}
	}
	return found
}

// ends waits until the newest transfer of a file no longer runs, and gives it.
func (d *desk) ends(file string) (e entry) {
	d.Helper()
	d.until("the transfer of "+file+" ends", func() bool {
		if all := d.entries(file); len(all) > 0 {
			e = all[len(all)-1]
		}
		return e.Status != "" && e.Status != "running"
	})
	return e
}

// dial calls as the partner, with a client in this process that looks at what the others left.
func (d *desk) dial() *pkgsftp.Client {
	d.Helper()
	conn, err := d.connect()
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() { conn.Close() })
	c, err := pkgsftp.NewClient(conn)
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() { c.Close() })
	return c
}

// connect is one connection of SSH.
func (d *desk) connect() (*ssh.Client, error) {
	key, err := ssh.ParsePrivateKey(d.read("client"))
	if err != nil {
		return nil, err
	}
	return ssh.Dial("tcp", "127.0.0.1:"+d.port, &ssh.ClientConfig{User: d.partner, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), Timeout: time.Minute})
}

// names are those of a listing.
func (d *desk) names(rows []os.FileInfo, err error) (names []string) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
	for _, r := range rows {
		names = append(names, r.Name())
	}
	return names
}
