package line

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/postern/postern/sdk"
)

// readReply reads "REPLY [text=TEXT] [attr.NAME=VALUE ...] [entry=NAME/SIZE/TIME/KIND ...] [more]".
func readReply(d *dialogue, f *fields, e *sdk.Event) error {
	r := &sdk.Reply{More: f.flag("more")}
	text, _ := f.option("text")
	r.Text = string(text)
	for _, w := range f.list {
		if string(w.key) != "entry" {
			continue
		}
		entry, err := readEntry(string(w.value))
		if err != nil {
			return err
		}
		r.Entries = append(r.Entries, entry)
	}
	var names []string
	r.Attributes, names = readAttributes(f)
	e.Reply = r
	if !r.More {
		d.state = idle
	}
	return f.end(append(names, "text", "entry")...)
}

// readEntry reads "KIND:SIZE:SECONDS:NAME".
func readEntry(s string) (e sdk.DirEntry, err error) {
	part := strings.SplitN(s, ":", 4)
	if len(part) != 4 || part[0] != "file" && part[0] != "dir" {
		return e, fmt.Errorf("entry %q is not KIND:SIZE:SECONDS:NAME", s)
	}
	e.Dir, e.Name = part[0] == "dir", part[3]
	if e.Size, err = strconv.ParseInt(part[1], 10, 64); err != nil {
		return e, fmt.Errorf("read the size of an entry: %w", err)
	}
	seconds, err := strconv.ParseInt(part[2], 10, 64)
	if err != nil {
		return e, fmt.Errorf("read the time of an entry: %w", err)
	}
	e.Modified = time.Unix(seconds, 0).UTC()
	return e, nil
}

// sayReply writes a reply on as many lines as its entries need. The request stays open while more is to come.
func (d *dialogue) sayReply(m *sdk.Message, out []byte) ([]byte, error) {
	r := m.Reply
	if r == nil {
		return out, errNoBody
	}
	from, begin := len(out), len(out)
	out, err := appendAttributes(appendOption(append(out, "REPLY"...), "text", r.Text), r.Attributes)
	if err != nil {
		return out[:from], err
	}
	for _, e := range r.Entries {
		kind := "file"
		if e.Dir {
			kind = "dir"
		}
		before := len(out)
		out = appendOption(out, "entry", fmt.Sprintf("%s:%d:%d:%s", kind, e.Size, e.Modified.Unix(), e.Name))
		if len(out)-begin > maxLine-len(" more\n") && before-begin > len("REPLY") {
			entry := string(out[before:])
			out = append(out[:before], " more\n"...)
			begin = len(out)
			out = append(append(out, "REPLY"...), entry...)
		}
	}
	if r.More {
		out = append(out, " more"...)
	}
	out = append(out, '\n')
	if err := checkLines(out[from:]); err != nil {
		return out[:from], err
	}
	if !r.More {
		d.state = idle
	}
	return out, nil
}
