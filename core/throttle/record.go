package throttle

import (
	"net/netip"
	"time"
)

// What is here needs t.mu.

// banOf tells the ban of an address.
func (t *Throttle) banOf(a netip.Addr, now time.Duration) (Ban, bool) {
	r := t.records[Net(a)]
	if r == nil || !r.ban || r.until <= now {
		return Ban{}, false
	}
	return t.told(r), true
}

func (t *Throttle) told(r *record) Ban { return Ban{Net: r.net, Until: t.start.Add(r.until)} }

// fail adds a failure to an address, and forgets those that are too old to count.
func (t *Throttle) fail(net netip.Prefix, now time.Duration) *record {
	r := t.records[net]
	if r != nil && r.ban { // over, and not yet forgotten
		t.forget(r)
		r = nil
	}
	if r == nil {
		r = &record{net: net}
		r.place = t.counting.PushBack(r)
		t.records[net] = r
	}
	old := 0
	for old < len(r.times) && r.times[old] <= now-t.settings.Within {
		old++
	}
	r.times = append(r.times[old:], now)
	t.kept += 1 - old
	t.counting.MoveToBack(r.place)
	return r
}

// ban begins the ban of an address. Its failures have done their work.
func (t *Throttle) ban(r *record, now time.Duration) {
	t.kept += 1 - len(r.times)
	r.times, r.ban, r.until = nil, true, now+t.settings.Ban
	t.counting.Remove(r.place)
	r.place = t.banned.PushBack(r)
	t.bans++
}

// forget leaves nothing of an address.
func (t *Throttle) forget(r *record) {
	if r.ban {
		t.banned.Remove(r.place)
		t.kept--
	} else {
		t.counting.Remove(r.place)
		t.kept -= len(r.times)
	}
	delete(t.records, r.net)
}

// expire forgets bans that are over and addresses whose failures do not count any more, and gives the time of now. Each
// is looked at once, at the front of its list.
func (t *Throttle) expire() time.Duration {
	now := t.now().Sub(t.start)
	for e := t.banned.Front(); e != nil && e.Value.(*record).until <= now; e = t.banned.Front() {
		t.forget(e.Value.(*record))
	}
	for e := t.counting.Front(); e != nil; e = t.counting.Front() {
		r := e.Value.(*record)
		if r.times[len(r.times)-1] > now-t.settings.Within {
			break
		}
		t.forget(r)
	}
	return now
}

// makeRoom forgets others than r when too much is kept: first whoever failed longest ago, and bans last.
func (t *Throttle) makeRoom(r *record) {
	for t.kept > mostKept {
		e := t.counting.Front()
		if e == nil || e.Value.(*record) == r {
			e = t.banned.Front()
		}
		if e == nil || e.Value.(*record) == r {
			return
		}
		t.forget(e.Value.(*record))
	}
}
