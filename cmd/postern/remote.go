package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/wiring"
	"github.com/postern/postern/core/requester"
	"github.com/postern/postern/sdk"
)

// lastContext is what --restart takes instead of an id.
const lastContext = "last"

// remote is the other server as the flags of send and recv describe it, and how to speak to it.
type remote struct {
	to, as, called             string
	passwordEnv, passwordFile  string
	serverEnv                  string
	flow, name                 string
	tls                        bool
	ca, cert, key, serverName  string
	preconnect, crc, resync    bool
	framing                    string
	compress                   []string
	interval, entity           sizeFlag
	window                     int
	records                    string
	recordLength               int
	fixed                      bool
	text, origin, destination  string
	fileType                   int64
	priority                   int
	restart, forget, state     string
	trace                      bool
	timeout, connectionTimeout time.Duration
}

// sizeFlag is a number of bytes, written as in the configuration.
type sizeFlag struct{ config.Size }

func (s *sizeFlag) Set(text string) error { return s.UnmarshalText([]byte(text)) }

func (s *sizeFlag) Type() string { return "size" }

func (s *sizeFlag) String() string {
	b, err := s.MarshalText()
	if err != nil {
		return ""
	}
	return string(b)
}

// flags are those that send and recv share.
func (r *remote) flags(f *pflag.FlagSet) {
	r.interval.Size, r.entity.Size = 1<<20, 65535
	f.StringVar(&r.to, "to", "", "the server's `host:port`")
	f.StringVar(&r.as, "as", "", "the name we call with")
	f.StringVar(&r.called, "called", "", "the `name` of the server, where it insists on it (default "+anyServer+")")
	f.StringVar(&r.passwordEnv, "password-env", "", "environment `variable` that holds our password")
	f.StringVar(&r.passwordFile, "password-file", "", "`file` that holds our password; others must not be able to read it")
	f.StringVar(&r.serverEnv, "server-password-env", "", "environment `variable` that holds the password the server must answer with")
	f.StringVar(&r.flow, "flow", "", "what kind of file it is")
	f.StringVar(&r.name, "name", "", "the name asked for (PI 12), where it is not the flow")
	f.BoolVar(&r.tls, "tls", false, "speak TLS and check the server's certificate")
	f.StringVar(&r.ca, "ca", "", "`file` of the authorities to trust (default: the system's)")
	f.StringVar(&r.cert, "cert", "", "`file` of our certificate")
	f.StringVar(&r.key, "key", "", "`file` of our private key")
	f.StringVar(&r.serverName, "server-name", "", "the name that the server's certificate must bear (default: the host)")
	f.BoolVar(&r.preconnect, "preconnect", false, "send the pre-connection message first")
	f.StringVar(&r.framing, "framing", "nsdu", "`nsdu or raw`: whether each entity has a length before it")
	f.BoolVar(&r.crc, "crc", false, "two check bytes after every unit")
	f.StringSliceVar(&r.compress, "compress", []string{"none"}, "compression to propose: `horizontal,vertical` or none")
	f.Var(&r.interval, "interval", "bytes between two sync points, or none")
	f.IntVar(&r.window, "window", 8, "sync points that may wait for their acknowledgement, 0 to 16")
	f.Var(&r.entity, "entity", "largest entity, in bytes")
	f.BoolVar(&r.resync, "resync", true, "allow going back to a sync point without interrupting the transfer")
	f.StringVar(&r.records, "records", "stream", "how records stand in our file: `stream, lines or prefixed`")
	f.IntVar(&r.priority, "priority", 1, "0 urgent, 1 normal, 2 low")
	f.StringVar(&r.text, "text", "", "free text for the other side (PI 99)")
	f.StringVar(&r.origin, "origin", "", "where the file was first sent from (PI 61)")
	f.StringVar(&r.destination, "destination", "", "where it goes in the end (PI 62)")
	f.Int64Var(&r.fileType, "type", 0, "file type (PI 11), 0 to 65531")
	f.StringVar(&r.restart, "restart", "", "go on with an interrupted transfer: its context's `id, or last`")
	f.StringVar(&r.forget, "forget", "", "forget an interrupted transfer: its context's `id, or last`")
	f.StringVar(&r.state, "state", "", "`folder` of restart contexts (default $XDG_STATE_HOME/postern)")
	f.BoolVar(&r.trace, "trace", false, "print every message on standard error, passwords masked")
	f.DurationVar(&r.timeout, "timeout", 2*time.Minute, "how long the server may be silent")
	f.DurationVar(&r.connectionTimeout, "connect-timeout", 30*time.Second, "how long the call may take to stand")
}

