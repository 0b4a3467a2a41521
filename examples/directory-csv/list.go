package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/postern/postern/sdk"
)

// columns are those of the list, in any order; the first three are needed.
var columns = []string{"name", "password", "template", "days", "from", "to", "zone", "group", "receive", "send"}

// list is a file of partners, read.
type list struct {
	rows  map[string]row
	decoy string // costs as much as the hashes of the list do
}

// row is one partner.
type row struct {
	name, password, template, group string
	receive, send                   []string
	hours                           []sdk.Hours
}

func (r row) partner() *sdk.Partner {
	return &sdk.Partner{ID: r.name, Name: r.name, From: r.template, Group: r.group, Hours: r.hours, Receive: r.receive, Send: r.send}
}

// cache keeps the list as long as the file is the same.
type cache struct {
	path     string
	size     int64
	modified time.Time
	list     *list
}

func (c *cache) read(path string) (*list, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if c.list != nil && c.path == path && c.size == info.Size() && c.modified.Equal(info.ModTime()) {
		return c.list, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l, err := parse(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	*c = cache{path, info.Size(), info.ModTime(), l}
	return l, nil
}

// parse reads a list. One bad line makes the whole list bad: half a list would let the wrong half in.
func parse(from io.Reader) (*list, error) {
	in := csv.NewReader(from)
	in.Comment, in.TrimLeadingSpace, in.ReuseRecord = '#', true, true
	head, err := in.Read()
	if err != nil {
		return nil, err
	}
	head = slices.Clone(head)
	for _, needed := range columns[:3] {
		if !slices.Contains(head, needed) {
			return nil, fmt.Errorf("there is no column %q", needed)
		}
	}
	for _, c := range head {
		if !slices.Contains(columns, c) {
			return nil, fmt.Errorf("nobody knows the column %q", c)
		}
	}
	l := &list{rows: map[string]row{}, decoy: decoy}
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := in.FieldPos(0)
		if err := l.add(head, fields); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
}

func (l *list) add(head, fields []string) error {
	of := map[string]string{}
	for i, c := range head {
		of[c] = strings.TrimSpace(strings.Clone(fields[i]))
	}
	r := row{name: of["name"], password: of["password"], template: of["template"], group: of["group"],
		receive: words(of["receive"]), send: words(of["send"])}
	if r.name == "" || r.template == "" || !strings.HasPrefix(r.password, "$") {
		return errors.New("name, template and the hash of a password are needed")
	}
	if _, twice := l.rows[r.name]; twice {
		return fmt.Errorf("%s is there twice", r.name)
	}
	var err error
	if r.hours, err = hours(of["days"], of["from"], of["to"], of["zone"]); err != nil {
		return err
	}
	if len(l.rows) == 0 {
		l.decoy = r.password
	}
	l.rows[r.name] = r
	return nil
}

// words splits a list; none at all leaves it to the template.
func words(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Fields(s)
}
