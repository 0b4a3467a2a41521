package sdk

import "encoding/json"

// Storage makes a backend that is a plugin: a module (sdk/guest) or a process (sdk/process).
type Storage struct {
	Name, Version string
	// Grants are those it cannot do without: GrantBackend, …
	Grants []string
	// Abilities are what it can do besides create, resume and open: see [AbilitiesOf]. The backend that Open gives
	// must have them.
	Abilities []Ability
	// Open makes the backend, once for each instance of a module and for each start of a process, before it is asked
	// anything. settings are its own, one JSON object, or empty. below is the backend of the configuration that it was granted;
	// nil: none.
	Open func(settings json.RawMessage, below Backend) (Backend, error)
}

// Describe says what the backend is.
func (s *Storage) Describe() Manifest {
	return Manifest{Name: s.Name, Version: s.Version, Contract: ContractVersion, Kinds: []string{PluginBackend}, Grants: s.Grants,
		Abilities: s.Abilities}
}

// AbilitiesOf lists the abilities that a backend and its writers have. Values of their types are enough, empty ones too, where they
// do not say themselves what they can.
func AbilitiesOf(b Backend, w Writer) (out []Ability) {
	for _, a := range Abilities() {
		if (implements(w, a) || implements(b, a)) && !denied(b, a) && !denied(w, a) {
			out = append(out, a)
		}
	}
	return out
}

func denied(x any, a Ability) bool {
	able, ok := x.(Abled)
	return ok && !able.Can(a)
}
