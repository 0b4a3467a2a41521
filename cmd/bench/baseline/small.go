package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// small runs a round of durable small files for each line of standard input and says files per second.
func small(args []string) error {
	workers, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	each, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	j, err := openJournal(filepath.Join(args[2], "journal"))
	if err != nil {
		return err
	}
	dir := filepath.Join(args[2], "files")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	fmt.Println("ready p=none")
	lines := bufio.NewScanner(os.Stdin)
	for round := 0; lines.Scan(); round++ {
		began := time.Now()
		errs := make(chan error, workers)
		var all sync.WaitGroup
		for w := range workers {
			all.Go(func() {
				for n := range each {
					if err := one(dir, fmt.Sprintf("%d-%d-%d", round, w, n), j); err != nil {
						errs <- err
						return
					}
				}
			})
		}
		all.Wait()
		select {
		case err := <-errs:
			return err
		default:
		}
		fmt.Println(float64(workers*each) / time.Since(began).Seconds())
	}
	return lines.Err()
}

// one makes one file durable: written, synced, renamed, its folder synced, recorded.
func one(dir, name string, j *journal) error {
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	var content [4 << 10]byte
	copy(content[:], name)
	if _, err := f.Write(content[:]); err != nil {
		return err
	}
	if err := finish(f, path, true); err != nil {
		return err
	}
	return j.record(name)
}
