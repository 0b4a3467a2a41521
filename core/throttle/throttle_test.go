package throttle

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var usual = Settings{Failures: 3, Within: time.Minute, Ban: 2 * time.Minute}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func fails(t *testing.T, th *Throttle, a string, want Outcome) {
	t.Helper()
	if _, got := th.Failed(addr(a)); got != want {
		t.Errorf("a failure of %s: outcome %d, want %d", a, got, want)
	}
}

func isBanned(t *testing.T, th *Throttle, a string, want bool) {
	t.Helper()
	if _, got := th.Banned(addr(a)); got != want {
		t.Errorf("%s is banned: %v, want %v", a, got, want)
	}
}

func TestTheLastFailureBansTheAddressUntilTheBanIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := New(usual, time.Now)
		fails(t, th, "192.0.2.1", Counted)
		fails(t, th, "192.0.2.1", Counted)
		isBanned(t, th, "192.0.2.1", false)
		b, outcome := th.Failed(addr("192.0.2.1"))
		if outcome != Began || b.Net.String() != "192.0.2.1/32" || !b.Until.Equal(time.Now().Add(2*time.Minute)) {
			t.Errorf("%+v, %d", b, outcome)
		}
		isBanned(t, th, "192.0.2.1", true)
		isBanned(t, th, "192.0.2.2", false)
		time.Sleep(2*time.Minute - time.Nanosecond)
		isBanned(t, th, "192.0.2.1", true)
		time.Sleep(time.Nanosecond)
		isBanned(t, th, "192.0.2.1", false)
		fails(t, th, "192.0.2.1", Counted) // and it begins anew
		if now, since := th.Count(); now != 0 || since != 1 {
			t.Errorf("%d banned, %d bans", now, since)
		}
	})
}

func TestOnlyTheFailuresOfTheSpanCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := New(usual, time.Now)
		for range 20 { // never three within a minute
			fails(t, th, "192.0.2.1", Counted)
			time.Sleep(30 * time.Second)
		}
		time.Sleep(30 * time.Second)
		fails(t, th, "192.0.2.1", Counted)
		time.Sleep(59 * time.Second)
		fails(t, th, "192.0.2.1", Counted)
		time.Sleep(time.Second - time.Nanosecond) // the first is still one of the minute
		fails(t, th, "192.0.2.1", Began)
	})
}

func TestASuccessClearsTheAddressAndNoOther(t *testing.T) {
	th := New(usual, time.Now)
	for _, a := range []string{"192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2"} {
		fails(t, th, a, Counted)
	}
	if _, banned := th.Passed(addr("192.0.2.1")); banned {
		t.Error("a success was banned")
	}
	fails(t, th, "192.0.2.1", Counted)
	fails(t, th, "192.0.2.2", Began)
}

func TestWhatWasAskedBeforeTheBanHasNoAnswerAfterIt(t *testing.T) {
	th := New(usual, time.Now)
	fails(t, th, "192.0.2.1", Counted)
	fails(t, th, "192.0.2.1", Counted)
	fails(t, th, "192.0.2.1", Began)
	fails(t, th, "192.0.2.1", Already)
	if b, banned := th.Passed(addr("192.0.2.1")); !banned || b.Until.IsZero() {
		t.Error("a right guess of a banned address was taken")
	}
	isBanned(t, th, "192.0.2.1", true)
}

func TestOfIPv6TheNetworkIsOneAddress(t *testing.T) {
	th := New(usual, time.Now)
	fails(t, th, "2001:db8::1", Counted)
	fails(t, th, "2001:db8::2", Counted)
	fails(t, th, "2001:db8:0:1::1", Counted)
	fails(t, th, "2001:db8::ffff:ffff:ffff:ffff", Began)
	isBanned(t, th, "2001:db8::99", true)
	isBanned(t, th, "2001:db8:0:1::1", false)
	for a, want := range map[string]string{"::ffff:192.0.2.1": "192.0.2.1/32", "fe80::1%eth0": "fe80::/64", "192.0.2.1": "192.0.2.1/32"} {
		if got := Net(addr(a)).String(); got != want {
			t.Errorf("%s counts as %s, want %s", a, got, want)
		}
	}
}

func TestNobodyIsBannedWithoutAThrottle(t *testing.T) {
	var none *Throttle
	for _, th := range []*Throttle{New(Settings{}, time.Now), none} {
		for range 100 {
			fails(t, th, "192.0.2.1", Counted)
		}
		isBanned(t, th, "192.0.2.1", false)
		if _, banned := th.Passed(addr("192.0.2.1")); banned {
			t.Error("banned")
		}
		if now, since := th.Count(); now != 0 || since != 0 {
			t.Errorf("%d, %d", now, since)
		}
	}
}

