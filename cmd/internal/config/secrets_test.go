package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
)

// strictSecrets knows only what it holds.
type strictSecrets map[string]string

func (s strictSecrets) Resolve(ref string) (sdk.Secret, error) {
	if v, ok := s[ref]; ok {
		return sdk.NewSecret(v), nil
	}
	return sdk.Secret{}, errors.New(ref + " is not set")
}

func TestEverySecretIsResolvedAndItsFaultIsAtTheReference(t *testing.T) {
	text := `listeners: {a: {protocol: pesit, address: ":0"}}
partners:
  A: {password: secret://env/NONE, protocols: [pesit]}
  B: {password: secret://env/PW, local_password: secret://env/HASH, protocols: [pesit]}
  C: {password: secret://env/HASH, local_password: secret://env/EMPTY, protocols: [pesit]}
  D: {password: secret://env/PW, local_password: "` + testHash + `", protocols: [pesit]}
`
	secrets := strictSecrets{"secret://env/PW": "sesame", "secret://env/HASH": testHash, "secret://env/EMPTY": ""}
	_, err := load(t, "postern.yaml", text, func(o *Options) { o.Secrets = secrets })
	wantFaults(t, err,
		`postern.yaml:3:17: partners.A.password: secret://env/NONE is not set`,
		`postern.yaml:4:50: partners.B.local_password: secret://env/HASH leads to a hash, but we must say the password itself`,
		`postern.yaml:5:52: partners.C.local_password: secret://env/EMPTY is empty`,
		`postern.yaml:6:50: partners.D.local_password: is a hash, but we must say the password itself: point at it with secret://env/NAME or secret://file/PATH`)
	if strings.Contains(err.Error(), "sesame") {
		t.Error("a fault holds a secret")
	}
}

func TestASecretOfAProtocolIsMaskedToo(t *testing.T) {
	l := mustLoad(t, "postern.yaml", small, set("listeners.pesit.terms.logon_password=[sesame]"))
	for _, format := range []Format{FormatYAML, FormatJSON} {
		for _, origins := range []bool{false, true} {
			if text := shown(t, l, format, origins); strings.Contains(text, "sesame") {
				t.Errorf("%s:\n%s", format, text)
			}
		}
	}
	if _, settings := l.Terms("pesit"); len(settings.Words("logon_password")) != 1 {
		t.Errorf("settings: %+v", settings)
	}
	_, err := load(t, "postern.yaml", small, set("listeners.pesit.terms.logon_password=[12345]"))
	wantFaults(t, err, `--set listeners.pesit.terms.logon_password: is not text`)
}
