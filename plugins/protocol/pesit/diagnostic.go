package pesit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// fault is what the peer did wrong, with the diagnostic of the ABORT that ends the call.
type fault struct {
	diagnostic wire.Diagnostic
	detail     string
}

func (f *fault) Error() string { return fmt.Sprintf("pesit: %s (%s)", f.detail, f.diagnostic) }

func violation(format string, args ...any) error {
	return &fault{wire.ProtocolError, fmt.Sprintf(format, args...)}
}

func breachOf(d wire.Diagnostic, format string, args ...any) error {
	return &fault{d, fmt.Sprintf(format, args...)}
}

// breach turns a fault of the peer into an ABORT and a Fault event. Any other error is a bug and given back.
func (d *Dialogue) breach(h *hearing, err error) error {
	var ours *fault
	var bytes *wire.Error
	var diagnostic wire.Diagnostic
	switch {
	case errors.As(err, &ours):
		diagnostic = ours.diagnostic
	case errors.As(err, &bytes):
		diagnostic = bytes.Diagnostic
	default:
		return err
	}
	if err := d.abort(diagnostic, "", &h.out); err != nil {
		return err
	}
	h.used = len(h.in)
	r := refusalOf(diagnostic, "")
	r.ByPeer, r.Diagnostic, r.Detail = false, diagnostic.String(), err.Error()
	d.tell(h, sdk.Event{Kind: sdk.KindFault, Refusal: r})
	return nil
}

// nearest is the code of the closed list that comes closest to a diagnostic heard.
var nearest = map[wire.Diagnostic]sdk.Code{
	wire.TransmissionError:      sdk.NetworkCut,
	wire.InsufficientAttributes: sdk.FileAttributes,
	wire.SystemResources:        sdk.LimitTransfers,
	wire.UserResources:          sdk.LimitTransfers,
	wire.NotPriority:            sdk.LimitTransfers,
	wire.FileExists:             sdk.FileExists,
	wire.FileUnknown:            sdk.FileMissing,
	wire.QuotaExceeded:          sdk.FileSpace,
	wire.FileBusy:               sdk.FileBusy,
	wire.FileTooOld:             sdk.FileAttributes,
	wire.MessageRefused:         sdk.MessageForbidden,
	wire.PresentationRefused:    sdk.ProtocolTerms,
	wire.OpenFailed:             sdk.FileOpen,
	wire.CloseFailed:            sdk.DataIO,
	wire.InputOutput:            sdk.DataIO,
	wire.RestartRefused:         sdk.RestartUnknown,
	wire.SystemError:            sdk.DataIO,
	wire.VoluntaryStop:          sdk.PeerStopped,
	wire.TooManyUnacknowledged:  sdk.DataWindow,
	wire.ResyncImpossible:       sdk.RestartPoint,
	wire.SpaceExhausted:         sdk.DataSpace,
	wire.ArticleTooLong:         sdk.DataRecord,
	wire.EndDelayExpired:        sdk.TimerMessage,
	wire.TooMuchWithoutSync:     sdk.DataUnsynced,
	wire.AbnormalEnd:            sdk.DataRejected,
	wire.FileTooLarge:           sdk.FileSize,
	wire.ApplicationCongested:   sdk.DataRejected,
	wire.TransferRefused:        sdk.FlowForbidden,
	wire.NewDiagnostic(2, 227):  sdk.RestartUnknown,
	wire.NewDiagnostic(2, 233):  sdk.RestartUnknown,
	wire.NewDiagnostic(2, 246):  sdk.FileMissing,
	wire.NewDiagnostic(2, 247):  sdk.FileMissing,
	wire.AlreadyTransferred:     sdk.Duplicate,
	wire.LocalCongestion:        sdk.LimitSessions,
	wire.CalledUnknown:          sdk.PartnerUnknown,
	wire.CalledNotAttached:      sdk.ProtocolForbidden,
	wire.RemoteCongestion:       sdk.LimitConnections,
	wire.RequesterNotAuthorised: sdk.PartnerAddress,
	wire.AccessNegotiation:      sdk.ProtocolTerms,
	wire.ResyncNegotiation:      sdk.ProtocolTerms,
	wire.SyncNegotiation:        sdk.ProtocolTerms,
	wire.VersionRefused:         sdk.ProtocolVersion,
	wire.TooManyConnections:     sdk.LimitPartner,
	wire.NetworkIncident:        sdk.NetworkCut,
	wire.ProtocolError:          sdk.ProtocolViolation,
	wire.ServiceClosed:          sdk.ServerStopping,
	wire.IdleTimer:              sdk.TimerIdle,
	wire.NegotiationFailure:     sdk.ProtocolTerms,
	wire.TimerExpired:           sdk.TimerMessage,
	wire.BadParameter:           sdk.ProtocolParameter,
	wire.WrongCount:             sdk.DataCount,
	wire.TooManyResyncs:         sdk.ProtocolViolation,
	wire.CallBackupNumber:       sdk.PartnerHours,
	wire.CallBackLater:          sdk.PartnerHours,
	wire.NewDiagnostic(3, 324):  sdk.PartnerUnknown,
	wire.NewDiagnostic(3, 325):  sdk.PartnerPassword,
	wire.NewDiagnostic(3, 326):  sdk.PartnerPassword,
	wire.NewDiagnostic(3, 332):  sdk.DirectionForbidden,
	wire.NewDiagnostic(3, 333):  sdk.DirectionForbidden,
}

