package confine

// Domain says what a whole process may reach once it has entered it: the server itself. Nothing that is not listed is
// reachable by name, whatever the user may do; what was open before stays open. An exit's process that the server starts
// lies in the same domain, and may be narrowed further ([Spec]).
//
// Paths are absolute and must be there; a folder stands for all below it. A rule belongs to the file or folder that bears
// the name when the domain is entered, not to the name: where files are replaced by others, the folder has to be listed.
type Domain struct {
	Read    []string `json:"read,omitempty"`    // to be read and listed
	Execute []string `json:"execute,omitempty"` // to be read, listed and executed
	Write   []string `json:"write,omitempty"`   // to be read, listed and changed, and not executed
	// Bind are the TCP ports that may be bound; 0 stands for whichever the system picks.
	Bind []uint16 `json:"bind,omitempty"`
	// Connect are the TCP ports that may be called; Anywhere permits all of them.
	Connect  []uint16 `json:"connect,omitempty"`
	Anywhere bool     `json:"anywhere,omitempty"`
	// Abstract permits abstract unix sockets of others: a service manager may listen at one.
	Abstract bool `json:"abstract,omitempty"`
	// Pins are descriptors that Pin opened.
	Pins []int `json:"pins,omitempty"`
}