func (r *remote) complete(cmd *cobra.Command) {
	mustComplete(cmd, "framing", "nsdu", "raw")
	mustComplete(cmd, "records", "stream", "lines", "prefixed")
	mustComplete(cmd, "compress", "horizontal", "vertical", "none")
}

// anyServer is the called name where none is given. PeSIT wants one, and most servers do not look at it.
const anyServer = "POSTERN"

// check reports every fault of the flags at once, before anything is opened.
func (r *remote) check() error {
	var faults []error
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	if r.restart == "" {
		fault(r.to == "", "--to is missing: which server?")
		fault(r.as == "", "--as is missing: which name do we call with?")
		r.called = cmp.Or(r.called, anyServer)
	}
	_, _, err := net.SplitHostPort(r.to)
	fault(r.to != "" && err != nil, "--to %q is no host:port", r.to)
	fault(r.passwordEnv != "" && r.passwordFile != "", "--password-env and --password-file exclude each other")
	fault(!r.tls && (r.ca+r.cert+r.key+r.serverName) != "", "--ca, --cert, --key and --server-name need --tls")
	fault((r.cert == "") != (r.key == ""), "--cert and --key belong together")
	fault(!slices.Contains([]string{"nsdu", "raw"}, r.framing), "--framing is %q: it must be nsdu or raw", r.framing)
	fault(!slices.Contains([]string{"stream", "lines", "prefixed"}, r.records), "--records is %q: it must be stream, lines or prefixed", r.records)
	fault(slices.Contains(r.compress, "none") && len(r.compress) > 1, "--compress none stands alone")
	for _, w := range r.compress {
		fault(!slices.Contains([]string{"horizontal", "vertical", "none"}, w), "--compress %q: it must be horizontal, vertical or none", w)
	}
	fault(r.priority < 0 || r.priority > 2, "--priority is %d: it must be 0 (urgent), 1 (normal) or 2 (low)", r.priority)
	fault(r.fileType < 0 || r.fileType > 65531, "--type is %d: it must be 0 to 65531", r.fileType)
	fault(r.timeout <= 0 || r.connectionTimeout <= 0, "--timeout and --connect-timeout must be longer than nothing")
	faults = append(faults, r.checkTerms()...)
	if err := errors.Join(faults...); err != nil {
		return usage(err)
	}
	return nil
}

// checkTerms holds the numbers against what the protocol says of itself.
func (r *remote) checkTerms() (faults []error) {
	terms := r.terms()
	for _, spec := range wiring.Descriptions()[wiring.RequesterProtocol].Terms {
		t, ok := terms.Get(spec.Name)
		if ok && t.Kind == sdk.TermNumber && (t.Number < spec.Min || spec.Max > 0 && t.Number > spec.Max) {
			faults = append(faults, fmt.Errorf("%s is %d: it must be %d to %d", t.Name, t.Number, spec.Min, spec.Max))
		}
	}
	return faults
}

// terms are what we propose.
func (r *remote) terms() sdk.Terms {
	words := slices.DeleteFunc(slices.Clone(r.compress), func(w string) bool { return w == "none" })
	return sdk.Terms{sdk.NumberTerm("sync_interval", r.interval.Bytes()), sdk.NumberTerm("sync_window", int64(r.window)),
		sdk.NumberTerm("max_entity", r.entity.Bytes()), sdk.WordsTerm("compression", words...), sdk.FlagTerm("resync", r.resync)}
}

func (r *remote) settings() sdk.Terms {
	return sdk.Terms{sdk.WordsTerm("framing", r.framing), sdk.FlagTerm("crc", r.crc), sdk.FlagTerm("preconnection", r.preconnect)}
}

// request is what is asked for, whichever way the file goes.
func (r *remote) request() sdk.Request {
	name := r.name
	if name == "" {
		name = r.flow
	}
	return sdk.Request{File: name, Type: r.fileType, Priority: r.priority, Origin: r.origin, Destination: r.destination, Text: r.text}
}

func (r *remote) form() requester.Form {
	f := requester.Form{Records: sdk.Records(r.records), RecordLength: r.recordLength, Fixed: r.fixed}
	if f.Records == sdk.RecordsLines {
		f.Delimiter = "\n"
	}
	return f
}
