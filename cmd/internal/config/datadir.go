package config

// DataDir gives the data folder of a configuration that has faults, for who wants to speak to the server that runs by an
// earlier one; false: it cannot be told.
func DataDir(o Options) (string, bool) {
	r := &report{places: newPlaces()}
	file, err := readFile(o.Path, r)
	if err != nil {
		return "", false
	}
	all, _, err := merge(o, file, r.places)
	if err != nil {
		return "", false
	}
	dir, ok := all.Get("data_dir").(string)
	l := &Loaded{Path: o.Path}
	l.Config.DataDir = dir
	if !ok || dir == "" || l.anchor(o.Path) != nil {
		return "", false
	}
	return l.Config.DataDir, true
}
