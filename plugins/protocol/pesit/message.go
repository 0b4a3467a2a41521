package pesit

import (
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

const (
	maxMessagePart = 4096      // PI 91 of one unit
	minMessagePart = 32        // even where the entity is smaller: the bound is on data
	maxMessage     = 64 * 1024 // of a segmented message, in bytes; a longer one ends the call
	wantsReply     = 1         // PI 14 of a message
	ownTypes       = 0xFFFD    // PI 11 from here on are messages; below it is the type of the file that is acknowledged
)

// inbox is a message that comes in parts.
type inbox struct {
	request *sdk.Request
	text    strings.Builder
}

// hearMsg takes a whole message (MSG) or the first part of one (MSGDM).
func (d *Dialogue) hearMsg(h *hearing, f wire.FPDU) error {
	d.newRequest(false)
	r := d.requestHeard(sdk.ActionMessage)
	r.Kind, r.Priority = sdk.RequestMessage, 1
	if r.Type < ownTypes {
		r.Kind = sdk.RequestAcknowledgement
	}
	d.file.reply = d.params.Num(wire.PIAttributes) == wantsReply
	r.ReplyWanted = d.file.reply
	d.message = inbox{request: r}
	if f.Type == wire.MsgDM {
		d.state = stateMessageIn
	}
	return d.messagePart(h, f, f.Type == wire.Msg)
}

// hearMsgPart takes the middle (MSGMM) or the end (MSGFM) of a message.
func (d *Dialogue) hearMsgPart(h *hearing, f wire.FPDU) error {
	return d.messagePart(h, f, f.Type == wire.MsgFM)
}

// messagePart gives the Request when the message is whole; only then it is answered.
func (d *Dialogue) messagePart(h *hearing, f wire.FPDU, last bool) error {
	text := d.params.Text(wire.PIMessage)
	if !last {
		text = wholeText(f.Body())
	}
	if d.message.text.Len()+len(text) > maxMessage {
		return breachOf(wire.BadParameter, "message of more than %d bytes", maxMessage)
	}
	d.message.text.WriteString(text)
	if !last {
		return nil
	}
	r := d.message.request
	r.Text = d.message.text.String()
	d.message = inbox{}
	d.state = stateMessage
	d.ask(h, sdk.Event{Kind: sdk.KindRequest, Request: r})
	return nil
}

// wholeText is PI 91 with the blanks at its end: in the middle of a message they are text. The body was decoded before, so
// that its lengths are right.
func wholeText(body []byte) string {
	for len(body) > 2 {
		head, n := 2, int(body[1])
		if n == 0xFF {
			head, n = 4, int(binary.BigEndian.Uint16(body[2:]))
		}
		if wire.PI(body[0]) == wire.PIMessage {
			runes := make([]rune, n)
			for i, c := range body[head : head+n] {
				runes[i] = rune(c)
			}
			return string(runes)
		}
		body = body[head+n:]
	}
	return ""
}

// sayReply acknowledges a message, with a text where one was wanted.
func (d *Dialogue) sayReply(m sdk.Message, out *[]byte) (sdk.Said, error) {
	if m.Reply == nil || d.state != stateMessage {
		return sdk.Said{}, d.unfit(m)
	}
	if err := d.settle(m, sdk.KindRequest); err != nil {
		return sdk.Said{}, err
	}
	b := d.begin(*out, wire.AckMsg)
	b.Diagnostic(wire.Success)
	b.Num(wire.PITransfer, uint64(d.file.number))
	if d.file.reply {
		b.Text(wire.PIMessage, clip(m.Reply.Text, maxMessagePart))
	}
	d.state = stateConnected
	return sdk.Said{}, done(&b, out)
}

// sendMessage appends MSG, or MSGDM, MSGMM and MSGFM when the text does not fit one unit.
func (d *Dialogue) sendMessage(r *sdk.Request, out *[]byte) error {
	text := []rune(r.Text)
	room := max(minMessagePart, min(maxMessagePart, d.file.entity-messageMargin))
	first, rest := text[:partLength(text, room)], text[partLength(text, room):]
	t := wire.Msg
	if len(rest) > 0 {
		t = wire.MsgDM
	}
	b := d.begin(*out, t)
	d.name(&b, d.file.kind, r.File)
	b.Num(wire.PITransfer, uint64(r.Number))
	b.Num(wire.PIAttributes, map[bool]uint64{true: wantsReply}[r.ReplyWanted])
	symbol(&b, wire.PIDataCode, dataCodes, r.Attributes[AttrDataCode])
	if t, err := time.Parse(dateLayout, r.Attributes[AttrCreated]); err == nil {
		b.Date(wire.PICreated, t)
	}
	b.Text(wire.PIOrigin, r.Origin)
	b.Text(wire.PIDestination, r.Destination)
	b.Text(wire.PIMessage, string(first))
	for len(rest) > 0 {
		n := partLength(rest, room)
		t := wire.MsgMM
		if n == len(rest) {
			t = wire.MsgFM
		}
		b.Begin(t, d.peer, 0)
		b.Text(wire.PIMessage, string(rest[:n]))
		rest = rest[n:]
	}
	d.state = stateMessage
	return done(&b, out)
}

// partLength is how much of a text goes into one unit: not beyond room, and not up to a blank, because blanks at the end of
// a parameter have no meaning.
func partLength(text []rune, room int) int {
	if len(text) <= room {
		return len(text)
	}
	n := room
	for n > 1 && text[n-1] == ' ' {
		n--
	}
	if text[n-1] == ' ' {
		return room
	}
	return n
}

// messageMargin is what the other parameters of MSG take at most, in bytes.
const messageMargin = 256

// hearAckMsg gives Reply, or Refuse.
func (d *Dialogue) hearAckMsg(h *hearing, _ wire.FPDU) error {
	if d.refused(h, stateConnected) {
		return nil
	}
	reply := &sdk.Reply{Text: d.params.Text(wire.PIMessage)}
	if d.params.Has(wire.PITransfer) {
		reply.Attributes = map[string]string{AttrNumber: strconv.FormatUint(d.params.Num(wire.PITransfer), 10)}
	}
	d.state = stateConnected
	d.tell(h, sdk.Event{Kind: sdk.KindReply, Reply: reply})
	return nil
}
