package ssh

import (
	"crypto/rand"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// The requests of host key rotation (OpenSSH, PROTOCOL section 2.5): the server announces all its keys, the client asks it
// to prove that it holds those that it does not know yet.
const (
	announceKeys = "hostkeys-00@openssh.com"
	proveKeys    = "hostkeys-prove-00@openssh.com"
)

// hostKeys proves the keys of the server to one client.
type hostKeys struct {
	signers   []ssh.Signer
	session   []byte
	algorithm string // of the host key in the handshake
}

// negotiated is the algorithm with which the host key signed in the handshake; "" when it cannot be told.
func negotiated(c ssh.Conn) string {
	if m, ok := c.(ssh.AlgorithmsConnMetadata); ok {
		return m.Algorithms().HostKey
	}
	return ""
}

// announce tells the client every key. A client that knows nothing of it ignores that.
func (h hostKeys) announce(c *ssh.ServerConn) {
	var payload []byte
	for _, k := range h.signers {
		payload = append(payload, ssh.Marshal(struct{ Key []byte }{k.PublicKey().Marshal()})...)
	}
	_, _, _ = c.SendRequest(announceKeys, false, payload)
}

// prove signs the session with each key that the client asks for. One that is not ours refuses all.
func (h hostKeys) prove(payload []byte) (ok bool, reply []byte) {
	for len(payload) > 0 {
		var m struct {
			Key  []byte
			Rest []byte `ssh:"rest"`
		}
		if ssh.Unmarshal(payload, &m) != nil {
			return false, nil
		}
		payload = m.Rest
		i := slices.IndexFunc(h.signers, func(k ssh.Signer) bool { return string(k.PublicKey().Marshal()) == string(m.Key) })
		if i < 0 {
			return false, nil
		}
		data := ssh.Marshal(struct {
			Request      string
			Session, Key []byte
		}{proveKeys, h.session, m.Key})
		signature, err := h.sign(h.signers[i], data)
		if err != nil {
			return false, nil
		}
		reply = append(reply, ssh.Marshal(struct{ Signature []byte }{ssh.Marshal(signature)})...)
	}
	return len(reply) > 0, reply
}

// sign signs with a key. One of RSA uses the algorithm of the handshake where that was RSA, as OpenSSH expects.
func (h hostKeys) sign(k ssh.Signer, data []byte) (*ssh.Signature, error) {
	a, ok := k.(ssh.AlgorithmSigner)
	if !ok || k.PublicKey().Type() != ssh.KeyAlgoRSA {
		return k.Sign(rand.Reader, data)
	}
	if strings.HasPrefix(h.algorithm, "rsa-sha2-") {
		return a.SignWithAlgorithm(rand.Reader, data, h.algorithm)
	}
	return a.SignWithAlgorithm(rand.Reader, data, ssh.KeyAlgoRSASHA512)
}
