package wire

import "fmt"

// Type is the phase octet and the type octet of an FPDU header: 0x4020 is CONNECT.
type Type uint16

// Every FPDU of PeSIT E outside the secured profile (§4.7.3).
const (
	DTF   Type = 0x0000 // data: one article or several
	DTFMA Type = 0x0040 // middle of a segmented article
	DTFDA Type = 0x0041 // start of a segmented article
	DTFFA Type = 0x0042 // end of a segmented article

	Connect  Type = 0x4020
	AConnect Type = 0x4021
	RConnect Type = 0x4022
	Release  Type = 0x4023
	RelConf  Type = 0x4024
	Abort    Type = 0x4025

	Read        Type = 0xC001
	Write       Type = 0xC002
	Syn         Type = 0xC003
	DTFEnd      Type = 0xC004
	Resyn       Type = 0xC005
	IDT         Type = 0xC006 // interruption of the transfer
	TransEnd    Type = 0xC008
	Create      Type = 0xC011
	Select      Type = 0xC012
	Deselect    Type = 0xC013
	ORF         Type = 0xC014 // open
	CRF         Type = 0xC015 // close
	Msg         Type = 0xC016
	MsgDM       Type = 0xC017 // start of a segmented message
	MsgMM       Type = 0xC018 // middle
	MsgFM       Type = 0xC019 // end
	AckCreate   Type = 0xC030
	AckSelect   Type = 0xC031
	AckDeselect Type = 0xC032
	AckORF      Type = 0xC033
	AckCRF      Type = 0xC034
	AckRead     Type = 0xC035
	AckWrite    Type = 0xC036
	AckTransEnd Type = 0xC037
	AckSyn      Type = 0xC038
	AckResyn    Type = 0xC039
	AckIDT      Type = 0xC03A
	AckMsg      Type = 0xC03B
)

// Spec finds the row of the FPDU table for t, or nil when there is no such FPDU.
func (t Type) Spec() *Spec {
	for i := range specs {
		if specs[i].Type == t {
			return &specs[i]
		}
	}
	return nil
}

// Known reports whether t is in the FPDU table.
func (t Type) Known() bool { return t.Spec() != nil }

// String is the customary name ("ACK(CREATE)"), or the four hexadecimal digits of an unknown type.
func (t Type) String() string {
	if s := t.Spec(); s != nil {
		return s.Name
	}
	return fmt.Sprintf("FPDU %04X", uint16(t))
}

// IsData reports the units that carry file data and no parameter: DTF, DTFDA, DTFMA, DTFFA.
func (t Type) IsData() bool {
	return t == DTF || t == DTFDA || t == DTFMA || t == DTFFA
}

// Shares reports the units that may share an entity with others (§4.5): the data units, DTF.END and SYN.
func (t Type) Shares() bool { return t.IsData() || t == DTFEnd || t == Syn }

// IsConnection reports the units of the connection phase, whose octet 6 is the sender's connection id.
func (t Type) IsConnection() bool { return t>>8 == 0x40 }

// IsAck reports the acknowledgements, with and without a diagnostic.
func (t Type) IsAck() bool { return t >= AckCreate && t <= AckMsg }

// Direction says who sends an FPDU.
type Direction uint8

// The directions of the FPDU table.
const (
	ToServer     Direction = iota // requester to server
	ToRequester                   // server to requester
	FromSender                    // whoever sends the file
	FromReceiver                  // whoever receives the file
	Either                        // any side, or the one that answers
)

// Need says how a parameter list treats an absent parameter.
type Need uint8

// The needs: Optional may be absent; Mandatory is always sent and its absence refused; Expected is always sent, but its
// absence is tolerated on receipt.
const (
	Optional Need = iota
	Mandatory
	Expected
)

// Rule is one parameter of an FPDU, in wire order.
type Rule struct {
	PI    PI
	Group PI // the PGI it lies in, 0 at top level
	Need  Need
}

// Spec is one row of the FPDU table. Rules are in the order of the wire: a group comes before its members.
type Spec struct {
	Type  Type
	Name  string
	Dir   Direction
	Rules []Rule
}

// refusal reports that d makes this FPDU a refusal: it then needs nothing but PI 2. ACK(SYN), ACK(RESYN) and ACK(IDT) have no
// PI 2 and refuse nothing, even where a peer adds one.
func (s *Spec) refusal(d Diagnostic) bool {
	return s.Type.IsAck() && s.find(PIDiagnostic) >= 0 && !d.OK()
}

// find gives the index of pi among the rules, groups included, or -1.
func (s *Spec) find(pi PI) int {
	for i := range s.Rules {
		if s.Rules[i].PI == pi {
			return i
		}
	}
	return -1
}

// Types lists every FPDU type, data units first.
func Types() []Type {
	all := make([]Type, len(specs))
	for i := range specs {
		all[i] = specs[i].Type
	}
	return all
}
