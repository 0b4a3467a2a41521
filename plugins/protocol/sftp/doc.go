// Package sftp speaks SFTP version 3 (draft-ietf-secsh-filexfer-02) as the side that is called: [Protocol] makes a
// dialogue for each channel that a transport opens. It is a pure translation: it owns no socket, no clock and no file, and
// it decides nothing but what the packets mean. SSH itself is the transport's business.
//
// Each OPEN is a transfer with a ref of its own; what browses is a request of its own. Where each part stands:
//
//   - dialogue.go and packet.go: bytes to steps; write.go: WRITE, piece by piece;
//   - open.go, read.go, list.go, browse.go and extended.go: what each packet asks;
//   - say.go: what the core answers; owed.go: to which request id; status.go: how a refusal is said;
//   - file.go: files, handles and their states.
package sftp
