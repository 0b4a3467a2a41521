// Package story tells in words what the catalog knows: how a transfer went, why something was refused, what a decision
// came to, what a code means and what an operator can do next.
//
// It reads nothing itself, and what it returns may hold texts of a peer: whoever prints them makes them safe.
//
// The main calls are [Transfer] and [Refusal].
package story
