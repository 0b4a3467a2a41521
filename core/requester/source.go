package requester

import (
	"errors"
	"fmt"
	"os"

	"github.com/postern/postern/sdk"
)

// OpenFile opens a file of this machine to be sent. It must be a regular one: what has no size cannot be restarted.
func OpenFile(path string) (sdk.Reader, error) {
	info, err := os.Stat(path) // before it is opened: a FIFO would wait for its writer
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err = f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &source{f, sdk.FileInfo{Path: path, Size: info.Size(), Modified: info.ModTime()}}, nil
}

type source struct {
	*os.File
	info sdk.FileInfo
}

// Info says what the file was when it was opened.
func (s *source) Info() sdk.FileInfo { return s.info }
