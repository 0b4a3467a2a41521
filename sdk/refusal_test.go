package sdk

import (
	"errors"
	"testing"
)

func TestARefusalIsOneLineWhateverThePeerSaid(t *testing.T) {
	for in, want := range map[string]string{
		"a \"quoted\" C:\\name":   `file.name: a "quoted" C:\name`,
		"a\nlevel=INFO \x1b[2J":   `file.name: a\nlevel=INFO \x1b[2J`,
		"turned \u202e c1 \u009b": `file.name: turned \u202e c1 \u009b`,
	} {
		if got := Refuse(FileName, "%s", in).Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := Refuse(DataIO, "write").Because(errors.New("one\ntwo")).Error(); got != `data.io: write: one\ntwo` {
		t.Errorf("%q", got)
	}
}
