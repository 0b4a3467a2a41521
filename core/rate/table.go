package rate

import "sync"

// Settings are the rates of a server, in bytes a second and for each direction on its own; 0 and a name that is missing
// have no limit.
type Settings struct {
	Server    int64
	Listeners map[string]int64
	Partners  map[string]int64 // by id; a made-up partner has that of its template, for itself alone
}

// Table knows the buckets of a server by what they are for. It may be used from many goroutines. A nil table limits
// nothing.
type Table struct {
	mu        sync.Mutex
	settings  Settings
	server    *pair
	listeners map[string]*pair // of sessions that are open
	partners  map[string]*pair
}

// pair is the buckets of both directions, and how many sessions have them.
type pair struct {
	in, out  Bucket
	users    int
	template string
}

func (p *pair) set(rate int64) {
	p.in.Set(rate)
	p.out.Set(rate)
}

// NewTable makes a table.
func NewTable(s Settings) *Table {
	t := &Table{server: &pair{}, listeners: map[string]*pair{}, partners: map[string]*pair{}}
	t.Apply(s)
	return t
}

// Apply changes the rates. A transfer that is being held follows the new rate at once, another one begins with it.
func (t *Table) Apply(s Settings) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settings = s
	t.server.set(s.Server)
	for name, p := range t.listeners {
		p.set(s.Listeners[name])
	}
	for id, p := range t.partners {
		p.set(s.partner(id, p.template))
	}
}

func (s *Settings) partner(id, template string) int64 {
	if r, ok := s.Partners[id]; ok || template == "" {
		return r
	}
	return s.Partners[template]
}

// Session is what the transfers of one session share with others.
type Session struct {
	t                         *Table
	server, listener, partner *pair
	listenerName, partnerID   string
}

// Session takes the buckets of a session: those of its listener, of its partner (template: the one it was made from, or
// "") and of the server. Release gives them back.
func (t *Table) Session(listener, partner, template string) *Session {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &Session{t: t, server: t.server, listenerName: listener, partnerID: partner}
	s.listener = take(t.listeners, listener, t.settings.Listeners[listener])
	s.partner = take(t.partners, partner, t.settings.partner(partner, template))
	s.partner.template = template
	return s
}

func take(m map[string]*pair, name string, rate int64) *pair {
	p := m[name]
	if p == nil {
		p = &pair{}
		p.set(rate)
		m[name] = p
	}
	p.users++
	return p
}

// Release gives the buckets back. It is called once.
func (s *Session) Release() {
	if s == nil {
		return
	}
	s.t.mu.Lock()
	defer s.t.mu.Unlock()
	give(s.t.listeners, s.listenerName)
	give(s.t.partners, s.partnerID)
}

func give(m map[string]*pair, name string) {
	if m[name].users--; m[name].users == 0 {
		delete(m, name)
	}
}

// In is what holds data that the session receives; nil: nothing does.
func (s *Session) In() Meter {
	if s == nil {
		return nil
	}
	return Meter{&s.server.in, &s.listener.in, &s.partner.in}.limited()
}

// Out is what holds data that it sends.
func (s *Session) Out() Meter {
	if s == nil {
		return nil
	}
	return Meter{&s.server.out, &s.listener.out, &s.partner.out}.limited()
}
