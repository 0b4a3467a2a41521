package trace

// modern has nothing to do: this architecture has only the calls that name a folder.
func modern(nr uint64, a [6]uint64) (uint64, [6]uint64) { return nr, a }
