// Package wide gives the socket below TLS and SSH a buffer each way while data flows. Their libraries call the system once or
// more for each record or packet of 16 or 32 KiB; with a [Conn] between, one call moves many of them.
//
// The buffers come from a [Pool] that all connections of a transport share, and are there only while data flows: a connection
// that waits costs nothing. It is not for encryption, and knows nothing of what it carries.
//
// The main call is [New].
package wide
