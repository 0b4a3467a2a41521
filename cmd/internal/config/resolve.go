package config

import (
	"strings"

	"github.com/postern/postern/sdk"
)

// resolve asks for every secret that the partners refer to.
func (l *Loaded) resolve(r *report, secrets Resolver) {
	for _, id := range sorted(l.Partners) {
		p, at := l.Partners[id], Path{}.Key("partners").Key(id)
		for key, ref := range map[string]string{"password": p.Password, "local_password": p.LocalPassword} {
			if !strings.HasPrefix(ref, secretPrefix) {
				continue
			}
			secret, err := secrets.Resolve(ref)
			switch {
			case err != nil:
				r.fault(at.Key(key), "%v", err)
			case secret.Empty():
				r.fault(at.Key(key), "%s is empty", ref)
			}
			if key == "local_password" && looksHashed(secret.Reveal()) {
				r.fault(at.Key(key), "%s leads to a hash, but we must say the password itself", ref)
			}
			l.secrets[ref] = secret
		}
	}
}

// secret returns what a setting stands for: the secret behind a reference, or the setting itself.
func (l *Loaded) secret(setting string) sdk.Secret {
	if strings.HasPrefix(setting, secretPrefix) {
		return l.secrets[setting]
	}
	return sdk.NewSecret(setting)
}
