// Package author is what the author of an exit does without a server: look at a plugin file, ask it about events written
// by hand or recorded by a server, measure it, begin a new one, sign it.
//
// It prints nothing and knows no flags: the verbs below 'postern plugin' do. It loads nothing itself either: what it asks
// is a [Plugin], which cmd/internal/wiring makes of a file.
//
// The main calls are [Try], [Replay], [Bench], [Pass], [New] and [Inspect].
package author
