// Package process loads an exit from a program that runs as a process of its own, and keeps that process running. The
// main call is [Load]:
//
//	exit, err := process.Load(ctx, process.Settings{Name: "scan", Command: []string{"./exits/scan"}, Points: points})
//	verdict, err := exit.Decide(ctx, question)
//
// An [Exit] is an [sdk.Exit] and, where the program filters, an [sdk.FilterOpener]. Programs in Go are made with
// sdk/process; in another language with anything that serves the contract over gRPC and knows go-plugin's handshake.
//
// It is not a sandbox. A process may do what the server's user may do, unless [Sandbox] narrows that. What holds always:
// it inherits no environment and no open file, its memory and its files have limits where the system knows them (Linux),
// and it does not outlive the server.
//
// # Supervision
//
// A process that ends is noticed within milliseconds and started again, after 0.1 s at first and up to 30 s when it
// fails again and again. Meanwhile calls fail at once. A call that is not answered by its deadline fails there; then the
// process is asked whether it is there at all, and is ended if not. So it is after several deadlines in a row.
//
// # Ends
//
// A process leads a group of its own, which is ended as a whole. Nobody is signalled by a number alone: the group is
// signalled only while its first process has not been waited for, so that the number cannot belong to another one.
//
// # Failures
//
// Every error of a call is a [*Failure], which names the exit, the point and what happened. Refusals are not errors.
package process
