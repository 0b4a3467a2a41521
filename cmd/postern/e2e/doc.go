// Package e2e proves the server from outside: its tests start the built binary with a configuration of their own, speak to
// it as partners and operators do, over sockets, verbs and signals, kill it, and look at what it left. The partners are
// scripts of package peer, which shares no code with the server.
//
// It holds nothing but tests.
package e2e