// refusalOf says a diagnostic heard in the server's words; nil when it is success. An unknown one becomes peer.stopped.
func refusalOf(d wire.Diagnostic, text string) *sdk.Refusal {
	if d.OK() {
		return nil
	}
	code, ok := nearest[d]
	if !ok {
		code = sdk.PeerStopped
	}
	detail := d.Meaning()
	if text = printable(text); text != "" && text != detail {
		detail += ": " + text
	}
	r := sdk.Refuse(code, "%s", detail)
	r.ByPeer, r.Diagnostic = true, d.String()
	return r
}

// refusalIn reads PI 2 of the unit at hand, with its text.
func (d *Dialogue) refusalIn() *sdk.Refusal {
	text := d.params.Text(wire.PIDiagnosticText)
	if text == "" {
		text = d.params.Text(wire.PIFreeText)
	}
	return refusalOf(d.params.Diagnostic(), text)
}

// printable keeps a text from the peer from playing with terminals and logs.
func printable(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7F && r < 0xA0 {
			return ' '
		}
		return r
	}, s))
}

// place is where a refusal is said: some codes have one diagnostic for a file and another for a connection.
type place uint8

const (
	forFile place = iota
	forConnection
)

// diagnosticOf is what we say for a refusal. One that bears a diagnostic already, because the other side said it first, keeps
// it. Success is never the answer.
func diagnosticOf(r *sdk.Refusal, where place) wire.Diagnostic {
	if r == nil {
		return wire.OtherFile
	}
	if r.Diagnostic != "" {
		if d, err := wire.ParseDiagnostic(r.Diagnostic); err == nil && !d.OK() {
			return d
		}
	}
	if where == forConnection {
		switch r.Code {
		case sdk.ExitRefused:
			return wire.RequesterNotAuthorised
		case sdk.ExitFailed, sdk.LimitTransfers:
			return wire.LocalCongestion
		}
	}
	if row, ok := r.Code.Row(); ok {
		if d, err := wire.ParseDiagnostic(row.PeSIT); err == nil {
			return d
		}
	}
	if where == forConnection {
		return wire.OtherConnection
	}
	return wire.OtherFile
}

// reason appends PI 29: the public sentence, in version E only, cut so that the unit stays small.
func (d *Dialogue) reason(b *wire.Builder, r *sdk.Refusal) {
	if r == nil || r.ByPeer || d.version == versionD {
		return
	}
	text := r.Public
	if d.file.entity > 0 {
		text = text[:min(len(text), max(0, d.file.entity-reasonMargin))]
	}
	b.Text(wire.PIDiagnosticText, printable(text))
}

// reasonMargin is what the other parameters of a refusal take at most, in bytes.
const reasonMargin = 200
