// Package s3 stores files as objects in a bucket of an S3-compatible store. Nothing is spooled on this machine: what is
// written is collected in memory up to the size of a part and uploaded from there, so that memory is bounded whatever
// the size of the file.
//
// A file is invisible under its name until it is committed: a small one is a single PutObject, a larger one a multipart
// upload, both with If-None-Match where no other file may be replaced. What a sync point acknowledges is in the store
// before: in parts that end exactly there, or in small hidden objects (the tail) that hold what is too short for a
// part. Everything temporary of a transfer lies under .postern/<id>/.
//
// It is not a cache and knows no catalog. The store must be strongly consistent and must take parts of different sizes.
//
// The main call is New.
package s3
