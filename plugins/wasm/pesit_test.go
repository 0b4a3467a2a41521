package wasm_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/toolchain"
	"github.com/postern/postern/sdk/sdktest/transcript"
)

func TestTheTranscriptsOfPeSITPlayInAModule(t *testing.T) {
	skipLargeModule(t)
	s := settings(toolchain.GoModule(t, "../protocol/pesit/testdata/module"))
	s.Name, s.CacheDir, s.Limits.Deadline = "pesit", cacheDir, time.Minute
	p := loadProtocol(t, s)
	files, err := filepath.Glob(someTranscripts())
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			transcript.Run(t, p, pesitOpening(f), f)
		})
	}
}

// pesitOpening is how a transcript of PeSIT begins: our connection id is 61 when called and 01 when calling.
func pesitOpening(file string) sdk.Opening {
	if strings.HasPrefix(filepath.Base(file), "calling") {
		return sdk.Opening{Role: sdk.Calling, Random: [16]byte{1}}
	}
	return sdk.Opening{Role: sdk.Answering, Random: [16]byte{0x61}}
}

// someTranscripts are two of PeSIT's in the short form, which play nearly every message, and all in the long one.
func someTranscripts() string {
	if os.Getenv("POSTERN_TEST_LONG") == "" {
		return "../protocol/pesit/testdata/*re[as][dt]*.txt" // read and restart
	}
	return "../protocol/pesit/testdata/*.txt"
}
