package sdk

// Ability is one thing that a backend, or a file that it has open, can do and another may not.
type Ability string

// The abilities. The first ones go with an interface, which is what Go code in the server asks for with [As].
const (
	AbilityStat       Ability = "stat"        // [Statter]
	AbilityList       Ability = "list"        // [Lister]
	AbilityRename     Ability = "rename"      // [Renamer]
	AbilityRemove     Ability = "remove"      // [Remover]
	AbilityMkdir      Ability = "mkdir"       // [Mkdirer]
	AbilityRmdir      Ability = "rmdir"       // [Rmdirer]
	AbilityProbe      Ability = "probe"       // [Prober]
	AbilityParts      Ability = "parts"       // [Parts]
	AbilityRemovePart Ability = "remove_part" // [PartRemover]
	AbilityReadPart   Ability = "read_part"   // of a writer: [PartReader]
	AbilityState      Ability = "state"       // of a writer: [Stateful]
	AbilityQuarantine Ability = "quarantine"  // of a writer: [Quarantiner]

	// AbilityRandomWrite: WriteAt may begin anywhere, also in what was written before and beyond the end. Without it each
	// WriteAt begins where the one before ended, or where Truncate cut, and another offset is refused.
	AbilityRandomWrite Ability = "random_write"
	// AbilityCreateIfAbsent: of many files for one name exactly one gets it with the rule fail, and Rename takes no name
	// that is taken, however many try at once. Without it the name is looked for, and then taken.
	AbilityCreateIfAbsent Ability = "create_if_absent"
)

// Abilities lists all of them.
func Abilities() []Ability {
	return []Ability{AbilityStat, AbilityList, AbilityRename, AbilityRemove, AbilityMkdir, AbilityRmdir, AbilityProbe, AbilityParts,
		AbilityRemovePart, AbilityReadPart, AbilityState, AbilityQuarantine, AbilityRandomWrite, AbilityCreateIfAbsent}
}

// Abled is a backend or a writer whose methods do not tell what it can do: one that is loaded has them all, and only
// says when it runs what is behind them. Without it the methods tell, and the abilities that go with none are there.
type Abled interface {
	Can(a Ability) bool
}

// Can reports whether a backend or a writer has an ability.
func Can(x any, a Ability) bool {
	if able, ok := x.(Abled); ok && !able.Can(a) {
		return false
	}
	return implements(x, a)
}

// As gives a backend or a writer as one of the optional interfaces, if it has that ability.
func As[T any](x any) (T, bool) {
	t, ok := x.(T)
	if !ok {
		return t, false
	}
	if a := abilityOf((*T)(nil)); a != "" && !Can(x, a) {
		var none T
		return none, false
	}
	return t, true
}

func implements(x any, a Ability) (ok bool) {
	switch a {
	case AbilityStat:
		_, ok = x.(Statter)
	case AbilityList:
		_, ok = x.(Lister)
	case AbilityRename:
		_, ok = x.(Renamer)
	case AbilityRemove:
		_, ok = x.(Remover)
	case AbilityMkdir:
		_, ok = x.(Mkdirer)
	case AbilityRmdir:
		_, ok = x.(Rmdirer)
	case AbilityProbe:
		_, ok = x.(Prober)
	case AbilityParts:
		_, ok = x.(Parts)
	case AbilityRemovePart:
		_, ok = x.(PartRemover)
	case AbilityReadPart:
		_, ok = x.(PartReader)
	case AbilityState:
		_, ok = x.(Stateful)
	case AbilityQuarantine:
		_, ok = x.(Quarantiner)
	default:
		ok = true
	}
	return ok
}

// abilityOf tells which ability goes with an interface, given as a nil pointer to it; "" for one that goes with none.
func abilityOf(p any) Ability {
	switch p.(type) {
	case *Statter:
		return AbilityStat
	case *Lister:
		return AbilityList
	case *Renamer:
		return AbilityRename
	case *Remover:
		return AbilityRemove
	case *Mkdirer:
		return AbilityMkdir
	case *Rmdirer:
		return AbilityRmdir
	case *Prober:
		return AbilityProbe
	case *Parts:
		return AbilityParts
	case *PartRemover:
		return AbilityRemovePart
	case *PartReader:
		return AbilityReadPart
	case *Stateful:
		return AbilityState
	case *Quarantiner:
		return AbilityQuarantine
	}
	return ""
}
