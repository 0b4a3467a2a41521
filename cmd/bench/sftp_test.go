package bench

import (
	"encoding/binary"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/postern/postern/cmd/bench/load"
)

// loginAs is how a measurement logs in.
func loginAs(user string, auth ...ssh.AuthMethod) *ssh.ClientConfig {
	return load.SSHConfig(user, auth...)
}

// paris logs in at the server under measurement, and at the baselines, which let everybody in.
func paris() *ssh.ClientConfig { return loginAs("PARIS", ssh.Password("sesame")) }

// serveSFTP starts a server with a listener for SFTP.
func serveSFTP(t *testing.T, dir string) *server {
	t.Helper()
	key, _ := sshKey(t, dir)
	return startWith(t, dir, fmt.Sprintf(sftpBasics, filepath.Base(key))+flows+
		"  FETCH: {path: \"FETCH/{{.File}}\", publish: true, digest: false, durability: none}\n", nil)
}

// sftpBasics is what [basics] is, for SFTP.
const sftpBasics = `data_dir: ./data
log: {level: error}
limits: {max_sessions: 8192, max_transfers: 8192, unauthenticated: 8192}
timeouts: {idle: 1h}
listeners:
  p: {protocol: sftp, address: "127.0.0.1:0", max_connections: 8192, ssh: {host_keys: [%s]}}
partners: {PARIS: {protocols: [sftp], password: "secret://file/paris.pw", receive: ["*"], send: ["*"]}}
backends: {files: {type: local, root: ./files}}
`

// peer is one of the servers that are compared, with how a file is called there.
type peer struct {
	name   string
	server *child
	login  *ssh.ClientConfig
	path   func(file string) string
	cpu    func(t *testing.T) float64
	clean  func(t *testing.T) // what a run left
}

// sftpPeers are ours, OpenSSH's and the request server of pkg/sftp, each with a folder of its own in memory.
func sftpPeers(t *testing.T, flow string) (ours, openssh, request peer) {
	t.Helper()
	s := serveSFTP(t, tmpfs(t))
	ours = peer{"postern", s.child, paris(), func(f string) string { return "/" + flow + "/" + f }, func(t *testing.T) float64 { return s.cpu(t) },
		func(t *testing.T) { empty(t, filepath.Join(s.dir, "files", flow)) }}
	there := tmpfs(t)
	sshd, login := openSSH(t)
	openssh = peer{"OpenSSH", sshd, login, func(f string) string { return filepath.Join(there, f) }, sshd.family, func(t *testing.T) { empty(t, there) }}
	dir := tmpfs(t)
	b := twin(t, dir, "sftp", dir)
	request = peer{"pkg/sftp", b, paris(), func(f string) string { return "/" + f }, func(t *testing.T) float64 { return b.cpu(t) }, func(t *testing.T) { empty(t, dir) }}
	return ours, openssh, request
}

// dial opens a session with a peer.
func (p peer) dial(t *testing.T) *load.SFTP {
	t.Helper()
	x, err := load.DialSFTP(p.server.ready["p"], p.login)
	if err != nil {
		t.Fatalf("%s: %v\n%s", p.name, err, p.server.said.String())
	}
	return x
}

// up is a run in which a peer receives a file; login and goodbye count for nobody's rate.
func (p peer) up(t *testing.T, size int64) sample {
	t.Helper()
	before := p.cpu(t)
	x := p.dial(t)
	began := time.Now()
	if err := x.Put(p.path("file"), size, mebibyte); err != nil {
		t.Fatalf("%s: %v\n%s", p.name, err, p.server.said.String())
	}
	took := time.Since(began)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	r := sample{rate(size, took), (p.cpu(t) - before) * gibibyte / float64(size)}
	p.clean(t)
	return r
}

// down is a run in which a peer sends the file that was put there.
func (p peer) down(t *testing.T, size int64) sample {
	t.Helper()
	before := p.cpu(t)
	x := p.dial(t)
	began := time.Now()
	n, err := x.Get(p.path("file"), nil)
	if err != nil || n != size {
		t.Fatalf("%s: %d bytes of %d: %v\n%s", p.name, n, size, err, p.server.said.String())
	}
	took := time.Since(began)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	return sample{rate(size, took), (p.cpu(t) - before) * gibibyte / float64(size)}
}

// lay puts the file that down fetches.
func (p peer) lay(t *testing.T, size int64) {
	t.Helper()
	x := p.dial(t)
	defer x.Close()
	if err := x.Put(p.path("file"), size, mebibyte); err != nil {
		t.Fatalf("%s: %v\n%s", p.name, err, p.server.said.String())
	}
}

