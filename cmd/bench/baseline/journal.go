package main

import "os"

// journal is a file of records. Those that wait while one is made durable share the next sync.
type journal struct {
	file  *os.File
	waits chan waiting
}

type waiting struct {
	record []byte
	done   chan error
}

func openJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{file: f, waits: make(chan waiting, 1024)}
	go j.run()
	return j, nil
}

// record returns when the record is durable. It has about the size of a catalog's row.
func (j *journal) record(name string) error {
	w := waiting{record: make([]byte, 512), done: make(chan error, 1)}
	copy(w.record, name)
	j.waits <- w
	return <-w.done
}

func (j *journal) run() {
	for first := range j.waits {
		group, bytes := []waiting{first}, first.record
		for len(j.waits) > 0 {
			w := <-j.waits
			group, bytes = append(group, w), append(bytes, w.record...)
		}
		_, err := j.file.Write(bytes)
		if err == nil {
			err = datasync(j.file)
		}
		for _, w := range group {
			w.done <- err
		}
	}
}
