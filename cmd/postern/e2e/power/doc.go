// Package power takes the power away from a server, thousands of times. It records what the server, as it is shipped, did to
// its files and what it said to partners and operators (package trace), makes from that what a disk may hold after a loss
// of power at any moment (package disk), lets the server recover on it and compares what is there with what was promised.
// It also takes each sync out of the server, one at a time, and demands that this is noticed.
//
// It has only tests: see docs/reliability.md.
package power
