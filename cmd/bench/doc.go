// Package bench measures the server and what it is made of, each figure beside a baseline that runs in turn with it, so
// that what is reported is a ratio and not the mood of the machine. It is made of tests that "make bench" lets run:
//
//	make bench                     # everything; writes docs/performance.md and docs/performance.json
//	make bench BENCH=Decision      # the tests whose names match, printed only
//
// It is not for pass or fail: no test here fails because something was slow.
package bench
