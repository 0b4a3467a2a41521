package stream

// ShortFile is the longest file that is written and ended without a goroutine, in bytes: to hand it over and to be told costs
// more than to write it to the page cache and to hash it; and its sync is often that of the catalog's commit.
const ShortFile = 64 << 10

// inline reports whether a batch is a whole short file whose writer is best the loop itself. A peer whose data is scattered
// may have other files open, which do not wait for this one: see Alone.
func (r *Receiver) inline(b *batch) bool {
	return !r.begun && b.op == opFinish && b.bytes <= ShortFile && len(b.points) == 0 && r.out == nil &&
		(r.scattered == nil || r.alone)
}

// Alone says, before Finish, that nothing else waits for the loop.
func (r *Receiver) Alone() { r.alone = true }
