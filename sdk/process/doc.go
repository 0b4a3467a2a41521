// Package process makes a plugin process of Go functions: a program that the server starts, asks and ends. The main
// call is [Serve], and it is the whole of main:
//
//	func main() {
//		process.Serve(sdk.Functions{Name: "scan", Version: "1.0.0", Grants: []string{sdk.GrantFile}, Verify: verify})
//	}
//
// The functions are those of a built-in exit or of a module (sdk/guest). They are called from many goroutines at once.
// The context of a call ends at its deadline, and when nobody wants the answer any more.
//
// # The exit's own settings
//
// The settings that the configuration has for the exit come with each question: [sdk.Question].Config.
//
// # The file
//
// At verify the server sends the file as a stream of blocks, if the exit was granted it. There are two ways to read it:
//
//   - [File] reads it once, from beginning to end, as it comes. Nothing is kept, and whoever returns early ends the
//     stream.
//   - Facts.File.Content, an io.ReaderAt, works here as in every other way of loading an exit. The first read begins
//     to keep what has come: up to 1 MiB in memory, more in a temporary file without a name. Small reads at the
//     beginning of a large file stay cheap.
//
// A call uses one of the two. At open (send) a process does not see the file: Facts.Target.Content is nil.
//
// # The log
//
// [Serve] sets the default logger of log/slog, so that slog.Info and the like end in the server's log with their level
// and attributes. What is printed to standard output or standard error ends there too, line by line.
//
// # Failures
//
// An error is a failure of the call, a panic as well: the process lives on. When the server is gone, however it went,
// the process ends by itself.
package process
