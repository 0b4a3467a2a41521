// Command player plays transcripts with the PeSIT dialogue. The tests build it for WebAssembly and run it in a sandbox without
// a socket or a clock, which proves that the dialogue needs neither. Its arguments are the transcripts; each is printed when
// it was played, and the exit status is 1 when one failed.
package main

import (
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/transcript"
)

func main() {
	status := 0
	for _, name := range os.Args[1:] {
		if err := play(name); err != nil {
			fmt.Println(err)
			status = 1
			continue
		}
		fmt.Println("played", path.Base(name))
	}
	os.Exit(status)
}

func play(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read the transcript: %w", err)
	}
	f, err := transcript.Parse(name, text)
	if err != nil {
		return err
	}
	o := sdk.Opening{Role: sdk.Answering, Random: [16]byte{0x61}}
	if strings.HasPrefix(path.Base(name), "calling") {
		o = sdk.Opening{Role: sdk.Calling, Random: [16]byte{1}}
	}
	return transcript.Play(pesit.Protocol{}, o, f)
}
