package ssh

import (
	"io"
	"testing"

	"github.com/postern/postern/sdk"
	"golang.org/x/crypto/ssh"
)

// panics is a host key that can be announced and not proven.
type panics struct{ ssh.Signer }

func (panics) Sign(io.Reader, []byte) (*ssh.Signature, error) { panic("a bug of the key's") }

// newChannel is a channel that cannot be taken.
type newChannel struct{ ssh.NewChannel }

func (newChannel) ChannelType() string { return "session" }

func (newChannel) Accept() (ssh.Channel, <-chan *ssh.Request, error) { panic("a bug of the library's") }

func TestAPanicThatAPeersRequestMeetsEndsItsConnectionAndNotTheProcess(t *testing.T) {
	for what, ask := range map[string]func(*server, *ssh.Client){
		"a proof of a key": func(x *server, c *ssh.Client) {
			key := x.transport.keys[0].PublicKey().Marshal()
			if ok, _, err := c.SendRequest(proveKeys, true, ssh.Marshal(struct{ Key []byte }{key})); ok || err == nil {
				t.Error("it was answered")
			}
		},
		"a channel": func(x *server, _ *ssh.Client) {
			x.mu.Lock()
			defer x.mu.Unlock()
			x.last.(*link).accept(newChannel{})
		},
	} {
		t.Run(what, func(t *testing.T) {
			x := newServer(t, Settings{}, anybody)
			x.transport.keys[0] = panics{x.transport.keys[0]}
			c, err := x.dial("PARIS", ssh.Password("x"))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := echoes(c); err != nil {
				t.Fatal(err)
			}
			ask(x, c)
			_ = c.Wait()
			x.ended.Wait()
			_, _, errs := x.seen()
			if len(errs) != 1 {
				t.Fatalf("the link ended with %v", errs)
			}
			if _, ok := sdk.AsBug(errs[0]); !ok {
				t.Errorf("the link ended with %v", errs[0])
			}
		})
	}
}
