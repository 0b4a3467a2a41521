package author

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/postern/postern/cmd/internal/record"
	"github.com/postern/postern/sdk"
)

// Event is one event with the file it came from.
type Event struct {
	record.Event
	File string
}

// ReadEvents reads event files; of a folder, all that end in .json, by name. The error says everything that could not be
// read.
func ReadEvents(paths []string) ([]Event, error) {
	var out []Event
	var errs []error
	for _, path := range paths {
		files, err := eventFiles(path)
		if err != nil {
			errs = append(errs, err)
		}
		for _, file := range files {
			e, err := readEvent(file)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", file, err))
				continue
			}
			out = append(out, e)
		}
	}
	return out, errors.Join(errs...)
}

func eventFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") && !strings.HasPrefix(e.Name(), ".") {
			out = append(out, filepath.Join(path, e.Name()))
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s holds no event (*.json)", path)
	}
	return out, nil
}

// maxEvent is the most that is read of an event, in bytes.
const maxEvent = 16 << 20

func readEvent(file string) (Event, error) {
	info, err := os.Stat(file)
	if err != nil {
		return Event{}, err
	}
	if info.Size() > maxEvent {
		return Event{}, fmt.Errorf("it has %d bytes, an event has at most %d", info.Size(), maxEvent)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return Event{}, err
	}
	e, err := record.Parse(b)
	return Event{e, file}, err
}

// Points lists the points of events, each once, in the order of a call.
func Points(events []Event) (out []sdk.Point) {
	for _, row := range sdk.Points() {
		if slices.ContainsFunc(events, func(e Event) bool { return e.Question.Point == row.Point }) {
			out = append(out, row.Point)
		}
	}
	return out
}

// Exits lists whom recorded events were asked, each once, in alphabetical order; "" is of events written by hand.
func Exits(events []Event) (out []string) {
	for _, e := range events {
		if !slices.Contains(out, e.Exit) {
			out = append(out, e.Exit)
		}
	}
	slices.Sort(out)
	return out
}

// Of chooses the events that an exit was asked.
func Of(events []Event, exit string) []Event {
	return slices.DeleteFunc(slices.Clone(events), func(e Event) bool { return e.Exit != exit })
}
