package authorized

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

const (
	// Public keys of nobody; the fingerprints are what OpenSSH's "ssh-keygen -lf" says.
	ed25519Line  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f paris@example.org"
	ed25519Print = "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA"
	rsaLine      = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDY2z3E9BEF9xorP9B81rWSz5y/5u0lAmnAQEbUbKS1vZrC1GGxSAxlYZ0ibRiIFwnOKmsn7x4M8TEar9NMlc9FkmcHLC4ongzvSk2U0S49ntevax12PKMqrmK3TH5GMU+94r+9imPhGNNuwikTHYQizRhLOGBsap44xOxHTSeJGX1PQ5CbipPNGC1JgJwcUZweqtgl0lwhs0p02L9WuDilyNNP+fBMVxpllUvL4L1goVuBHpi4nzSPBYrUW5G3w5psv7Cvk0BCE7Y5N7y+SzcJEDygw4f2A2CBcVd39gCeH1FTjrsL0OiMEfm4Fwy28UMkjVwfO846+Jy920aR36Kd r"
	rsaPrint     = "SHA256:6zMcsMxa7iW9Lnat50D/vOzKGDNTNQM2uS8uE4POLzI"
	ecdsaLine    = "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAH/6iAr4hh6cJn/B3u2jFOprokwIpm451fB9g2TpX5fk5nfkatc1XGzRvZLri2wHE4eDr97yMgwWtCpF+fXpfgowgBLCNVgIdNa34hh8fP0pAIwVgQ/bYTJD3Q/ZJ/qeQr9DR3VJmkUQfeBkFr/4JbA6AbAGe8uqtyVgKR26t+eqniqCg== e"
	ecdsaPrint   = "SHA256:e0+SVTjrWzHVTt6bf3WKuI6zwn9KVABXNLkrc+Jv+W0"
	shortRSA     = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDjySr5Muv/w/TeiIwlagennsJcqNNs1/I226aPnXL/Gfjh+hrrQ139Wi8bajkO1vB1eIajwLsOczNlw5HSIwA+T9kOUc0ylV+Na4T+KNOKrz3lr7FjrUve/U7+xg7puNe7qWYZOhUMYsv414tV3WJUSsXHOXsvvt7iPd5xRMNbMw== w"
)

func TestFingerprintsAreThoseOfOpenSSH(t *testing.T) {
	for line, want := range map[string]string{ed25519Line: ed25519Print, rsaLine: rsaPrint, ecdsaLine: ecdsaPrint,
		"\t" + ed25519Line + "\r\n": ed25519Print, `restrict,from="10.0.0.0/8" ` + rsaLine: rsaPrint} {
		if l, err := Parse(line); l.Print != want || err != nil {
			t.Errorf("%s: %s, %v; want %s", line, l.Print, err, want)
		}
	}
}

func TestALineThatCannotBeObeyedIsRefused(t *testing.T) {
	key := strings.Join(strings.Fields(ed25519Line)[:2], " ")
	for line, want := range map[string]string{
		"":                                       "no key",
		"# " + key:                               "no key",
		key + "\n" + key:                         "more than one line",
		"ssh-ed25519":                            "type and key are needed",
		"ssh-ed25519 ***":                        "base64",
		"ssh-rsa " + key[12:]:                    "not of the type",
		key[:len(key)-8]:                         "cut off",
		shortRSA:                                 "1024 bits is too weak",
		"ssh-dss AAAA":                           "DSA",
		"ssh-ed25519-cert-v01@openssh.com AAAA":  "cert-authority in front",
		"restrict ssh-future " + key[12:]:        "no type of key",
		`command="/bin/sh" ` + key:               "cannot be run",
		`environment="A=B" ` + key:               "not supported",
		"no-touch-required " + key:               "not supported",
		"pty " + key:                             "not supported",
		`from="*.example.org" ` + key:            "neither an address nor a network",
		`from="10.0.0.1/8" ` + key:               "neither an address nor a network",
		`from="10.0.0.1,,10.0.0.2" ` + key:       "empty name",
		"from " + key:                            "not written like this",
		`restrict="yes" ` + key:                  "not written like this",
		`from=10.0.0.1 ` + key:                   "in quotes",
		`from="10.0.0.1`:                         "type and key are needed",
		`from="10.0.0.1"x ` + key:                "no comma",
		`principals="PARIS" ` + key:              "belongs to cert-authority",
		`expiry-time="soon" ` + key:              "is no time",
		`from="10.0.0.1",from="10.0.0.2" ` + key: "twice",
	} {
		if _, err := Parse(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", line, err, want)
		}
	}
}