func TestOtherSettingsHoldForTheFailuresThatFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := New(usual, time.Now)
		for range 3 {
			_, _ = th.Failed(addr("192.0.2.1"))
		}
		fails(t, th, "192.0.2.2", Counted)
		fails(t, th, "192.0.2.2", Counted)
		th.Apply(Settings{Failures: 2, Within: time.Minute, Ban: time.Second})
		isBanned(t, th, "192.0.2.1", true)
		fails(t, th, "192.0.2.2", Began) // the third of two
		time.Sleep(time.Second)
		isBanned(t, th, "192.0.2.2", false)
		isBanned(t, th, "192.0.2.1", true)
		th.Apply(Settings{})
		isBanned(t, th, "192.0.2.1", false)
		th.Apply(usual)
		isBanned(t, th, "192.0.2.1", false) // how an operator lifts the bans
	})
}

func TestUnderAFloodOfAddressesMemoryIsBoundedAndBansStay(t *testing.T) {
	th := New(Settings{Failures: 3, Within: time.Hour, Ban: time.Hour}, time.Now)
	for range 3 {
		_, _ = th.Failed(addr("192.0.2.1"))
	}
	network := addr("2001:db8::1").As16()
	for i := range 2 * mostKept {
		network[4], network[5], network[6] = byte(i>>16), byte(i>>8), byte(i)
		_, _ = th.Failed(netip.AddrFrom16(network))
	}
	th.mu.Lock()
	if n := len(th.records); th.kept != mostKept || n != mostKept || n != th.counting.Len()+th.banned.Len() {
		t.Errorf("%d are kept in %d records, want %d", th.kept, n, mostKept)
	}
	th.mu.Unlock()
	isBanned(t, th, "192.0.2.1", true)
	last := netip.AddrFrom16(network)
	if _, _ = th.Failed(last); true {
		if _, outcome := th.Failed(last); outcome != Began {
			t.Error("the newest failures were forgotten first")
		}
	}
}

func TestMoreBansThanAreKeptForgetTheOldest(t *testing.T) {
	th := New(Settings{Failures: 1, Within: time.Hour, Ban: time.Hour}, time.Now)
	of := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}) }
	for i := range mostKept + 1 {
		_, _ = th.Failed(of(i))
	}
	if now, since := th.Count(); now != mostKept || since != mostKept+1 {
		t.Errorf("%d banned, %d bans", now, since)
	}
	isBanned(t, th, of(0).String(), false)
	isBanned(t, th, of(1).String(), true)
}

func TestHoweverManyAskAtOnceOneBanBeginsAndTheAnswersAreCounted(t *testing.T) {
	const callers = 64
	th := New(Settings{Failures: 20, Within: time.Hour, Ban: time.Hour}, time.Now)
	var counted, began, already atomic.Int32
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			switch _, outcome := th.Failed(addr("192.0.2.1")); outcome {
			case Counted:
				counted.Add(1)
			case Began:
				began.Add(1)
			case Already:
				already.Add(1)
			}
		})
	}
	all.Wait()
	if counted.Load() != 19 || began.Load() != 1 || already.Load() != callers-20 {
		t.Errorf("%d counted, %d began, %d already", counted.Load(), began.Load(), already.Load())
	}
}

// TestTheThrottleDoesAsTheSimplestOne plays at random beside one that keeps every failure in a list.
func TestTheThrottleDoesAsTheSimplestOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		th := New(usual, time.Now)
		failed, until := map[string][]time.Time{}, map[string]time.Time{}
		for step := range 20000 {
			a := fmt.Sprintf("192.0.2.%d", random.IntN(4))
			now := time.Now()
			banned := until[a].After(now)
			switch random.IntN(8) {
			case 0:
				if _, got := th.Passed(addr(a)); got != banned {
					t.Fatalf("step %d: passed %s while banned=%v told %v", step, a, banned, got)
				}
				if !banned {
					failed[a] = nil
				}
			case 1, 2, 3, 4:
				want := Counted
				if banned {
					want = Already
				} else {
					failed[a] = append(failed[a], now)
					n := 0
					for _, f := range failed[a] {
						if now.Sub(f) < usual.Within {
							n++
						}
					}
					if n >= usual.Failures {
						want, until[a], failed[a] = Began, now.Add(usual.Ban), nil
					}
				}
				if _, got := th.Failed(addr(a)); got != want {
					t.Fatalf("step %d: a failure of %s gave %d, want %d", step, a, got, want)
				}
			default:
				if _, got := th.Banned(addr(a)); got != banned {
					t.Fatalf("step %d: %s is banned: %v, want %v", step, a, got, banned)
				}
				time.Sleep(time.Duration(random.IntN(20)) * time.Second)
			}
		}
	})
}