// channel is a run over a bare SSH channel.
func channel(t *testing.T, b *child, up bool, size int64) sample {
	t.Helper()
	client, c, err := load.DialSSH(b.ready["p"], paris())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	return during(t, b, size, func() time.Duration {
		began := time.Now()
		var head [8]byte
		if !up {
			binary.BigEndian.PutUint64(head[:], uint64(size))
		}
		if _, err := c.Write(head[:]); err != nil {
			t.Fatal(err)
		}
		if up {
			for range size / int64(len(mebibyte)) {
				if _, err := c.Write(mebibyte); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			size = 1
		}
		if n, err := io.CopyN(io.Discard, c, size); err != nil {
			t.Fatalf("%d bytes of the bare channel: %v", n, err)
		}
		return time.Since(began)
	})
}

// TestSFTP sends 1 GiB to the server and fetches it, beside OpenSSH's server, the request server of pkg/sftp and a channel
// with nothing on it. The client is the same for all.
func TestSFTP(t *testing.T) {
	for _, v := range []struct {
		name, flow string
		up         bool
		goals      [4]goal // of the rate and CPU beside OpenSSH's, then pkg/sftp's
	}{
		{"receive", "NONE", true, [4]goal{ratioAtLeast(0.9), ratioAtMost(1.15), ratioAtLeast(1.6), ratioAtMost(0.55)}},
		{"send", "FETCH", false, [4]goal{{}, ratioAtMost(0.7), ratioAtLeast(1.6), ratioAtMost(0.45)}},
	} {
		t.Run(v.name, func(t *testing.T) {
			ours, openssh, request := sftpPeers(t, v.flow)
			bare := twin(t, t.TempDir(), "channel")
			var runs []func() sample
			for _, p := range []peer{ours, openssh, request} {
				if v.up {
					runs = append(runs, func() sample { return p.up(t, gibibyte) })
				} else {
					p.lay(t, gibibyte)
					runs = append(runs, func() sample { return p.down(t, gibibyte) })
				}
			}
			runs = append(runs, func() sample { return channel(t, bare, v.up, gibibyte) })
			for _, warm := range runs {
				warm()
			}
			r := turns(t, runs...)
			name := "SFTP " + v.name + " of 1 GiB"
			report.add(t, name+", beside OpenSSH", "MB/s", rates(r[0]), rates(r[1]), v.goals[0], "tmpfs, 32 KiB in a packet, aes128-gcm, durability none")
			report.add(t, name+", beside OpenSSH, CPU", "s/GiB", cpus(r[0]), cpus(r[1]), v.goals[1], "all processes of a session")
			report.add(t, name+", beside pkg/sftp", "MB/s", rates(r[0]), rates(r[2]), v.goals[2], "")
			report.add(t, name+", beside pkg/sftp, CPU", "s/GiB", cpus(r[0]), cpus(r[2]), v.goals[3], "")
			report.add(t, name+", beside a bare channel, CPU", "s/GiB", cpus(r[0]), cpus(r[3]), goal{}, "what golang.org/x/crypto/ssh costs by itself")
		})
	}
}

// TestSFTPSmallFiles receives files of 4 KiB, closed durably, beside pkg/sftp's request server that syncs, renames and syncs
// the folder too.
func TestSFTPSmallFiles(t *testing.T) {
	const files = 400
	s, dir := serveSFTP(t, tmpfs(t)), tmpfs(t)
	ours := peer{"postern", s.child, paris(), func(f string) string { return "/CLOSE/" + f }, nil, nil}
	b := twin(t, dir, "sftp", "-end", dir)
	theirs := peer{"pkg/sftp", b, paris(), func(f string) string { return "/" + f }, nil, nil}
	round := 0
	for _, n := range []int{1, 8} {
		run := func(p peer) float64 { round++; return p.crowd(t, n, files/n, round) }
		run(ours)
		run(theirs)
		a, z := pairs(t, func() float64 { return run(ours) }, func() float64 { return run(theirs) })
		report.add(t, fmt.Sprintf("SFTP files of 4 KiB, %d sessions", n), "files/s", a, z, ratioAtLeast(1), "tmpfs, durability close, with the catalog; the baseline is pkg/sftp")
	}
}

// crowd has sessions put files, each as many, and gives the files per second.
func (p peer) crowd(t *testing.T, sessions, files, round int) float64 {
	t.Helper()
	calls := make([]*load.SFTP, sessions)
	for i := range calls {
		calls[i] = p.dial(t)
	}
	errs := make([]error, sessions)
	began := time.Now()
	var all sync.WaitGroup
	for i, x := range calls {
		all.Go(func() {
			for n := 0; n < files && errs[i] == nil; n++ {
				errs[i] = x.Put(p.path(fmt.Sprintf("f-%d-%d-%d", round, i, n)), 4<<10, mebibyte)
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	for i, x := range calls {
		if errs[i] != nil {
			t.Fatalf("%s: %v\n%s", p.name, errs[i], p.server.said.String())
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return float64(sessions*files) / took.Seconds()
}

// TestSFTPSessions opens sessions one after the other, and then holds many that do nothing.
func TestSFTPSessions(t *testing.T) {
	const each, idle = 50, 1000
	s := serveSFTP(t, tmpfs(t))
	dir := tmpfs(t)
	b := twin(t, dir, "sftp", dir)
	ours, theirs := peer{name: "postern", server: s.child, login: paris()}, peer{name: "pkg/sftp", server: b, login: paris()}
	run := func(p peer) float64 {
		began := time.Now()
		for range each {
			if err := p.dial(t).Close(); err != nil {
				t.Fatal(err)
			}
		}
		return each / time.Since(began).Seconds()
	}
	run(ours)
	run(theirs)
	a, z := pairs(t, func() float64 { return run(ours) }, func() float64 { return run(theirs) })
	report.add(t, "SFTP sessions opened, one after the other", "1/s", a, z, ratioAtLeast(1), "handshake, password, channel and greeting; the baseline is pkg/sftp")
	hold := func(p peer) float64 {
		before := rested(t, p.server)
		var all []*load.SFTP
		for range idle {
			all = append(all, p.dial(t))
		}
		cost := float64(rested(t, p.server)-before) / idle / 1024
		for _, x := range all {
			_ = x.Close()
		}
		return cost
	}
	report.add(t, "memory of an idle SFTP session", "KiB", []float64{hold(ours)}, []float64{hold(theirs)}, ratioAtMost(1), fmt.Sprintf("anonymous and resident, %d sessions; the baseline is pkg/sftp", idle))
}