func TestWhomALineAdmits(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	own, signed := sdk.Claim{Key: ed25519Print}, sdk.Claim{Key: rsaPrint, Authority: ed25519Print, Principals: []string{"PARIS", "ops"}}
	for _, c := range []struct {
		name, options string
		claim         sdk.Claim
		from          string
		want          bool
	}{
		{"its key", "", own, "192.0.2.1", true},
		{"another key", "", sdk.Claim{Key: rsaPrint}, "192.0.2.1", false},
		{"no key", "", sdk.Claim{}, "192.0.2.1", false},
		{"from inside", `from="192.0.2.0/24"`, own, "192.0.2.1", true},
		{"from inside, in the clothes of IPv6", `from="192.0.2.0/24"`, own, "::ffff:192.0.2.1", true},
		{"from outside", `from="192.0.2.0/24"`, own, "198.51.100.1", false},
		{"from what is left out", `from="192.0.2.0/24,!192.0.2.1"`, own, "192.0.2.1", false},
		{"from nowhere", `from="192.0.2.0/24"`, own, "", false},
		{"in time", `expiry-time="20260302Z"`, own, "", true},
		{"too late", `expiry-time="202603011200Z"`, own, "", false},
		{"a key that is an authority", "cert-authority", own, "", false},
		{"a certificate for its name", "cert-authority", signed, "", true},
		{"a certificate of a plain key", "", signed, "", false},
		{"a certificate for a listed principal", `cert-authority,principals="web,ops"`, signed, "", true},
		{"a certificate for no listed principal", `cert-authority,principals="web"`, signed, "", false},
		{"a certificate for nobody in particular", "cert-authority", sdk.Claim{Key: rsaPrint, Authority: ed25519Print}, "", false},
		{"a certificate of another authority", "cert-authority", sdk.Claim{Key: ed25519Print, Authority: rsaPrint, Principals: []string{"PARIS"}}, "", false},
	} {
		l, err := Parse(c.options + " " + ed25519Line)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		from, _ := netip.ParseAddr(c.from)
		if got := l.Admits(&c.claim, "PARIS", from, at); got != c.want {
			t.Errorf("%s: admitted %v", c.name, got)
		}
	}
}

// FuzzParse reads any line. What is taken is a key of the type it says, and taking it again gives the same.
func FuzzParse(f *testing.F) {
	for _, line := range []string{ed25519Line, rsaLine, ecdsaLine, shortRSA, "ssh-rsa AAAAB3NzaC1yc2EAAAA",
		`cert-authority,principals="a,b",from="!10.0.0.0/8,::1",expiry-time="20260101Z" ` + ed25519Line, `command="internal-sftp",x="\"" ` + ed25519Line} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		l, err := Parse(line)
		if err != nil {
			return
		}
		if len(l.Print) != len(ed25519Print) || !strings.HasPrefix(l.Print, "SHA256:") || !isType(l.Type) {
			t.Errorf("%q is %+v", line, l)
		}
		if l.Admits(&sdk.Claim{Key: "SHA256:other"}, "X", netip.Addr{}, time.Time{}) {
			t.Errorf("%q admits another key", line)
		}
		if again, err := Parse(" " + line + " comment"); err != nil && len(line) < maxLine-20 || err == nil && again.Print != l.Print {
			t.Errorf("%q with a comment: %+v, %v", line, again, err)
		}
	})
}
