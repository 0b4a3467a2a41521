// Package secret resolves references to secrets in the configuration, hashes passwords and compares them.
//
// It is not for keys and certificates of TLS or SSH: those are files that their own packages read.
//
// The main calls are [Resolver.Password] and [Resolver.Plain] when a configuration loads, [Hash] for the operator's
// new password, and [Checker.CheckPassword] at each call.
package secret
