package pesit

import (
	"fmt"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// The settings of a listener or of a command.
const (
	SettingFraming       = "framing"                // calling: nsdu or raw; a called side recognises it
	SettingCRC           = "crc"                    // calling: check bytes after every FPDU; a called side follows
	SettingLogon         = "preconnection"          // calling: send one; called: insist on one
	SettingLogonName     = "preconnection_name"     // calling: identifier sent; called: the only one accepted
	SettingLogonPassword = "preconnection_password" // calling: password sent; called: the only one accepted
	SettingVersion       = "version"                // calling: proposed; called: the highest answered. 1 is D, 2 is E
	SettingOldest        = "oldest_version"         // called: an older caller is refused
	SettingMulti         = "multi_article"          // several articles in one DTF
	SettingConcat        = "concatenation"          // several data units in one entity
)

const (
	wordNSDU = "nsdu"
	wordRaw  = "raw"

	versionD = 1
	versionE = 2
)

// Describe lists the terms and the settings with their defaults.
func (Protocol) Describe() sdk.Description {
	return sdk.Description{Terms: termSpecs(), Settings: settingSpecs()}
}

func settingSpecs() []sdk.TermSpec {
	return []sdk.TermSpec{
		{Term: sdk.WordsTerm(SettingFraming, wordNSDU), Values: []string{wordNSDU, wordRaw},
			Describe: "Calling: whether each entity has a length before it (nsdu) or not (raw). A listener recognises both."},
		{Term: sdk.FlagTerm(SettingCRC, false),
			Describe: "Calling: two check bytes after every unit. A listener follows its caller."},
		{Term: sdk.FlagTerm(SettingLogon, false),
			Describe: "Calling: send the pre-connection message. Listening: refuse a caller that sends none."},
		{Term: sdk.WordsTerm(SettingLogonName),
			Describe: "Calling: identifier of the pre-connection, by default the caller's name. Listening: the only one accepted."},
		{Term: sdk.WordsTerm(SettingLogonPassword),
			Describe: "Calling: password of the pre-connection, by default the caller's. Listening: the only one accepted."},
		{Term: sdk.NumberTerm(SettingVersion, versionE), Min: versionD, Max: versionE,
			Describe: "Protocol version, 1 for D and 2 for E: proposed when calling, the highest answered when listening."},
		{Term: sdk.NumberTerm(SettingOldest, versionD), Min: versionD, Max: versionE,
			Describe: "Listening: a caller that proposes an older version is refused."},
		{Term: sdk.FlagTerm(SettingMulti, true),
			Describe: "Send several short records in one data unit."},
		{Term: sdk.FlagTerm(SettingConcat, true),
			Describe: "Send several data units in one entity."},
	}
}

// settings are the settings of one dialogue. The password is a secret.
type settings struct {
	framing        wire.Framing
	crc            bool
	logon          bool
	logonName      string
	logonPassword  sdk.Secret
	version        int64
	oldest         int64
	multi, concats bool
}

func readSettings(t sdk.Terms) (settings, error) {
	all := make(sdk.Terms, 0, 9)
	for _, s := range settingSpecs() {
		if x, ok := t.Get(s.Name); ok {
			if x.Kind != s.Kind || s.Kind == sdk.TermNumber && (x.Number < s.Min || x.Number > s.Max) {
				return settings{}, fmt.Errorf("setting %s is not legal", s.Name)
			}
			all = append(all, x)
			continue
		}
		all = append(all, s.Term)
	}
	set := settings{
		crc:           all.Flag(SettingCRC),
		logon:         all.Flag(SettingLogon),
		logonName:     word(all, SettingLogonName),
		logonPassword: sdk.NewSecret(word(all, SettingLogonPassword)),
		version:       all.Number(SettingVersion),
		oldest:        all.Number(SettingOldest),
		multi:         all.Flag(SettingMulti),
		concats:       all.Flag(SettingConcat),
	}
	switch word(all, SettingFraming) {
	case wordNSDU:
	case wordRaw:
		set.framing = wire.Raw
	default:
		return settings{}, fmt.Errorf("setting %s: want %s or %s", SettingFraming, wordNSDU, wordRaw)
	}
	return set, nil
}

func word(t sdk.Terms, name string) string {
	if w := t.Words(name); len(w) > 0 {
		return w[0]
	}
	return ""
}
