package config

import (
	"slices"
	"strings"

	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/sdk"
)

func (l *Loaded) checkFlows(r *report, protocols map[string]sdk.Description) {
	for _, id := range sorted(l.Flows) {
		f, at := l.Flows[id], Path{}.Key("flows").Key(id)
		if _, err := naming.Parse(f.Path); err != nil {
			r.fault(at.Key("path"), "%v", err)
		}
		l.checkFlowBackend(r, at.Key("backend"), f.Backend)
		f.checkRecords(r, at)
		known := compressions(protocols)
		for i, word := range f.Compression {
			if known != nil && !slices.Contains(known, word) {
				r.fault(at.Key("compression").Item(i), "%q is not one of %s%s", word, strings.Join(known, ", "), didYouMean(word, known))
			}
		}
	}
}

func (l *Loaded) checkFlowBackend(r *report, at Path, name string) {
	_, ok := l.Backends[name]
	switch {
	case name != "" && !ok:
		r.fault(at, "there is no backend %q%s", name, didYouMean(name, sorted(l.Backends)))
	case name == "" && len(l.Backends) > 1:
		r.fault(at, "is missing: there are several backends (%s)", strings.Join(sorted(l.Backends), ", "))
	case len(l.Backends) == 0:
		r.fault(at, "there is no backend at all")
	}
}

func (f Flow) checkRecords(r *report, at Path) {
	if f.Delimiter == "" || len(f.Delimiter) > 8 {
		r.fault(at.Key("delimiter"), "must have 1 to 8 bytes")
	}
	if f.Delimiter != DefaultFlow().Delimiter && f.Records != string(sdk.RecordsLines) {
		r.fault(at.Key("delimiter"), "is for records: lines only")
	}
	if f.Fixed && f.RecordLength == 0 {
		r.fault(at.Key("fixed"), "needs record_length")
	}
}

// compressions lists the words of every protocol's compression term.
func compressions(protocols map[string]sdk.Description) (out []string) {
	for _, name := range sorted(protocols) {
		if spec, ok := specOf(protocols[name], "compression"); ok {
			out = append(out, spec.Values...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
