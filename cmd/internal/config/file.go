package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// maxFile is the longest configuration file, in bytes.
const maxFile = 16 << 20

// readFile reads and parses the file. A file with a fault in its syntax ends the work: nothing else is known.
func readFile(path string, r *report) (*node, error) {
	if path == "" {
		return newObject(place{1, 1}), nil
	}
	parse, err := parserOf(path)
	if err != nil {
		return nil, err
	}
	data, err := readSafely(path, r)
	if err != nil {
		return nil, err
	}
	tree, faults := parse(data)
	for i := range faults {
		faults[i].Origin.Name = path
	}
	r.add(faults...)
	if tree != nil && tree.fields == nil {
		r.add(Fault{Origin: Origin{Layer: LayerFile, Name: path, Line: tree.at.line, Col: tree.at.col}, What: "the file must hold a group of keys"})
		tree = nil
	}
	if tree == nil {
		return nil, r.err()
	}
	fillNulls(tree, configField())
	tree.mark(r.places, nil, func(p place) Origin {
		return Origin{Layer: LayerFile, Name: path, Line: p.line, Col: p.col}
	})
	return tree, nil
}

func parserOf(path string) (parser, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".yaml", ".yml":
		return parseYAML, nil
	case ".toml":
		return parseTOML, nil
	case ".json":
		return parseJSON, nil
	default:
		return nil, Faults{{Origin: Origin{Layer: LayerFile, Name: path},
			What: fmt.Sprintf("%q is no ending of a configuration file: it must be .yaml, .yml, .toml or .json", ext)}}
	}
}

// readSafely reads the file, and finds fault with one that others can write.
func readSafely(path string, r *report) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the configuration: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at the configuration: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, Faults{{Origin: Origin{Layer: LayerFile, Name: path}, What: "is not a regular file"}}
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		r.add(Fault{Origin: Origin{Layer: LayerFile, Name: path},
			What: fmt.Sprintf("can be written by others (mode %04o); run: chmod go-w %s", mode, path)})
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	if len(data) > maxFile {
		return nil, Faults{{Origin: Origin{Layer: LayerFile, Name: path}, What: "is longer than 16 MiB"}}
	}
	return data, nil
}

// fillNulls makes a key with nothing behind it an empty group or list where one is expected.
func fillNulls(n *node, f field) {
	if n.fields == nil && !n.list && n.value == nil && f.typ != nil {
		switch {
		case f.typ.Kind() == reflect.Slice:
			n.list = true
		case f.object() && f.typ != typeProtocol:
			n.fields = map[string]*node{}
		}
	}
	for k, c := range n.fields {
		if inner, ok := f.inside(Step{Key: k}); ok {
			fillNulls(c, inner)
		}
	}
	for _, c := range n.items {
		if inner, ok := f.inside(Step{List: true}); ok {
			fillNulls(c, inner)
		}
	}
}
