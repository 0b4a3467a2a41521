package wire

import (
	"fmt"
	"strconv"
	"strings"
)

// Diagnostic is the value of PI 2: a type (0 success, 1 transmission, 2 file, 3 connection) and a decimal reason 0..65535.
// Its text form is "T-RRR", for instance "2-226"; its wire form is three bytes. The zero value is success.
type Diagnostic uint32

// NewDiagnostic joins a type and a reason.
func NewDiagnostic(kind byte, reason uint16) Diagnostic {
	return Diagnostic(kind)<<16 | Diagnostic(reason)
}

// Kind is the type byte: 0 success, 1 transmission, 2 file or transfer, 3 connection or protocol.
func (d Diagnostic) Kind() byte { return byte(d >> 16) }

// Reason is the number after the dash, 0..65535.
func (d Diagnostic) Reason() uint16 { return uint16(d) }

// OK reports success (0-000).
func (d Diagnostic) OK() bool { return d == 0 }

// String gives the customary "T-RRR" form.
func (d Diagnostic) String() string { return fmt.Sprintf("%d-%03d", d.Kind(), d.Reason()) }

// Append adds the three bytes of PI 2, without its code and length.
func (d Diagnostic) Append(dst []byte) []byte {
	return append(dst, byte(d>>16), byte(d>>8), byte(d))
}

// ParseDiagnostic reads the "T-RRR" form: a type 0..255, a dash, a reason 0..65535.
func ParseDiagnostic(s string) (Diagnostic, error) {
	kind, reason, found := strings.Cut(s, "-")
	if !found {
		return 0, fmt.Errorf("diagnostic %q: want the form T-RRR", s)
	}
	k, err := strconv.ParseUint(kind, 10, 8)
	if err != nil {
		return 0, fmt.Errorf("diagnostic %q: type: %w", s, err)
	}
	r, err := strconv.ParseUint(reason, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("diagnostic %q: reason: %w", s, err)
	}
	return NewDiagnostic(byte(k), uint16(r)), nil
}

// Meaning says in English what the code stands for; a code outside the tables gets a sentence for its type.
func (d Diagnostic) Meaning() string {
	if text, ok := meanings[d]; ok {
		return text
	}
	switch d.Kind() {
	case 0:
		return "success with a warning"
	case 1:
		return "unlisted transmission error"
	case 2:
		return "unlisted file or transfer error"
	case 3:
		return "unlisted connection or protocol error"
	}
	return "unlisted diagnostic"
}

// The diagnostics that a PeSIT server or requester says, PeSIT E annex on PI 2. Others are understood, never said.
const (
	Success                Diagnostic = 0
	TransmissionError      Diagnostic = 1<<16 | 100
	InsufficientAttributes Diagnostic = 2<<16 | 200
	SystemResources        Diagnostic = 2<<16 | 201
	UserResources          Diagnostic = 2<<16 | 202
	NotPriority            Diagnostic = 2<<16 | 203
	FileExists             Diagnostic = 2<<16 | 204
	FileUnknown            Diagnostic = 2<<16 | 205
	QuotaExceeded          Diagnostic = 2<<16 | 206
	FileBusy               Diagnostic = 2<<16 | 207
	FileTooOld             Diagnostic = 2<<16 | 208
	MessageRefused         Diagnostic = 2<<16 | 209
	PresentationRefused    Diagnostic = 2<<16 | 210
	OpenFailed             Diagnostic = 2<<16 | 211
	CloseFailed            Diagnostic = 2<<16 | 212
	InputOutput            Diagnostic = 2<<16 | 213
	RestartRefused         Diagnostic = 2<<16 | 214
	SystemError            Diagnostic = 2<<16 | 215
	VoluntaryStop          Diagnostic = 2<<16 | 216
	TooManyUnacknowledged  Diagnostic = 2<<16 | 217
	ResyncImpossible       Diagnostic = 2<<16 | 218
	SpaceExhausted         Diagnostic = 2<<16 | 219
	ArticleTooLong         Diagnostic = 2<<16 | 220
	EndDelayExpired        Diagnostic = 2<<16 | 221
	TooMuchWithoutSync     Diagnostic = 2<<16 | 222
	AbnormalEnd            Diagnostic = 2<<16 | 223
	FileTooLarge           Diagnostic = 2<<16 | 224
	ApplicationCongested   Diagnostic = 2<<16 | 225
	TransferRefused        Diagnostic = 2<<16 | 226
	AlreadyTransferred     Diagnostic = 2<<16 | 250
	OtherFile              Diagnostic = 2<<16 | 299
	LocalCongestion        Diagnostic = 3<<16 | 300
	CalledUnknown          Diagnostic = 3<<16 | 301
	CalledNotAttached      Diagnostic = 3<<16 | 302
	RemoteCongestion       Diagnostic = 3<<16 | 303
	RequesterNotAuthorised Diagnostic = 3<<16 | 304
	AccessNegotiation      Diagnostic = 3<<16 | 305
	ResyncNegotiation      Diagnostic = 3<<16 | 306
	SyncNegotiation        Diagnostic = 3<<16 | 307
	VersionRefused         Diagnostic = 3<<16 | 308
	TooManyConnections     Diagnostic = 3<<16 | 309
	NetworkIncident        Diagnostic = 3<<16 | 310
	ProtocolError          Diagnostic = 3<<16 | 311
	ServiceClosed          Diagnostic = 3<<16 | 312
	IdleTimer              Diagnostic = 3<<16 | 313
	UnusedCut              Diagnostic = 3<<16 | 314
	NegotiationFailure     Diagnostic = 3<<16 | 315
	CutByAdministrator     Diagnostic = 3<<16 | 316
	TimerExpired           Diagnostic = 3<<16 | 317
	BadParameter           Diagnostic = 3<<16 | 318
	WrongCount             Diagnostic = 3<<16 | 319
	TooManyResyncs         Diagnostic = 3<<16 | 320
	CallBackupNumber       Diagnostic = 3<<16 | 321
	CallBackLater          Diagnostic = 3<<16 | 322
	OtherConnection        Diagnostic = 3<<16 | 399
)
