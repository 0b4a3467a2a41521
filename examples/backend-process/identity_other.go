//go:build !linux

package main

import (
	"fmt"
	"io/fs"
	"os"
)

// identity is not known here: a file that was committed right before a crash is told as one whose temporary file is gone.
type identity struct{}

func identify(*os.File) (identity, error) { return identity{}, nil }

func linksOf(*os.File) (uint64, error) { return 1, nil }

// tag changes with the content, as far as the times of the file system tell.
func tag(info fs.FileInfo) string {
	return fmt.Sprintf("%x-%x", info.ModTime().UnixNano(), info.Size())
}
