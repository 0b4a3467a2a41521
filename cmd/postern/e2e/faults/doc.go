// Package faults breaks a real server in every way that can be had without cutting the power, with the real requester
// and the partner of the end-to-end tests on the other side, and checks the invariants afterwards. All there is are
// tests: a short form in every run, the long one with "make faults", which writes what it did into docs/reliability.md.
//
// Each run has a seed of its own, which a failure names: -seed SEED with FAULTS=1 repeats that run alone.
package faults
