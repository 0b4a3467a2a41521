package meter

import "bytes"

// Section numbers (core specification 5.5.2).
const (
	customSection byte = iota
	typeSection
	importSection
	functionSection
	tableSection
	memorySection
	globalSection
	exportSection
	startSection
	elementSection
	codeSection
	dataSection
	dataCountSection
	tagSection
)

// sections tells each section's name, and its place in the order that the binary format prescribes.
var sections = [...]struct {
	name  string
	place int
}{
	customSection:    {"custom", 0},
	typeSection:      {"type", 1},
	importSection:    {"import", 2},
	functionSection:  {"function", 3},
	tableSection:     {"table", 4},
	memorySection:    {"memory", 5},
	globalSection:    {"global", 6},
	exportSection:    {"export", 7},
	startSection:     {"start", 8},
	elementSection:   {"element", 9},
	dataCountSection: {"data count", 10},
	codeSection:      {"code", 11},
	dataSection:      {"data", 12},
}

var (
	magic     = []byte("\x00asm\x01\x00\x00\x00")
	component = []byte("\x00asm\x0d\x00\x01\x00")
)

// header reads the eight bytes that every module begins with.
func header(r *reader) {
	if bytes.HasPrefix(r.module, component) {
		r.unsupported(4, Components, "the file is a component, not a core module")
		return
	}
	if !bytes.HasPrefix(r.module, magic) {
		r.refuse(ErrMalformed, 0, "name a file that a WebAssembly compiler wrote", "this is no WebAssembly module of version 1")
		return
	}
	r.take(len(magic))
}

// nextSection reads a section's number and length, checks its place, and returns a reader of its content.
func nextSection(r *reader, last int) (id byte, content *reader) {
	start := r.at
	id = r.u8()
	switch {
	case id == tagSection:
		r.unsupported(start, Exceptions, "a tag section")
	case int(id) >= len(sections):
		r.unsupported(start, UnknownSection, "number %d", id)
	case id != customSection && sections[id].place <= last:
		r.malformed(start, "a %s section out of order or for the second time", sections[id].name)
	}
	if r.failed() {
		return id, nil
	}
	r.section = sections[id].name
	n := r.count(1, "bytes of the section")
	content = &reader{module: r.module, at: r.at, end: r.at + n, section: r.section, fn: -1, err: r.err}
	r.take(n)
	r.section = "module"
	return id, content
}

// appendSection appends a section with its number and length.
func appendSection(out []byte, id byte, content []byte) []byte {
	out = appendU(append(out, id), len(content))
	return append(out, content...)
}
