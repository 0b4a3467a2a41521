package pesit

import "github.com/postern/postern/plugins/protocol/pesit/wire"

// Short articles are packed: several in one DTF, several DTF in one entity, and the SYN or DTF.END that follows with them.
//
// What is packed of a stream goes out at the end of the message it came in. Records are held back from one message to the
// next until an entity is full. They go out at the latest with the sync point or the end that follows, and before anything is
// heard; a stop or an abort drops them, as it drops what is under way. Since a sender always says one of these, nothing stays
// behind.

// send counts and sends one article as it goes on the wire.
func (d *Dialogue) send(article []byte, out *[]byte) error {
	o := &d.out
	d.at.add(len(article), true)
	largest := o.link.MaxBody()
	switch {
	case len(article) > largest:
		return d.segment(article, out)
	case len(article) > largest/2:
		if err := d.flush(out); err != nil {
			return err
		}
		b := wire.NewBuilder(*out, o.link)
		b.Begin(wire.DTF, d.peer, 0)
		b.Data(article)
		return done(&b, out)
	}
	if err := d.open(len(article), out); err != nil {
		return err
	}
	if d.set.multi {
		o.pack.Article(article)
	} else {
		o.pack.Data(article)
	}
	o.count++
	return nil
}

// open makes room in the pack for an article of n bytes.
func (d *Dialogue) open(n int, out *[]byte) error {
	o := &d.out
	const lengthBytes = 2
	if o.packing {
		room := o.pack.Room()
		if d.set.multi && o.count < 255 && room >= n+lengthBytes {
			return nil
		}
		if d.joins() && room >= n+lengthBytes+wire.HeaderSize {
			o.pack.Join(wire.DTF, d.peer)
			o.count = 0
			return nil
		}
	}
	if err := d.flush(out); err != nil {
		return err
	}
	o.pack = wire.NewBuilder(o.buffer[:0], o.link)
	o.pack.Begin(wire.DTF, d.peer, 0)
	o.packing, o.count = true, 0
	return nil
}

// joins reports whether units may share an entity: there must be one, and no check bytes.
func (d *Dialogue) joins() bool {
	return d.set.concats && d.link.Framing == wire.Prefixed && !d.link.CRC
}

// flush appends what is packed.
func (d *Dialogue) flush(out *[]byte) error {
	o := &d.out
	if !o.packing {
		return nil
	}
	o.packing = false
	bytes, err := o.pack.Done()
	o.buffer = bytes
	*out = append(*out, bytes...)
	return err
}

// segment sends an article that is longer than an entity: DTFDA, DTFMA and DTFFA, none of them empty.
func (d *Dialogue) segment(article []byte, out *[]byte) error {
	if err := d.flush(out); err != nil {
		return err
	}
	largest := d.out.link.MaxBody()
	b := wire.NewBuilder(*out, d.out.link)
	for t := wire.DTFDA; ; t = wire.DTFMA {
		if len(article) <= largest {
			t = wire.DTFFA
		}
		n := min(len(article), largest)
		b.Begin(t, d.peer, 0)
		b.Data(article[:n])
		article = article[n:]
		if len(article) == 0 {
			return done(&b, out)
		}
	}
}

// join begins a SYN or a DTF.END in the packed entity if it fits there, else in its own.
func (d *Dialogue) join(out *[]byte, t wire.Type, body int) *wire.Builder {
	o := &d.out
	if o.packing && d.joins() && o.pack.Room() >= wire.HeaderSize+body {
		o.pack.Join(t, d.peer)
		return &o.pack
	}
	// The pack alone cannot fail: every article was measured.
	_ = d.flush(out)
	b := d.begin(*out, t)
	return &b
}

// joined ends what join began.
func (d *Dialogue) joined(b *wire.Builder, out *[]byte) error {
	if b == &d.out.pack {
		return d.flush(out)
	}
	return done(b, out)
}
