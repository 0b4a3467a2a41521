package load

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"golang.org/x/crypto/ssh"
)

// Packets of SFTP version 3 (draft-ietf-secsh-filexfer-02, section 3) that a measurement needs.
const (
	fxpInit    = 1
	fxpVersion = 2
	fxpOpen    = 3
	fxpClose   = 4
	fxpRead    = 5
	fxpWrite   = 6
	fxpStatus  = 101
	fxpHandle  = 102
	fxpData    = 103

	forReading  = 0x01
	forWriting  = 0x02 | 0x08 | 0x10 // write, create, truncate
	statusOK    = 0
	statusEOF   = 1
	sftpBlock   = 32 << 10 // of a read or a write: what every server takes
	sftpFlight  = 64       // reads or writes under way, as OpenSSH's client has them
	sftpLargest = 1 << 20  // of an answer
)

// SFTP is one session of SFTP version 3 over SSH, framed by hand: nothing of it costs more than it must. One goroutine
// uses it.
type SFTP struct {
	client  *ssh.Client
	channel ssh.Channel
	out, in []byte
	id      uint32
}

// SSHConfig is how a measurement logs in: with a key or a password, and the cipher that is fastest everywhere.
func SSHConfig(user string, auth ...ssh.AuthMethod) *ssh.ClientConfig {
	c := &ssh.ClientConfig{User: user, Auth: auth, HostKeyCallback: ssh.InsecureIgnoreHostKey(), Timeout: patience}
	c.Ciphers = []string{"aes128-gcm@openssh.com"}
	return c
}

// DialSSH opens a channel with the subsystem sftp and says nothing on it.
func DialSSH(address string, config *ssh.ClientConfig) (*ssh.Client, ssh.Channel, error) {
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return nil, nil, fmt.Errorf("dial %s: %w", address, err)
	}
	secure, channels, requests, err := ssh.NewClientConn(wideIn(conn), address, config)
	if err != nil {
		_ = conn.Close()
		return nil, nil, fmt.Errorf("log in at %s: %w", address, err)
	}
	client := ssh.NewClient(secure, channels, requests)
	channel, asked, err := client.OpenChannel("session", nil)
	if err == nil {
		go ssh.DiscardRequests(asked)
		var ok bool
		ok, err = channel.SendRequest("subsystem", true, ssh.Marshal(struct{ Name string }{"sftp"}))
		if err == nil && !ok {
			err = errors.New("the server has no subsystem sftp")
		}
	}
	if err != nil {
		_ = client.Close()
		return nil, nil, fmt.Errorf("open a channel at %s: %w", address, err)
	}
	return client, channel, nil
}

// DialSFTP opens a session.
func DialSFTP(address string, config *ssh.ClientConfig) (*SFTP, error) {
	client, channel, err := DialSSH(address, config)
	if err != nil {
		return nil, err
	}
	s := &SFTP{client: client, channel: channel, in: make([]byte, 4<<10)}
	if _, err := channel.Write([]byte{0, 0, 0, 5, fxpInit, 0, 0, 0, 3}); err != nil {
		_ = client.Close()
		return nil, fmt.Errorf("greet %s: %w", address, err)
	}
	if kind, _, err := s.next(); err != nil || kind != fxpVersion {
		_ = client.Close()
		return nil, fmt.Errorf("greet %s: answer %d: %w", address, kind, err)
	}
	return s, nil
}

// Close ends the session.
func (s *SFTP) Close() error { return s.client.Close() }

// Put writes a file of size bytes: repetitions of block, which is a multiple of 32 KiB long.
func (s *SFTP) Put(path string, size int64, block []byte) error {
	handle, err := s.open(path, forWriting)
	if err != nil {
		return fmt.Errorf("put %s: %w", path, err)
	}
	answers, flight := make(chan error, 1), make(chan struct{}, sftpFlight)
	n := (size + sftpBlock - 1) / sftpBlock
	go func() {
		for range n {
			if err := s.status(statusOK); err != nil {
				answers <- err
				return
			}
			<-flight
		}
		answers <- nil
	}()
	for at := int64(0); at < size; at += sftpBlock {
		select {
		case flight <- struct{}{}:
		case err := <-answers:
			return fmt.Errorf("put %s at byte %d: %w", path, at, err)
		}
		from := at % int64(len(block))
		if err := s.write(handle, at, block[from:from+min(sftpBlock, size-at)]); err != nil {
			return fmt.Errorf("put %s at byte %d: %w", path, at, err)
		}
	}
	if err := <-answers; err != nil {
		return fmt.Errorf("put %s: %w", path, err)
	}
	if err := s.shut(handle); err != nil {
		return fmt.Errorf("close %s: %w", path, err)
	}
	return nil
}

