// Package disk says what a disk may hold after the power went. It is given what a program did to files, on one clock, and
// makes the states that a file system may come back with: what was not synced is lost, kept, torn or kept in another
// order, in each file and in each folder, by a seed.
//
// Two models. Posix is the weakest that the standard allows: nothing is durable but what a sync of the same file or
// folder covered. Journal is what ext4 and XFS do: names become durable in the order in which they were made, and every
// sync of anything takes along all names made before it. A program that survives Posix survives both.
//
// Sectors of 512 bytes are written whole or not at all, a name in a folder too. A rename loses no file by itself: the old
// name goes only where the new one is there, unless the old name's folder alone is synced.
//
// It is for tests, knows no system call and writes no file. The main calls are [New], [Machine.Advance] and
// [Machine.Crash].
package disk

// Kind is what was done.
type Kind uint8

// What is done to files, and what is said to somebody.
const (
	Create   Kind = iota + 1 // Name in Dir is the new file Node
	Mkdir                    // Name in Dir is the new folder Node
	Write                    // Data at Off of Node
	Truncate                 // Node has Off bytes
	Rename                   // Name in Dir becomes NewName in NewDir; what was there is gone
	Link                     // Node has NewName in NewDir too
	Unlink                   // Name in Dir is gone
	Sync                     // all of Node is durable: a file's bytes, or a folder's names
	Datasync                 // the bytes and the size of Node are
	Say                      // Data was given to a peer, To
	Mark                     // the test itself notes Data
)

var kinds = [...]string{Create: "create", Mkdir: "mkdir", Write: "write", Truncate: "truncate", Rename: "rename", Link: "link",
	Unlink: "unlink", Sync: "fsync", Datasync: "fdatasync", Say: "say", Mark: "mark"}

func (k Kind) String() string { return kinds[k] }

// Node names a file or a folder for good; its names come and go. 0 is none.
type Node int

// Op is one thing that was done, from the moment that it was asked for to the moment that it had returned. What returns
// after another was asked for has no order with it.
type Op struct {
	Kind       Kind
	Begin, End int // on the common clock, from 1
	Node       Node
	Dir        Node
	Name       string
	NewDir     Node
	NewName    string
	Off        int64
	Data       []byte
	To         string
	Path       string // of Node or Name when it was done, for people
}

// Tree is what was on the disk before, all of it durable.
type Tree struct {
	Root  Node
	Dirs  map[Node]map[string]Node
	Files map[Node][]byte
}

// Trace is what was done, in the order of Begin, and where it began. It had ended at Last.
type Trace struct {
	Base Tree
	Ops  []*Op
	Last int
}
