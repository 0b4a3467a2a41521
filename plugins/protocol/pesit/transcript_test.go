package pesit_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/transcript"
)

// opening is how a transcript begins: our connection id is 61 when called and 01 when calling.
func opening(file string) sdk.Opening {
	if strings.HasPrefix(filepath.Base(file), "calling") {
		return sdk.Opening{Role: sdk.Calling, Random: [16]byte{1}}
	}
	return sdk.Opening{Role: sdk.Answering, Random: [16]byte{0x61}}
}

func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			transcript.Run(t, pesit.Protocol{}, opening(file), file)
		})
	}
}
