// Command baseline is what the server is measured against: the same work with nothing around it, in a process of its own.
// The measurements of cmd/bench start it; it serves until its standard input is closed.
//
//	baseline receive [-end] [-tls CERT KEY] DIR    each connection's bytes become a file, 256 KiB at a time
//	baseline send [-tls CERT KEY] FILE             each connection gets the file, 256 KiB at a time
//	baseline sink                                  each connection's bytes are dropped
//	baseline channel                               SSH channels without a protocol on them
//	baseline sftp [-end] DIR                       the request server of github.com/pkg/sftp over SSH
//	baseline small WORKERS FILES DIR               durable files of 4 KiB, in rounds: one for each line of standard input
//
// -end makes the end of a file durable: it is synced, renamed, and its folder synced. Without it the file is only renamed.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "baseline:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("which one? receive, send, sink, channel, sftp or small")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	durable := flags.Bool("end", false, "make the end of a file durable")
	secure := flags.Bool("tls", false, "TLS: the first two arguments are certificate and key")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	kind, args := args[0], flags.Args()
	l, args, err := listen(*secure, args)
	if err != nil {
		return err
	}
	switch {
	case kind == "receive" && len(args) == 1:
		return l.serve(receiver{args[0], *durable}.take)
	case kind == "send" && len(args) == 1:
		return l.serve(sender{args[0]}.give)
	case kind == "sink" && len(args) == 0:
		return l.serve(drop)
	case kind == "channel" && len(args) == 0:
		return l.serveSSH(bare)
	case kind == "sftp" && len(args) == 1:
		return l.serveSSH(folder{args[0], *durable}.requests)
	case kind == "small" && len(args) == 3:
		return small(args)
	}
	return fmt.Errorf("%s with %d arguments is not what it does", kind, len(args))
}
