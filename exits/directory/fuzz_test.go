package directory

import (
	"strings"
	"testing"
)

// FuzzFingerprint reads any line of authorized_keys.
func FuzzFingerprint(f *testing.F) {
	f.Add(keyLine)
	f.Add(otherKey)
	f.Add("ssh-rsa AAAAB3NzaC1yc2EAAAA")
	f.Fuzz(func(t *testing.T, line string) {
		print, err := fingerprint(line)
		if err == nil && (len(print) != len(opensshPrint) || !strings.HasPrefix(print, "SHA256:")) {
			t.Errorf("%q has the fingerprint %q", line, print)
		}
	})
}
