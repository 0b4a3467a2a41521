package naming

import (
	"slices"
	"strings"

	"github.com/postern/postern/sdk"
)

// folderName is the variable of the folders that a peer's path has below its flow. A template that uses it keeps them.
const folderName = "Folder"

// KeepsFolders reports whether the template has {{.Folder}}.
func (t *Template) KeepsFolders() bool { return t.folderAt() >= 0 }

func (t *Template) folderAt() int {
	return slices.IndexFunc(t.pieces, func(p piece) bool { return p.name == folderName })
}

// FolderPath gives the path of the folder v.Folder in a template that keeps folders; of the topmost one where it is "",
// which is "" itself where that is the backend's root.
func (t *Template) FolderPath(v Values) (string, error) {
	path, err := t.expand(v, t.pieces[:t.folderAt()+1])
	if err != nil {
		return "", err
	}
	if path = strings.TrimSuffix(path, "/"); path == "" {
		return "", nil
	}
	if err := sdk.CheckPath(path); err != nil {
		return "", sdk.Refuse(sdk.FileName, "path %s", t.text).Because(err)
	}
	return path, nil
}

// checkFolder refuses with file.name a folder's path with an element that is no variable's value (see [CheckValue]). ""
// is fine.
func checkFolder(folder string) error {
	if folder == "" {
		return nil
	}
	for element := range strings.SplitSeq(folder, "/") {
		if err := CheckValue(element); err != nil {
			return err
		}
	}
	return nil
}

// checkFolder looks at where {{.Folder}} stands. What comes before it must be the same for every file of a partner and a
// flow, so that the folder can be found without one; behind it comes the file's own element.
func (p *parser) checkFolder() error {
	at := slices.IndexFunc(p.pieces, func(x piece) bool { return x.name == folderName })
	if at < 0 {
		return nil
	}
	for i, x := range p.pieces[:at] {
		if x.layout != "" || !x.fixed() && !slices.Contains([]string{"Partner", "Group", "Flow", "Listener"}, x.name) {
			return p.fault(p.places[i], "before {{.Folder}} there may be .Partner, .Group, .Flow and .Listener only: a folder has no file")
		}
	}
	place := p.places[at]
	if at > 0 && !strings.HasSuffix(p.pieces[at-1].text, "/") || at+1 == len(p.pieces) || !strings.HasPrefix(p.pieces[at+1].text, "/") {
		return p.fault(place, "{{.Folder}} is an element of its own, before the file's: in/{{.Folder}}/{{.File}}")
	}
	for i, x := range p.pieces[at+1:] {
		text := x.text
		if i == 0 {
			text = text[1:]
		}
		if x.name == folderName || strings.Contains(text, "/") {
			return p.fault(p.places[at+1+i], "behind {{.Folder}}/ there may be one element only, the file's own")
		}
	}
	return nil
}
