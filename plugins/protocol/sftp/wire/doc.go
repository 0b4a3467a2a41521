// Package wire is the encoding of SFTP version 3 (draft-ietf-secsh-filexfer-02): packets, attributes, status codes, the
// rows of a listing, and the extensions of OpenSSH that the dialogue knows. It decodes in place and encodes by appending;
// it knows no handles, no files and no order of packets.
//
// [ReadHead] finds a packet, a [Cursor] reads its fields, and the Append functions write whole packets.
package wire

// Version is the version of the protocol that is spoken.
const Version = 3

// What a packet may hold, in bytes.
const (
	// MaxLength is the largest length field: what limits@openssh.com tells, and a head that goes beyond its data.
	MaxLength = 256<<10 + 1<<10
	// MaxData is the most payload that a READ brings and that a client is told to put into a WRITE.
	MaxData = 255 << 10
	// MaxPlain is the largest packet without payload. The draft asks for 34,000; two paths of 4,096 are far below.
	MaxPlain = 34000
	// MaxHandle is the longest handle (section 6.2).
	MaxHandle = 256
)

// Type is the type of a packet (section 3).
type Type byte

// The packet types.
const (
	Init          Type = 1
	VersionPacket Type = 2
	Open          Type = 3
	Close         Type = 4
	Read          Type = 5
	Write         Type = 6
	LStat         Type = 7
	FStat         Type = 8
	SetStat       Type = 9
	FSetStat      Type = 10
	OpenDir       Type = 11
	ReadDir       Type = 12
	Remove        Type = 13
	MkDir         Type = 14
	RmDir         Type = 15
	RealPath      Type = 16
	Stat          Type = 17
	Rename        Type = 18
	ReadLink      Type = 19
	SymLink       Type = 20
	Status        Type = 101
	Handle        Type = 102
	Data          Type = 103
	Name          Type = 104
	AttrsPacket   Type = 105
	Extended      Type = 200
	ExtendedReply Type = 201
)

// The extensions that are known, with their versions.
const (
	PosixRename = "posix-rename@openssh.com" // 1
	StatVFS     = "statvfs@openssh.com"      // 2
	FStatVFS    = "fstatvfs@openssh.com"     // 2
	FSync       = "fsync@openssh.com"        // 1
	Limits      = "limits@openssh.com"       // 1
)

// The flags of OPEN (section 6.3).
const (
	FlagRead      = 1 << 0
	FlagWrite     = 1 << 1
	FlagAppend    = 1 << 2
	FlagCreate    = 1 << 3
	FlagTruncate  = 1 << 4
	FlagExclusive = 1 << 5
)

// Code is a status code (section 7).
type Code uint32

// The status codes of version 3.
const (
	OK Code = iota
	EOF
	NoSuchFile
	PermissionDenied
	Failure
	BadMessage
	NoConnection
	ConnectionLost
	OpUnsupported
)

var codeNames = [...]string{"OK", "EOF", "NO_SUCH_FILE", "PERMISSION_DENIED", "FAILURE", "BAD_MESSAGE", "NO_CONNECTION",
	"CONNECTION_LOST", "OP_UNSUPPORTED"}

// String gives the code's name without SSH_FX_.
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return "unknown"
}

// CodeNamed finds a code by its name without SSH_FX_.
func CodeNamed(name string) (Code, bool) {
	for i, n := range codeNames {
		if n == name {
			return Code(i), true
		}
	}
	return Failure, false
}
