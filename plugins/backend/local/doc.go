// Package local stores files in a folder of this machine. Everything happens below one os.Root: folders are opened one
// element at a time, no symbolic link is followed wherever it points, and what is not a regular file is not opened.
//
// A file is received under the hidden name .postern-<id>.part in its target's folder and gets its own name by a rename
// that holds to the on-exists rule even if another file took the name meanwhile. A crash between any two steps leaves
// either the temporary file, or the finished one, which Resume knows by its inode and time of birth.
//
// It is not a cache and knows no catalog: which temporary files are still wanted is said by whoever calls Parts.
//
// The main call is New.
package local
