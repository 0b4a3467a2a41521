package chain

// Room is where the next bytes go: the free part of the first filter's block, in the memory that it lends. It is never
// empty but after an error, which Next returns.
func (f *Filters) Room() []byte {
	if f.failed != nil {
		return nil
	}
	return f.stages[0].room()
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
// be flushed, has; a full block that a filter is at work on comes out when the one behind it is full, if the filter lends
// memory for both. The bytes are valid until the next call, and a filter that may not be trusted may change them
// meanwhile. The error is nil or a [*sdk.Refusal].
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
			if err := f.work(st, last); err != nil {
				return nil, false, err
			}
		case st.next == nil:
			out = st.rest
			if st.full() && !st.busy && !st.more && !f.finish { // it need not wait until these are written
				if err := f.work(st, false); err != nil {
					return nil, false, err
				}
			}
			st.rest = nil
			return out, true, nil
		default:
			k := copy(st.next.room(), st.rest)
			st.next.n += k
			st.rest = st.rest[k:]
		}
	}
}

// work sets a filter to work on its block, or waits until it has done that.
func (f *Filters) work(st *stage, last bool) error {
	var err error
	if st.busy {
		err = st.collect(f.ctx)
	} else {
		err = st.begin(last)
	}
	if err != nil {
		return f.fail(st, err)
	}
	f.ends(st)
	return nil
}

// ripe returns the filter nearest to the end that has something to do: to hand on what it gave, to be asked for more,
// to take its block, or to be waited for; last says that a block is its last one.
func (f *Filters) ripe() (found *stage, last bool) {
	dry, final := f.flush, f.finish // of all before st
	for _, st := range f.stages[f.first:] {
		switch {
		case len(st.rest) > 0:
			if st.next == nil || len(st.next.room()) > 0 {
				found = st
			}
		case st.busy && (dry || len(st.room()) == 0):
			found = st
		case st.busy:
			continue
		case st.more, st.full(), dry && st.n > 0, final && !st.done:
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
	st.n = 0 // what was gathered for another block meanwhile
	f.flush, f.finish = true, true
	for f.stages[f.first] != st {
		f.first++
	}
}
