// Package config reads the server's configuration: it layers defaults, a file (YAML, TOML or JSON), environment
// variables and --set arguments, checks the result, and hands on plain structs.
//
// Every fault is reported at once, each with where it is: "postern.yaml:3:12: limits.max_sessions: …". The package
// opens no socket and stores nothing; it does not resolve secrets itself but asks a [Resolver]. It knows no protocol:
// the terms of a listener are checked against the [sdk.Description] it is given.
//
// The main call is [Load]. [Loaded.Snapshot] gives the immutable records for the core, [Loaded.Show] prints what
// holds, [Schema] is the JSON Schema, [Starter] writes a first file, and [Watcher] tells when a file changed.
package config
