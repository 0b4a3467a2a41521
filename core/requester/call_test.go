package requester_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/requester"
	"github.com/postern/postern/sdk"
)

const letter = "The quick brown fox jumps over the lazy dog."

func sum(s string) string {
	b := sha256.Sum256([]byte(s))
	return hex.EncodeToString(b[:])
}

func bubble(t *testing.T, f func(t *testing.T, h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := lineHouse(t)
		defer h.over()
		f(t, h)
	})
}

func TestAFileIsSentAndNothingIsLeftOfItsContext(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		c := h.call()
		var seen []requester.Progress
		o := outgoing(letter)
		o.Progress = func(p requester.Progress) { seen = append(seen, p) }
		got, err := c.Put(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if got.Bytes != int64(len(letter)) || got.SHA256 != sum(letter) || got.Restart != 0 || got.Number == 0 {
			t.Errorf("the result is %+v", got)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if h.content(h.files, "in/letter.txt") != letter {
			t.Errorf("the server has %q", h.content(h.files, "in/letter.txt"))
		}
		if n := len(h.kept()); n != 0 {
			t.Errorf("%d contexts are left", n)
		}
		last := seen[len(seen)-1]
		if last.Total != int64(len(letter)) || last.Point == 0 {
			t.Errorf("the last progress told was %+v", last)
		}
		waited := false
		for _, p := range seen {
			waited = waited || p.Ending && p.Bytes == p.Total
			if p.Safe > p.Bytes || (p.Point > 0) != (p.Safe > 0) {
				t.Errorf("told was %+v", p)
			}
		}
		if !waited {
			t.Error("nobody was told that the server's last word is waited for")
		}
	})
}

func TestSeveralFilesGoBothWaysInOneCall(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.put("out/statement.txt", "all is well")
		c := h.call()
		for _, name := range []string{"a.txt", "b.txt"} {
			o := outgoing(name)
			o.Request.Label = name
			if _, err := c.Put(t.Context(), o); err != nil {
				t.Fatal(err)
			}
		}
		got, err := c.Get(t.Context(), h.incoming("OUT"))
		if err != nil {
			t.Fatal(err)
		}
		if h.content(h.mine, got.Path) != "all is well" || got.SHA256 != sum("all is well") {
			t.Errorf("fetched %+v", got)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if h.content(h.files, "in/b.txt") != "b.txt" {
			t.Error("the second file is not there")
		}
	})
}

func TestAnEmptyFileIsAFile(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.offer("empty", "")
		c := h.call()
		if got, err := c.Put(t.Context(), outgoing("")); err != nil || got.SHA256 != sum("") {
			t.Errorf("%+v: %v", got, err)
		}
		if got, err := c.Get(t.Context(), h.incoming("HELD")); err != nil || got.SHA256 != sum("") || got.Path != "empty" {
			t.Errorf("%+v: %v", got, err)
		}
		c.Close(t.Context())
	})
}

func TestAMaskFetchesWhatIsHeldUntilNothingIs(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		h.offer("one", "1")
		h.offer("two", "22")
		c := h.call()
		for _, want := range []string{"one", "two"} {
			got, err := c.Get(t.Context(), h.incoming("*"))
			if err != nil || got.File != want || got.Path != want {
				t.Fatalf("want %s, got %+v: %v", want, got, err)
			}
		}
		if _, err := c.Get(t.Context(), h.incoming("*")); !requester.IsNothing(err) {
			t.Errorf("the end is %v", err)
		}
		c.Close(t.Context())
		if n := len(h.kept()); n != 0 {
			t.Errorf("%d contexts are left", n)
		}
	})
}

func TestARefusedFileLeavesNoContextAndTheCallGoesOn(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		c := h.call()
		o := outgoing(letter)
		closed := false
		o.Request.File, o.Reader = "FORBIDDEN", text{string: letter, closed: &closed}
		_, err := c.Put(t.Context(), o)
		r, ok := sdk.AsRefusal(err)
		if !ok || !r.ByPeer || r.Code != sdk.FlowUnknown {
			t.Errorf("the refusal is %v", err)
		}
		if !closed || len(h.kept()) != 0 {
			t.Errorf("closed %t, contexts %d", closed, len(h.kept()))
		}
		if _, err := c.Put(t.Context(), outgoing(letter)); err != nil {
			t.Error(err)
		}
		c.Close(t.Context())
	})
}

