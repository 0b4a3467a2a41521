package config

import (
	"slices"
	"strings"

	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/sdk"
)

// builtIn lists the exits that ship with the server, and the points each of them answers at.
func builtIn() map[string][]sdk.Point {
	return map[string][]sdk.Point{"directory": {sdk.PointIdentify}, "grants": {sdk.PointAuthorize, sdk.PointMessage}}
}

// checkPoints checks one points section; at is what it belongs to.
func (l *Loaded) checkPoints(r *report, at Path, points Points) {
	for _, point := range sorted(points) {
		list := at.Key("points").Key(point)
		if len(points[point]) > 0 && slices.Contains(unknownAt(at), sdk.Point(point)) {
			r.keyFault(list, "whose list this is, is not known at this point")
		}
		for i, exit := range points[point] {
			l.checkPoint(r, list.Item(i), sdk.Point(point), exit)
			switch {
			case slices.Contains(points[point][:i], exit):
				r.fault(list.Item(i), "%s is asked here already", exit)
			case len(at) > 0 && slices.Contains(l.serverList(point), exit):
				r.fault(list.Item(i), "%s is in the server's list already, which is asked too", exit)
			}
		}
	}
}

// checkPoint checks one exit in the list of a point.
func (l *Loaded) checkPoint(r *report, where Path, point sdk.Point, exit string) {
	own, ships := builtIn()[exit]
	x, configured := l.Exits[exit]
	row, _ := point.Row()
	switch {
	case ships && !slices.Contains(own, point):
		r.fault(where, "%s answers at %s only", exit, strings.Join(texts(own), " and "))
	case ships:
	case !configured:
		r.fault(where, "there is no exit %q%s", exit, didYouMean(exit, append(sorted(builtIn()), sorted(l.Exits)...)))
	case x.OnError == "pass" && !row.PassFail:
		r.fault(where, "%s has on_error: pass, which would let everything through here", exit)
	}
}

func texts(points []sdk.Point) (out []string) {
	for _, p := range points {
		out = append(out, string(p))
	}
	return out
}

// serverList is the server's list of a point: the default one where it has none.
func (l *Loaded) serverList(point string) []string {
	if list, ok := l.Points[point]; ok {
		return list
	}
	return chain.Defaults()[sdk.Point(point)]
}

// unknownAt lists, by what a points section belongs to, the points at which that is not known yet, or not any more.
func unknownAt(at Path) []sdk.Point {
	if len(at) == 0 {
		return nil
	}
	switch at[0].Key {
	case "partners":
		return []sdk.Point{sdk.PointAccept, sdk.PointIdentify}
	case "flows":
		return []sdk.Point{sdk.PointAccept, sdk.PointIdentify, sdk.PointNegotiate, sdk.PointResolve, sdk.PointClose}
	}
	return nil
}
