// Package backendtest states the duties of sdk.Backend, one sentence a subtest. Every backend runs it.
//
// It is not a test of what a backend adds of its own: links, quotas, disks. The main call is Run.
package backendtest
