package columns_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/postern/postern/cmd/postern/columns"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

func TestTheModuleIsMadeOfItsText(t *testing.T) {
	text, err := os.ReadFile("columns.wat")
	if err != nil {
		t.Fatal(err)
	}
	if got := toolchain.Wat(t, string(text)); !bytes.Equal(got, columns.Module()) {
		t.Error("columns.wasm is another module: wat2wasm columns.wat -o columns.wasm")
	}
}
