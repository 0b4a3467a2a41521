package requester_test

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/core/requester"
	"github.com/postern/postern/sdk"
)

func asInterrupted(err error, to **requester.Interrupted) bool { return errors.As(err, to) }

func TestASenderGoesBackWhenTheServerAsks(t *testing.T) {
	against(t, putBegins+`
		< DATA 4
		<< "abcd"
		< SYNC 1
		< DATA 4
		<< "efgh"
		< SYNC 2
		>> "SYNCED 1\nREWIND 1\n"
		< DATA 2
		<< "ij"
		< END ok
		< FINISH 10 *
		< REWOUND 1
		< DATA 4
		<< "efgh"
		< SYNC 2
		> SYNCED 2
		< DATA 2
		<< "ij"
		< END ok
		< FINISH 10 *
		> FINISHED 10 0`+ends, func(t *testing.T, h *house, c *requester.Call) {
		got, err := c.Put(t.Context(), outgoing("abcdefghij"))
		if err != nil || got.SHA256 != sum("abcdefghij") {
			t.Errorf("%+v: %v", got, err)
		}
		wants{}.check(t, h, err)
	})
}

func TestAReceiverGoesBackWhenTheServerAsks(t *testing.T) {
	against(t, getBegins+`
		>> "DATA 4\nabcdSYNC 1\n"
		< SYNCED 1
		>> "DATA 3\nxxxREWIND 1\n"
		< REWOUND 1
		>> "DATA 2\nefEND ok\n"
		< FINISH 6 *
		> FINISHED 6 0`+ends, func(t *testing.T, h *house, c *requester.Call) {
		got, err := c.Get(t.Context(), h.incoming("OUT"))
		if err != nil || h.content(h.mine, "data.txt") != "abcdef" || got.SHA256 != sum("abcdef") {
			t.Errorf("%+v, %q: %v", got, h.content(h.mine, "data.txt"), err)
		}
	})
}

func TestAServersStopLeavesAContextUnlessItIsFinal(t *testing.T) {
	for _, c := range []struct {
		said string
		want wants
	}{
		{"STOP operator.halt restartable", wants{sdk.OperatorHalt, true, 1}},
		{"STOP data.rejected", wants{sdk.DataRejected, false, 0}},
		{"STOP operator.halt keep", wants{sdk.OperatorHalt, false, 1}},
	} {
		t.Run(c.said, func(t *testing.T) {
			against(t, putBegins+`
		< DATA 4
		<< "abcd"
		< SYNC 1
		< END ok
		< FINISH 4 *
		> `+c.said+`
		< STOPPED`+ends, func(t *testing.T, h *house, call *requester.Call) {
				_, err := call.Put(t.Context(), outgoing("abcd"))
				c.want.check(t, h, err)
			})
		})
	}
}

func TestARefusedEndIsTheServersAnswer(t *testing.T) {
	for code, want := range map[string]wants{
		"data.rejected": {sdk.DataRejected, false, 0},
		"data.io":       {sdk.DataIO, true, 1}, // it may go better next time
	} {
		against(t, putBegins+`
		< DATA 2
		<< "ab"
		< END ok
		< FINISH 2 *
		> NO `+code+ends, func(t *testing.T, h *house, c *requester.Call) {
			_, err := c.Put(t.Context(), outgoing("ab"))
			want.check(t, h, err)
		})
	}
}

func TestAServerThatHasTheFileAlreadyMakesARestartASuccess(t *testing.T) {
	interrupted(t, `< PUT IN * restart=1*
		> NO duplicate
		< BYE
		> GOODBYE`, func(t *testing.T, h *house, c *requester.Call, o requester.Outgoing) {
		got, err := c.Put(t.Context(), o)
		if err != nil || !got.Already || len(h.kept()) != 0 {
			t.Errorf("%+v, %d contexts: %v", got, len(h.kept()), err)
		}
	})
}

func TestAServerThatForgotTheTransferIsRefusingAndTheContextStays(t *testing.T) {
	interrupted(t, `< PUT IN * restart=1*
		> NO restart.unknown
		< BYE
		> GOODBYE`, func(t *testing.T, h *house, c *requester.Call, o requester.Outgoing) {
		_, err := c.Put(t.Context(), o)
		wants{sdk.RestartUnknown, false, 1}.check(t, h, err)
	})
}

func TestAFileSentAnewTakesThePlaceOfItsInterruptedAttempt(t *testing.T) {
	interrupted(t, `< PUT IN *
		> GRANT
		< BEGIN none
		> START 0
		< DATA 2
		<< "ij"
		< END ok
		< FINISH 2 *
		> FINISHED 2 0`+ends, func(t *testing.T, h *house, c *requester.Call, o requester.Outgoing) {
		if err := o.Restart.Close(); err != nil {
			t.Error(err)
		}
		_, err := c.Put(t.Context(), outgoing("ij"))
		wants{}.check(t, h, err)
	})
}

