// Package drive uses the local backend, the data folder and the catalog as no server does yet, or only rarely: it renames,
// removes and puts aside, in folders that were made a moment ago. Its test program, given a folder, does it, and what it
// says on its standard output is what it promises:
//
//	is PATH ID     PATH holds the content of ID
//	sum PATH SUM   PATH has that SHA-256
//	there PATH     PATH is there
//	gone PATH      PATH is not
//	free PATH      nothing is promised of PATH any more
//
// It is for the tests of package power.
package drive
