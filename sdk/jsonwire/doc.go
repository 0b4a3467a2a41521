// Package jsonwire is the second encoding of the contract of exits: JSON with the field names of the contract, for scripts,
// for authors who want no SDK, and for people who read and write events by hand.
//
//	{"point":"identify","config":{"list":"partners.csv"},"facts":{"time":"2026-11-22T06:00:00Z","claim":{"name":"PARIS"}}}
//	{"verdict":"refuse","code":"partner.hours","temporary":true,"public":"closed","detail":"night","set":{}}
//
// Fields that are not set are left out. 64-bit numbers are written as numbers and read as numbers or strings. A field that
// the contract does not have is an error, never ignored.
//
// It is not for the hot path: a decision in JSON costs ten times what it costs in protobuf (sdk/wire).
package jsonwire
