package sftp

import "path"

// mustWait reports whether a request about a name, or the listing of a folder, comes while a file that may be meant is being
// closed. Clients send what is next before CLOSE is answered (sshfs a STAT, lftp a RENAME) and expect what a server that
// takes one request after the other gives them: the file as it is once it is closed. Flows and folders are not compared,
// because a partner may have two paths to one file.
func (d *Dialogue) mustWait(k kind, names ...string) bool {
	for _, f := range d.files {
		if !f.used || f.state != finishing {
			continue
		}
		if k == listing && f.kind == writing {
			return true
		}
		for _, name := range names {
			if path.Base(name) == path.Base(f.name) {
				return true
			}
		}
	}
	return false
}