func TestABusyServerLeavesTheTransferInterrupted(t *testing.T) {
	interrupted(t, `< PUT IN * restart=1*
		> NO file.busy
		< BYE
		> GOODBYE`, func(t *testing.T, h *house, c *requester.Call, o requester.Outgoing) {
		_, err := c.Put(t.Context(), o)
		wants{sdk.FileBusy, true, 1}.check(t, h, err)
	})
}

func TestARestartGoesOnFromAnyPointTheServerMayHave(t *testing.T) {
	for point, rest := range map[string]string{"0": `< DATA 4
		<< "abcd"
		< SYNC 1
		< DATA 4
		<< "efgh"
		< SYNC 2
		> SYNCED 2
		< DATA 2
		<< "ij"`, "1": `< DATA 4
		<< "efgh"
		< SYNC 2
		> SYNCED 2
		< DATA 2
		<< "ij"`, "2": `< DATA 2
		<< "ij"`} {
		interrupted(t, `< PUT IN * restart=1*
		> GRANT
		< BEGIN none
		> START `+point+`
		`+rest+`
		< END ok
		< FINISH 10 *
		> FINISHED 10 0`+ends, func(t *testing.T, h *house, c *requester.Call, o requester.Outgoing) {
			got, err := c.Put(t.Context(), o)
			if err != nil || got.SHA256 != sum("abcdefghij") {
				t.Errorf("from %s: %+v: %v", point, got, err)
			}
		})
	}
}

func TestAPointThatIsNotKnownHereIsNotGuessedAt(t *testing.T) {
	interrupted(t, `< PUT IN * restart=1*
		> GRANT
		< BEGIN none
		> START 7
		< STOP restart.point *
		> STOPPED`+ends, func(t *testing.T, h *house, c *requester.Call, o requester.Outgoing) {
		_, err := c.Put(t.Context(), o)
		wants{sdk.RestartPoint, true, 1}.check(t, h, err)
	})
}

// interrupted sends a file of ten bytes that is cut with point 1 acknowledged and point 2 on its way, then plays the
// script for a second call.
func interrupted(t *testing.T, script string, f func(*testing.T, *house, *requester.Call, requester.Outgoing)) {
	t.Helper()
	dir := t.TempDir()
	againstIn(t, dir, putBegins+`
		< DATA 4
		<< "abcd"
		< SYNC 1
		> SYNCED 1
		< DATA 4
		<< "efgh"
		< SYNC 2
		hangs up`, func(t *testing.T, h *house, c *requester.Call) {
		_, err := c.Put(t.Context(), outgoing("abcdefghij"))
		wants{sdk.NetworkCut, true, 1}.check(t, h, err)
	})
	againstIn(t, dir, script, func(t *testing.T, h *house, c *requester.Call) {
		o := outgoing("abcdefghij")
		o.Restart = h.take()
		f(t, h, c, o)
	})
}

func TestASilentServerIsLeftWithAnAbort(t *testing.T) {
	for _, script := range []string{`< PUT IN *
		silent`, `< PUT IN *
		> GRANT
		< BEGIN none
		silent`, putBegins + `< DATA 4
		<< "abcd"
		< SYNC 1
		silent`} {
		against(t, script, func(t *testing.T, h *house, c *requester.Call) {
			began := time.Now()
			_, err := c.Put(t.Context(), outgoing("abcd"))
			wants{sdk.TimerMessage, true, 1}.check(t, h, err)
			if took := time.Since(began); took < 2*time.Minute || took > 5*time.Minute {
				t.Errorf("it took %s", took)
			}
			if c.Over() == nil {
				t.Error("the call is not over")
			}
		})
	}
}

