package meter

// Parts of the name section (core specification 7.4.1) that are kept.
const (
	moduleName    = 0
	functionNames = 1
)

// custom keeps the names of the module and of its functions, and drops every other custom section. A custom section can
// make no module invalid, so a name section that is not well formed is dropped too.
func (p *pass) custom(r *reader) {
	name := r.name()
	if r.failed() {
		return
	}
	if name == "name" && !p.names {
		p.names = true
		tolerant := *r
		if kept := keptNames(&tolerant); !tolerant.failed() && len(kept) > 0 {
			content := append([]byte("\x04name"), kept...)
			p.out = appendSection(p.out, customSection, content)
		}
	}
	r.at = r.end
}

// keptNames walks over the parts and returns those to keep, as they are.
func keptNames(r *reader) []byte {
	var kept []byte
	for last := -1; r.left() > 0; {
		start := r.at
		id := r.u8()
		part := *r
		n := part.count(1, "bytes of names")
		r.take(part.at - r.at + n)
		part.end = part.at + n
		if r.failed() || part.failed() || int(id) <= last {
			r.malformed(start, "names out of order")
			return nil
		}
		last = int(id)
		switch id {
		case moduleName:
			part.name()
		case functionNames:
			for range part.count(2, "names") {
				part.u32()
				part.name()
			}
		default:
			continue
		}
		if part.failed() || part.left() > 0 {
			r.malformed(start, "names that do not fill their part")
			return nil
		}
		kept = append(kept, r.module[start:r.at]...)
	}
	return kept
}