// Get reads a file to its end and gives its size.
func (s *SFTP) Get(path string, into io.Writer) (size int64, err error) {
	handle, err := s.open(path, forReading)
	if err != nil {
		return 0, fmt.Errorf("get %s: %w", path, err)
	}
	ask := func(at int64) error {
		s.begin(fxpRead)
		s.text(handle)
		s.out = binary.BigEndian.AppendUint64(s.out, uint64(at))
		s.out = binary.BigEndian.AppendUint32(s.out, sftpBlock)
		return s.send()
	}
	next := int64(0)
	for range sftpFlight {
		if err = ask(next); err != nil {
			return 0, fmt.Errorf("get %s: %w", path, err)
		}
		next += sftpBlock
	}
	ended := false
	for owed := sftpFlight; owed > 0; owed-- {
		kind, body, err := s.next()
		switch {
		case err != nil:
			return size, fmt.Errorf("get %s: %w", path, err)
		case kind == fxpStatus && len(body) >= 8 && binary.BigEndian.Uint32(body[4:]) == statusEOF:
			ended = true
			continue
		case kind != fxpData || len(body) < 8:
			return size, fmt.Errorf("get %s: answer %d to a read: %s", path, kind, told(body))
		}
		data := body[8:]
		if size += int64(len(data)); into != nil {
			if _, err := into.Write(data); err != nil {
				return size, err
			}
		}
		if !ended {
			if err := ask(next); err != nil {
				return size, fmt.Errorf("get %s: %w", path, err)
			}
			next += sftpBlock
			owed++
		}
	}
	return size, s.shut(handle)
}

func (s *SFTP) open(path string, flags uint32) (handle string, err error) {
	s.begin(fxpOpen)
	s.text(path)
	s.out = binary.BigEndian.AppendUint32(s.out, flags)
	s.out = binary.BigEndian.AppendUint32(s.out, 0) // no attributes
	if err := s.send(); err != nil {
		return "", err
	}
	kind, body, err := s.next()
	if err == nil && (kind != fxpHandle || len(body) < 8) {
		err = fmt.Errorf("answer %d to an open: %s", kind, told(body))
	}
	if err != nil {
		return "", err
	}
	return string(body[8:]), nil
}

func (s *SFTP) write(handle string, at int64, data []byte) error {
	s.begin(fxpWrite)
	s.text(handle)
	s.out = binary.BigEndian.AppendUint64(s.out, uint64(at))
	s.out = binary.BigEndian.AppendUint32(s.out, uint32(len(data)))
	s.out = append(s.out, data...)
	return s.send()
}

func (s *SFTP) shut(handle string) error {
	s.begin(fxpClose)
	s.text(handle)
	if err := s.send(); err != nil {
		return err
	}
	return s.status(statusOK)
}

func (s *SFTP) begin(kind byte) {
	s.id++
	s.out = binary.BigEndian.AppendUint32(append(s.out[:0], 0, 0, 0, 0, kind), s.id)
}

func (s *SFTP) text(v string) {
	s.out = append(binary.BigEndian.AppendUint32(s.out, uint32(len(v))), v...)
}

func (s *SFTP) send() error {
	binary.BigEndian.PutUint32(s.out, uint32(len(s.out)-4))
	_, err := s.channel.Write(s.out)
	return err
}

// next reads one answer; its body stands until the next call.
func (s *SFTP) next() (kind byte, body []byte, err error) {
	if _, err := io.ReadFull(s.channel, s.in[:4]); err != nil {
		return 0, nil, err
	}
	n := int(binary.BigEndian.Uint32(s.in))
	if n < 1 || n > sftpLargest {
		return 0, nil, fmt.Errorf("an answer of %d bytes", n)
	}
	if n > len(s.in) {
		s.in = make([]byte, n)
	}
	if _, err := io.ReadFull(s.channel, s.in[:n]); err != nil {
		return 0, nil, err
	}
	return s.in[0], s.in[1:n], nil
}

// status reads an answer that must be a status.
func (s *SFTP) status(want uint32) error {
	kind, body, err := s.next()
	if err != nil {
		return err
	}
	if kind != fxpStatus || len(body) < 8 || binary.BigEndian.Uint32(body[4:]) != want {
		return fmt.Errorf("answer %d: %s", kind, told(body))
	}
	return nil
}

// told is the text of a status.
func told(body []byte) string {
	if len(body) < 12 {
		return "no text"
	}
	n := int(binary.BigEndian.Uint32(body[8:]))
	return fmt.Sprintf("status %d, %q", binary.BigEndian.Uint32(body[4:]), body[12:min(12+n, len(body))])
}
