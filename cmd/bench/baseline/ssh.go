package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// channels serves the subsystem sftp over SSH to whoever comes.
type channels struct {
	config *ssh.ServerConfig
	serve  func(ssh.Channel) error
}

// overSSH makes a server of something that serves one channel. Anybody may log in.
func overSSH(serve func(ssh.Channel) error) (*channels, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, err
	}
	c := &ssh.ServerConfig{
		PasswordCallback:  func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) { return nil, nil },
		PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil },
	}
	c.AddHostKey(signer)
	return &channels{c, serve}, nil
}

// serveSSH serves connections over SSH.
func (l listener) serveSSH(serve func(ssh.Channel) error) error {
	c, err := overSSH(serve)
	if err != nil {
		return err
	}
	return l.serve(c.take)
}

// take serves one connection to its end.
func (c *channels) take(conn net.Conn) error {
	secure, opened, asked, err := ssh.NewServerConn(conn, c.config)
	if err != nil {
		return err
	}
	defer secure.Close()
	go ssh.DiscardRequests(asked)
	for n := range opened {
		channel, requests, err := n.Accept()
		if err != nil {
			return err
		}
		go func() {
			for r := range requests {
				_ = r.Reply(r.Type == "subsystem", nil)
			}
		}()
		go func() {
			defer channel.Close()
			if err := c.serve(channel); err != nil && err != io.EOF {
				fmt.Fprintln(os.Stderr, "baseline:", err)
			}
		}()
	}
	return nil
}

// bare serves a channel without any protocol on it: the first eight bytes say how many to send, 0 to take what comes to the
// end and answer with a byte.
func bare(channel ssh.Channel) error {
	var head [8]byte
	if _, err := io.ReadFull(channel, head[:]); err != nil {
		return err
	}
	b := buffers.Get().(*[256 << 10]byte)
	defer buffers.Put(b)
	left := int64(binary.BigEndian.Uint64(head[:]))
	if left == 0 {
		for {
			if _, err := channel.Read(b[:]); err == io.EOF {
				_, err = channel.Write([]byte{1})
				return err
			} else if err != nil {
				return err
			}
		}
	}
	for left > 0 {
		n, err := channel.Write(b[:min(left, int64(len(b)))])
		if left -= int64(n); err != nil {
			return err
		}
	}
	return nil
}

// folder is what the request server of pkg/sftp serves: files of one folder. Like the server under measurement it writes
// under another name first. With sync, what was written is durable before its close is answered.
type folder struct {
	dir  string
	sync bool
}

// requests serves one channel by the request server of pkg/sftp.
func (f folder) requests(channel ssh.Channel) error {
	s := sftp.NewRequestServer(channel, sftp.Handlers{FileGet: f, FilePut: f, FileCmd: f, FileList: f})
	defer s.Close()
	return s.Serve()
}

func (f folder) path(r *sftp.Request) string {
	return filepath.Join(f.dir, strings.ReplaceAll(r.Filepath, "/", "_"))
}

// Fileread opens a file.
func (f folder) Fileread(r *sftp.Request) (io.ReaderAt, error) { return os.Open(f.path(r)) }

// Filewrite makes one.
func (f folder) Filewrite(r *sftp.Request) (io.WriterAt, error) {
	w, err := os.OpenFile(f.path(r)+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &ended{w, f.path(r), f.sync}, nil
}

// Filecmd does nothing: no measurement asks for it.
func (f folder) Filecmd(*sftp.Request) error { return nil }

// Filelist lists nothing.
func (f folder) Filelist(*sftp.Request) (sftp.ListerAt, error) {
	return nil, sftp.ErrSSHFxOpUnsupported
}

// ended is a file that gets its name when it is closed.
type ended struct {
	*os.File
	name string
	sync bool
}

// Close ends it.
func (e *ended) Close() error {
	defer e.File.Close()
	return finish(e.File, e.name, e.sync)
}
