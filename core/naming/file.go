package naming

import "strings"

// FileOf gives the variable File: the last element of the label (PeSIT E PI 37) if the peer sent one, otherwise of the
// file it requested (PI 12). Elements are parted by / and \, whatever system the peer runs.
func FileOf(file, label string) string {
	if label != "" {
		file = label
	}
	return file[strings.LastIndexAny(file, `/\`)+1:]
}

// Shown is the name that tells one file from another in a listing: its own, or that of its label where it bears the name of
// its flow, as files of PeSIT do.
func Shown(flow, file, label string) string {
	if label != "" && (file == flow || file == "") {
		return FileOf(file, label)
	}
	return file
}
