package requester

import "github.com/postern/postern/core/stream"

// savePoints keeps the points of a file sent. The exchange lets none leave before: a server can only ask to go on from a
// point that is known here, whenever this process dies.
func (t *transfer) savePoints(last stream.Mark, ahead []stream.Mark) error {
	return t.update(func(x *Context) { x.Last, x.Ahead = pointOf(last), pointsOf(ahead) })
}
