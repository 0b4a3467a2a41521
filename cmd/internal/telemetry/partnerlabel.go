package telemetry

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// other is the label's value of everything beyond a bound.
const other = "other"

// partnerLabels bounds how many partners have series of their own.
type partnerLabels struct {
	mu    sync.Mutex
	known map[string]bool // of the configuration
	shown map[string]bool
	most  int
	vecs  []interface {
		DeletePartialMatch(prometheus.Labels) int
	}
}

func newPartnerLabels(s *metricSet) *partnerLabels {
	p := &partnerLabels{shown: map[string]bool{}}
	p.vecs = append(p.vecs, s.transfers, s.bytes)
	return p
}

// of gives the label of a partner. Who is not of the configuration is one of the others: an exit that lets callers in
// under names of their own makes no series.
func (p *partnerLabels) of(partner string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.shown[partner]:
	case partner == other || !p.known[partner] || len(p.shown) >= p.most || label(partner) != partner:
		return other
	default:
		p.shown[partner] = true
	}
	return partner
}

// seen tells whether a partner has series of its own, and takes no room for it.
func (p *partnerLabels) seen(partner string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shown[partner]
}

func (p *partnerLabels) know(known map[string]bool, most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known, p.most = known, most
	for partner := range p.shown {
		if known[partner] && len(p.shown) <= most {
			continue
		}
		delete(p.shown, partner)
		for _, v := range p.vecs {
			v.DeletePartialMatch(prometheus.Labels{"partner": partner})
		}
	}
}