func TestAWrongPasswordIsTheServersRefusal(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		o := h.options(h.dial())
		o.Claim.Secret = sdk.NewSecret("guess")
		_, err := requester.Open(t.Context(), o)
		if r, ok := sdk.AsRefusal(err); !ok || !r.ByPeer || r.Code != sdk.PartnerPassword && r.Code != sdk.PartnerUnknown {
			t.Errorf("the refusal is %v", err)
		}
		if strings.Contains(err.Error(), "guess") {
			t.Error("the password is in the error")
		}
	})
}

func TestAServerThatCannotProveItselfIsLeft(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		o := h.options(h.dial())
		o.Expect.Secret = sdk.NewSecret("another")
		if _, err := requester.Open(t.Context(), o); err == nil || strings.Contains(err.Error(), "another") {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestAMessageIsAnswered(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		c := h.call()
		if _, err := c.Message(t.Context(), sdk.Request{File: "NOTE", Text: "hello there", ReplyWanted: true}); err != nil {
			t.Fatal(err)
		}
		c.Close(t.Context())
		all := h.entries()
		if len(all) != 1 || all[0].Kind != catalog.Message || all[0].Text != "hello there" {
			t.Errorf("the server's catalog has %+v", all)
		}
	})
}

func TestASendGoesOnAfterACutAtEveryByte(t *testing.T) {
	for at := int64(40); at < 220; at += 7 {
		bubble(t, func(t *testing.T, h *house) {
			h.onSent = func(n int64) {
				if n >= at {
					h.cut()
				}
			}
			o := h.options(h.dial())
			c, err := requester.Open(t.Context(), o)
			if err != nil {
				return // cut before the call stood
			}
			_, err = c.Put(t.Context(), outgoing(letter))
			c.Close(t.Context())
			var cut *requester.Interrupted
			if err != nil && !errors.As(err, &cut) {
				t.Fatalf("cut at %d: %v", at, err)
			}
			h.onSent = nil
			if err == nil {
				return
			}
			synctest.Wait()
			c = h.call()
			again := outgoing(letter)
			again.Restart = h.take()
			got, err := c.Put(t.Context(), again)
			if err != nil {
				t.Fatalf("cut at %d, restarted: %v", at, err)
			}
			c.Close(t.Context())
			if h.content(h.files, "in/letter.txt") != letter {
				t.Errorf("cut at %d: the server has %q", at, h.content(h.files, "in/letter.txt"))
			}
			if !got.Already && got.SHA256 != sum(letter) {
				t.Errorf("cut at %d: the digest is of something else", at)
			}
			if len(h.kept()) != 0 || len(h.entries()) != 1 {
				t.Errorf("cut at %d: %d contexts, %d entries", at, len(h.kept()), len(h.entries()))
			}
		})
	}
}

func TestAFetchGoesOnAfterACutAtEveryByte(t *testing.T) {
	points := map[int64]bool{}
	for at := int64(60); at < 420; at += 9 {
		bubble(t, func(t *testing.T, h *house) {
			h.offer("fox.txt", letter)
			h.onGot = func(n int64) {
				if n >= at {
					h.cut()
				}
			}
			c, err := requester.Open(t.Context(), h.options(h.dial()))
			if err != nil {
				return
			}
			_, err = c.Get(t.Context(), h.incoming("f*"))
			c.Close(t.Context())
			h.onGot = nil
			if err == nil {
				return
			}
			synctest.Wait()
			again := h.incoming("f*")
			if len(h.kept()) > 0 {
				again.Restart = h.take()
			}
			c = h.call()
			got, err := c.Get(t.Context(), again)
			if err != nil {
				t.Fatalf("cut at %d, restarted: %v", at, err)
			}
			c.Close(t.Context())
			points[got.Restart] = true
			if h.content(h.mine, "fox.txt") != letter || !got.Already && got.SHA256 != sum(letter) {
				t.Errorf("cut at %d: we have %q, %+v", at, h.content(h.mine, "fox.txt"), got)
			}
			if len(h.kept()) != 0 || h.entries()[0].Status() != catalog.Done {
				t.Errorf("cut at %d: %d contexts, the entry is %s", at, len(h.kept()), h.entries()[0].Status())
			}
		})
	}
	if len(points) < 4 {
		t.Errorf("the cuts led to the points %v alone", points)
	}
}

