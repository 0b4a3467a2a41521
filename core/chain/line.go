package chain

// Room is where the next bytes go: the free part of the first filter's block, in the memory that it lends. It is never
// empty but after an error, which Next returns.
func (f *Filters) Room() []byte {
	if f.failed != nil {
		return nil
	}
	st := f.stages[0]
	return st.buf[st.n:]
}

// Put says that the first n bytes of Room were filled.
func (f *Filters) Put(n int) { f.stages[0].n += n }

// Flush lets Next give what everything that was put so far becomes: each filter is given its block although it is not
// full.
func (f *Filters) Flush() { f.flush = true }

// Finish says that nothing more is put: each filter is given its last block.
func (f *Filters) Finish() { f.flush, f.finish = true, true }

// Offsets are the bytes that went into the first filter and came out of the last one, those of earlier attempts counted.
func (f *Filters) Offsets() (in, out int64) {
	return f.stages[0].taken, f.stages[len(f.stages)-1].given
}

// Next returns what came out of the last filter next. ok is false when all that can come out of full blocks, or was to
// be flushed, has. The bytes are valid until the next call. The error is nil or a [*sdk.Refusal].
func (f *Filters) Next() (out []byte, ok bool, err error) {
	if f.failed != nil {
		return nil, false, f.failed
	}
	for {
		st, last := f.ripe()
		switch {
		case st == nil:
			f.flush = f.finish
			return nil, false, nil
		case len(st.rest) == 0:
			if err := st.block(f.ctx, last); err != nil {
				return nil, false, f.fail(st, err)
			}
			f.ends(st)
		case st.next == nil:
			out, st.rest = st.rest, nil
			return out, true, nil
		default:
			k := copy(st.next.buf[st.next.n:], st.rest)
			st.next.n += k
			st.rest = st.rest[k:]
		}
	}
}

// ripe returns the filter nearest to the end that has something to do: to hand on what it gave, to be asked for more,
// or to take its block; last says that this is its last one.
func (f *Filters) ripe() (found *stage, last bool) {
	dry, final := f.flush, f.finish // of all before st
	for _, st := range f.stages[f.first:] {
		switch {
		case len(st.rest) > 0:
			if st.next == nil || st.next.n < len(st.next.buf) {
				found = st
			}
		case st.more, st.n == len(st.buf), dry && st.n > 0, final && !st.done:
			found, last = st, final
		default:
			continue
		}
		dry, final = false, false
	}
	return found, last
}

// ends notes that a filter wants nothing more: those before it are not asked again, those behind get their last block.
func (f *Filters) ends(st *stage) {
	if !st.end || st.more {
		return
	}
	st.end = false
	st.done, f.ended = true, true
	f.flush, f.finish = true, true
	for f.stages[f.first] != st {
		f.first++
	}
}
