package sftp_test

import (
	"path/filepath"
	"testing"

	"github.com/postern/postern/plugins/protocol/sftp"
	"github.com/postern/postern/sdk/sdktest/transcript"
)

func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { transcript.Run(t, sftp.Protocol{}, opening(), file) })
	}
}
