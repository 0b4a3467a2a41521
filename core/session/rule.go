package session

import "github.com/postern/postern/sdk"

// rule names a key of the flow in the configuration.
func (f *Flow) rule(key string) string { return sdk.RuleOf("flows", f.ID, key) }

// decided says that a key of the flow refused, where nothing more exact is known.
func (f *Flow) decided(r *sdk.Refusal, key string) *sdk.Refusal {
	if r.Rule == "" {
		r.Rule = f.rule(key)
	}
	return r
}

// ruled finds the rule behind what a backend refused.
func (t *transfer) ruled(r *sdk.Refusal) *sdk.Refusal {
	switch r.Code {
	case sdk.FileExists:
		return t.flow.decided(r, "on_exists")
	case sdk.FileName, sdk.FileMissing:
		return t.flow.decided(r, "path")
	case sdk.FileSpace:
		if r.Rule == "" {
			r.Rule = sdk.RuleOf("backends", t.place.backend)
		}
	}
	return r
}