func TestAFileThatChangedCannotBeRestarted(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		c := h.call()
		o := outgoing(letter)
		o.Progress = func(p requester.Progress) {
			if p.Point > 1 {
				h.cut()
			}
		}
		_, err := c.Put(t.Context(), o)
		c.Close(t.Context())
		if err == nil {
			t.Fatal("the cut came too late")
		}
		synctest.Wait()
		c = h.call()
		for _, changed := range []text{{string: letter + "!"}, {string: letter, modified: time.Now()}} {
			o := outgoing("")
			o.Reader, o.Restart = changed, h.take()
			if _, err := c.Put(t.Context(), o); !errors.Is(err, requester.ErrChanged) {
				t.Errorf("the error is %v", err)
			}
		}
		c.Close(t.Context())
		if len(h.kept()) != 1 {
			t.Error("the context is gone")
		}
	})
}

func TestWhoStopsInTheMiddleStopsInGoodOrderAndGoesOnLater(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		ctx, cancel := context.WithCancelCause(t.Context())
		c, err := requester.Open(ctx, h.options(h.dial()))
		if err != nil {
			t.Fatal(err)
		}
		o := outgoing(letter)
		o.Progress = func(p requester.Progress) {
			if p.Point > 1 {
				cancel(errors.New("the user has enough"))
			}
		}
		_, err = c.Put(ctx, o)
		var stop *requester.Interrupted
		if !errors.As(err, &stop) || sdk.CodeOf(err) != sdk.OperatorHalt {
			t.Fatalf("the error is %v", err)
		}
		if _, err := c.Put(ctx, outgoing(letter)); sdk.CodeOf(err) != sdk.OperatorHalt {
			t.Errorf("a second file after the stop: %v", err)
		}
		if err := c.Close(ctx); err != nil {
			t.Errorf("goodbye: %v", err)
		}
		if e := h.entries(); len(e) != 1 || !e[0].Restartable() {
			t.Fatalf("the server has %+v", e)
		}
		if !strings.Contains(string(h.bytes), "STOP") || !strings.Contains(string(h.bytes), "BYE") {
			t.Error("neither STOP nor BYE was said")
		}
		c = h.call()
		again := outgoing(letter)
		again.Restart = h.take()
		if got, err := c.Put(t.Context(), again); err != nil || got.Restart == 0 || got.SHA256 != sum(letter) {
			t.Errorf("%+v: %v", got, err)
		}
		c.Close(t.Context())
	})
}

func TestAnOperatorsHaltLeavesARestartAndAKeepIsTheLastWord(t *testing.T) {
	for word, final := range map[verb]bool{"halt": false, "keep": true} {
		bubble(t, func(t *testing.T, h *house) {
			done, asked := make(chan error, 1), false
			c := h.call()
			o := outgoing(strings.Repeat(letter, 200))
			o.Progress = func(p requester.Progress) {
				if p.Point >= 1 && !asked {
					asked = true
					go func() { done <- h.command(string(word)) }()
				}
			}
			_, err := c.Put(t.Context(), o)
			c.Close(t.Context())
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			var stop *requester.Interrupted
			r, ok := sdk.AsRefusal(err)
			if !ok || !r.ByPeer || errors.As(err, &stop) == final {
				t.Errorf("%s: %v", word, err)
			}
			if len(h.kept()) != 1 {
				t.Errorf("%s: %d contexts", word, len(h.kept()))
			}
		})
	}
}
