package config

import (
	"strings"
	"unicode"

	"github.com/postern/postern/sdk"
)

// resolve asks for every secret that the partners, the exits and the backends refer to.
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
	for _, name := range sorted(l.Backends) {
		l.resolveStore(r, secrets, Path{}.Key("backends").Key(name), l.Backends[name])
	}
	visit := func(at Path, x Exit) {
		for _, origin := range sorted(x.Grants.Headers) {
			l.resolveAll(r, secrets, at.Key("grants").Key("headers").Key(origin), x.Grants.Headers[origin])
		}
		l.resolveAll(r, secrets, at.Key("environment"), x.Environment)
		l.resolveAll(r, secrets, at.Key("config"), x.Config)
	}
	for _, name := range sorted(l.Exits) {
		visit(Path{}.Key("exits").Key(name), l.Exits[name])
	}
	l.eachBackendPlugin(visit)
	for _, name := range l.ProtocolPlugins() {
		p, at := l.Listeners[name].Protocol, Path{}.Key("listeners").Key(name).Key("protocol")
		l.resolveAll(r, secrets, at.Key("environment"), p.Environment)
		l.resolveAll(r, secrets, at.Key("config"), p.Config)
	}
}

// resolveAll asks for the references in settings of any shape.
func (l *Loaded) resolveAll(r *report, secrets Resolver, at Path, v any) {
	switch v := v.(type) {
	case map[string]string:
		for _, k := range sorted(v) {
			l.resolveAll(r, secrets, at.Key(k), v[k])
		}
	case map[string]any:
		for _, k := range sorted(v) {
			l.resolveAll(r, secrets, at.Key(k), v[k])
		}
	case []any:
		for i, x := range v {
			l.resolveAll(r, secrets, at.Item(i), x)
		}
	case string:
		if !strings.HasPrefix(v, secretPrefix) {
			return
		}
		secret, err := secrets.Resolve(v)
		switch {
		case err != nil:
			r.fault(at, "%v", err)
		case secret.Empty() || strings.ContainsFunc(secret.Reveal(), unicode.IsControl):
			r.fault(at, "%s is empty, or holds control characters", v)
		}
		l.secrets[v] = secret
	}
}

// secret returns what a setting stands for: the secret behind a reference, or the setting itself.
func (l *Loaded) secret(setting string) sdk.Secret {
	if strings.HasPrefix(setting, secretPrefix) {
		return l.secrets[setting]
	}
	return sdk.NewSecret(setting)
}
