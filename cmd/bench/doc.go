// Package bench measures the server and what it is made of, each figure beside a baseline that runs in turn with it, so
// that what is reported is a ratio and not the mood of the machine. It is made of tests that "make bench" lets run:
//
//	make bench                     # everything; writes docs/performance.md and docs/performance.json
//	make bench BENCH=Decision      # the tests whose names match, printed only
//
// The server runs in a process of its own and is called by the client of package load. What it is compared with is often
// the program in folder baseline, a process of its own too. A file here is about one subject.
//
// It is not for pass or fail: no test here fails because something was slow, but one that refuses a transfer or damages a
// file does.
package bench