func TestWhoWantsToStopIsNotKeptByASilentServer(t *testing.T) {
	against(t, putBegins+`
		< DATA 4
		<< "abcd"
		< SYNC 1
		silent`, func(t *testing.T, h *house, c *requester.Call) {
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		time.AfterFunc(time.Second, cancel)
		_, err := c.Put(ctx, outgoing("abcdefgh"))
		wants{sdk.OperatorHalt, true, 1}.check(t, h, err)
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

func TestAGrantThatComesAfterTheStopIsGivenBack(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	against(t, `< PUT IN *
		> GRANT
		< LEAVE operator.halt *
		> LEFT
		< BYE
		> GOODBYE`, func(t *testing.T, h *house, c *requester.Call) {
		_, err := c.Put(ctx, outgoing("abcd"))
		wants{sdk.OperatorHalt, false, 0}.check(t, h, err)
	})
}

func TestAServerThatStopsForGoodLeavesTheTransferInterrupted(t *testing.T) {
	against(t, putBegins+`
		< DATA 4
		<< "abcd"
		< SYNC 1
		> ABORT server.stopping`, func(t *testing.T, h *house, c *requester.Call) {
		_, err := c.Put(t.Context(), outgoing("abcd"))
		wants{sdk.ServerStopping, true, 1}.check(t, h, err)
		if _, err := c.Put(t.Context(), outgoing("abcd")); sdk.CodeOf(err) != sdk.ServerStopping {
			t.Errorf("a second file: %v", err)
		}
	})
}

func TestAFullDiskStopsAFetchRestartably(t *testing.T) {
	against(t, getBegins+`
		>> "DATA 4\nabcdSYNC 1\n"
		< SYNCED 1
		>> "DATA 4\nefghSYNC 2\n"
		< STOP data.* restartable*
		> STOPPED`+ends, func(t *testing.T, h *house, c *requester.Call) {
		in := h.incoming("OUT")
		h.mine.Faults.Write(2, sdk.Refuse(sdk.DataSpace, "full"))
		_, err := c.Get(t.Context(), in)
		wants{sdk.DataSpace, true, 1}.check(t, h, err)
	})
}

func TestANameThatIsTakenLeavesTheFileWithTheServer(t *testing.T) {
	against(t, `
		< GET OUT
		> GRANT number=9 file=data.txt
		< LEAVE file.exists *
		> LEFT
		< BYE
		> GOODBYE`, func(t *testing.T, h *house, c *requester.Call) {
		w, err := h.mine.Create(sdk.Target{ID: "x", Path: "data.txt", Size: -1})
		if err == nil {
			_, err = w.Commit(sdk.ExistsFail)
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Get(t.Context(), h.incoming("OUT"))
		wants{sdk.FileExists, false, 0}.check(t, h, err)
	})
}

func TestANameThatCannotBeUsedLeavesTheFileWithTheServer(t *testing.T) {
	against(t, `
		< GET OUT
		> GRANT number=9 file=../..
		< LEAVE file.name *
		> LEFT
		< BYE
		> GOODBYE`, func(t *testing.T, h *house, c *requester.Call) {
		_, err := c.Get(t.Context(), h.incoming("OUT"))
		wants{sdk.FileName, false, 0}.check(t, h, err)
		if n := len(h.mine.Paths()); n != 0 {
			t.Errorf("%d files are there", n)
		}
	})
}

func TestACutAfterTheFileGotItsNameIsFinishedWithoutWritingItAgain(t *testing.T) {
	var first *house
	dir := t.TempDir()
	againstIn(t, dir, getBegins+`
		>> "DATA 4\nabcdSYNC 1\n"
		< SYNCED 1
		>> "DATA 2\nefEND ok\n"
		< FINISH 6 *
		hangs up`, func(t *testing.T, h *house, c *requester.Call) {
		_, err := c.Get(t.Context(), h.incoming("OUT"))
		wants{sdk.NetworkCut, true, 1}.check(t, h, err)
		if h.content(h.mine, "data.txt") != "abcdef" {
			t.Errorf("we have %q", h.content(h.mine, "data.txt"))
		}
		first = h
	})
	againstIn(t, dir, `
		< GET OUT number=9 restart=1
		> GRANT number=9 file=data.txt
		< BEGIN 1
		> START 1
		>> "DATA 2\nefEND ok\n"
		< FINISH 6 *
		> FINISHED 6 0`+ends, func(t *testing.T, h *house, c *requester.Call) {
		h.mine = first.mine
		in := h.incoming("OUT")
		in.Restart = h.take()
		got, err := c.Get(t.Context(), in)
		if err != nil || got.SHA256 != sum("abcdef") || got.Path != "data.txt" {
			t.Errorf("%+v: %v", got, err)
		}
		if paths := h.mine.Paths(); len(paths) != 1 || len(h.kept()) != 0 {
			t.Errorf("we have %v and %d contexts", paths, len(h.kept()))
		}
	})
}

func TestAServerThatNeverGreetsIsLeftInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := lineHouse(t)
		c := h.options(silent(t))
		began := time.Now()
		_, err := requester.Open(t.Context(), c)
		if sdk.CodeOf(err) != sdk.TimerMessage || time.Since(began) > time.Minute {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
	})
}

// TestAPointIsInTheContextBeforeTheServerCanHaveIt looks into the folder whenever bytes leave: should the process die at
// that moment, the server may ask for any point it was told of.
func TestAPointIsInTheContextBeforeTheServerCanHaveIt(t *testing.T) {
	bubble(t, func(t *testing.T, h *house) {
		said := regexp.MustCompile(`SYNC (\d+)\n`)
		looked := 0
		h.onSent = func(int64) {
			all := said.FindAllSubmatch(h.bytes, -1)
			if len(all) == 0 {
				return
			}
			n, err := strconv.ParseInt(string(all[len(all)-1][1]), 10, 64)
			list, err2 := h.contexts.List()
			if err != nil || err2 != nil || len(list) != 1 {
				return // the context goes with the server's last word
			}
			known := list[0].Last.Number
			for _, p := range list[0].Ahead {
				known = max(known, p.Number)
			}
			if looked++; known < n {
				t.Errorf("point %d is on the wire, the context knows %d", n, known)
			}
		}
		c := h.call()
		if _, err := c.Put(t.Context(), outgoing(letter)); err != nil {
			t.Error(err)
		}
		c.Close(t.Context())
		if looked < 5 {
			t.Errorf("only %d looks", looked)
		}
	})
}
