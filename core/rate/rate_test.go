package rate

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// transfer takes total bytes by quanta and waits as it is told.
func transfer(m Meter, total int) {
	for total > 0 {
		n := min(m.Quantum(), total)
		time.Sleep(m.Take(n))
		total -= n
	}
}

func TestOneTransferAndAThousandTogetherTakeAsLong(t *testing.T) {
	const rate, seconds = 10 << 20, 20
	for _, many := range []int{1, 7, 1000} {
		synctest.Test(t, func(t *testing.T) {
			table := NewTable(Settings{Partners: map[string]int64{"PARIS": rate}})
			var all sync.WaitGroup
			began := time.Now()
			for range many {
				s := table.Session("pesit", "PARIS", "")
				all.Go(func() {
					transfer(s.In(), rate*seconds/many)
					s.Release()
				})
			}
			all.Wait()
			took, want := time.Since(began), seconds*time.Second
			if took < want-slack-time.Second/quanta || took > want+time.Second/quanta {
				t.Errorf("%d transfers took %s for bytes of %s", many, took, want)
			}
			if len(table.partners)+len(table.listeners) != 0 {
				t.Error("a bucket is left")
			}
		})
	}
}

func TestTransfersShareABucketFairly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Bucket{}
		b.Set(1 << 20)
		var took [4]int
		var all sync.WaitGroup
		end := time.Now().Add(time.Minute)
		for i := range took {
			all.Go(func() {
				for m := (Meter{b}); time.Now().Before(end); took[i] += m.Quantum() {
					time.Sleep(m.Take(m.Quantum()))
				}
			})
		}
		all.Wait()
		for _, n := range took {
			if n < 14<<20 || n > 16<<20 {
				t.Errorf("a quarter of 60 MiB is 15: they had %v bytes", took)
			}
		}
	})
}

func TestIdleTimeIsMadeUpForASlackAndNoMore(t *testing.T) {
	b := &Bucket{}
	b.Set(1000)
	now := time.Now()
	if wait := b.Take(250, now); wait != 0 {
		t.Errorf("the first bytes wait %s", wait)
	}
	if wait := b.Take(100, now.Add(time.Hour)); wait != 0 {
		t.Errorf("after an hour 100 bytes wait %s", wait)
	}
	if wait := b.Take(1150, now.Add(time.Hour)); wait != time.Second {
		t.Errorf("1000 bytes more than the slack wait %s", wait)
	}
}

func TestEveryBucketOfAMeterCountsAndTheSlowestHolds(t *testing.T) {
	table := NewTable(Settings{Server: 1 << 30, Listeners: map[string]int64{"pesit": 1 << 20}, Partners: map[string]int64{"PARIS": 100 << 10}})
	s := table.Session("pesit", "PARIS", "")
	defer s.Release()
	m := s.In()
	if len(m) != 3 || m.Quantum() != leastQuantum {
		t.Fatalf("%d buckets, a quantum of %d", len(m), m.Quantum())
	}
	if wait := m.Take(100 << 10); wait < 700*time.Millisecond || wait > time.Second {
		t.Errorf("a second's bytes wait %s", wait)
	}
	if wait := s.Out().Take(10 << 10); wait != 0 {
		t.Errorf("the other direction waits %s", wait)
	}
	other := table.Session("pesit", "LYON", "")
	defer other.Release()
	if m := other.In(); len(m) != 2 {
		t.Errorf("another partner has %d buckets", len(m))
	}
}

func TestWhereNothingIsSetNothingIsTaken(t *testing.T) {
	s := NewTable(Settings{}).Session("pesit", "PARIS", "")
	if s.In() != nil || s.Out() != nil {
		t.Error("there is a meter")
	}
	s.Release()
	var none *Table
	if s := none.Session("a", "b", ""); s.In() != nil || s.Out() != nil {
		t.Error("no table holds something")
	}
}

func TestAReloadChangesTheRateOfWhatRunsAndOfTemplates(t *testing.T) {
	table := NewTable(Settings{Partners: map[string]int64{"MODEL": 1000, "PARIS": 0}})
	made, paris := table.Session("a", "MADE", "MODEL"), table.Session("a", "PARIS", "MODEL")
	m := made.In()
	if len(m) != 1 || m[0].Rate() != 1000 || paris.In() != nil {
		t.Fatalf("the made-up partner has %v, PARIS %v", m, paris.In())
	}
	table.Apply(Settings{Partners: map[string]int64{"MODEL": 500, "PARIS": 70}})
	if m[0].Rate() != 500 || paris.In()[0].Rate() != 70 {
		t.Errorf("after the reload: %d and %v", m[0].Rate(), paris.In())
	}
	table.Apply(Settings{})
	if wait := m.Take(1 << 30); wait != 0 {
		t.Errorf("without a limit it waits %s", wait)
	}
}
