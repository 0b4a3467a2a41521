// Code generated from the contract by go generate; DO NOT EDIT.

package wire

import (
	"github.com/postern/postern/sdk"
	"net/netip"
)

func appendCall(b []byte, x *sdk.CallFacts, show Shown) []byte {
	b = appendText(b, 1, string(x.Listener))
	b = appendText(b, 2, string(x.Protocol))
	b = appendAddress(b, 3, x.Peer)
	b = appendInt(b, 4, int64(x.Sessions))
	b = appendInt(b, 5, int64(x.Running))
	return b
}

func parseCall(x *sdk.CallFacts, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Listener = string(r.text())
		case 2:
			x.Protocol = string(r.text())
		case 3:
			x.Peer = r.address()
		case 4:
			x.Sessions = int(r.int())
		case 5:
			x.Running = int(r.int())
		}
	}
	return r.err
}

func walkCall(w walker, x *sdk.CallFacts, show Shown) bool {
	if !w.leaf("listener", string(x.Listener)) {
		return false
	}
	if !w.leaf("protocol", string(x.Protocol)) {
		return false
	}
	if !w.leaf("peer", address(x.Peer)) {
		return false
	}
	if !w.leaf("sessions", decimal(int64(x.Sessions))) {
		return false
	}
	if !w.leaf("running", decimal(int64(x.Running))) {
		return false
	}
	return true
}

func appendClaim(b []byte, x *sdk.Claim, show Shown) []byte {
	b = appendText(b, 1, string(x.Name))
	b = appendText(b, 2, string(x.CalledName))
	if show.Password {
		b = appendText(b, 3, x.Secret.Reveal())
	}
	if show.Password {
		b = appendText(b, 4, x.NewSecret.Reveal())
	}
	b = appendText(b, 5, string(x.Method))
	b = appendText(b, 6, string(x.Access))
	b = appendText(b, 7, string(x.Key))
	b = appendTexts(b, 8, x.CertNames)
	b = appendText(b, 9, string(x.CertPrint))
	b = appendText(b, 10, string(x.Authority))
	b = appendTexts(b, 11, x.Principals)
	return b
}

func parseClaim(x *sdk.Claim, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Name = string(r.text())
		case 2:
			x.CalledName = string(r.text())
		case 3:
			x.Secret = sdk.NewSecret(r.text())
		case 4:
			x.NewSecret = sdk.NewSecret(r.text())
		case 5:
			x.Method = string(r.text())
		case 6:
			x.Access = string(r.text())
		case 7:
			x.Key = string(r.text())
		case 8:
			x.CertNames = append(x.CertNames, string(r.text()))
		case 9:
			x.CertPrint = string(r.text())
		case 10:
			x.Authority = string(r.text())
		case 11:
			x.Principals = append(x.Principals, string(r.text()))
		}
	}
	return r.err
}

func walkClaim(w walker, x *sdk.Claim, show Shown) bool {
	if !w.leaf("name", string(x.Name)) {
		return false
	}
	if !w.leaf("called_name", string(x.CalledName)) {
		return false
	}
	if show.Password {
		if !w.leaf("secret", x.Secret.Reveal()) {
			return false
		}
	}
	if show.Password {
		if !w.leaf("new_secret", x.NewSecret.Reveal()) {
			return false
		}
	}
	if !w.leaf("method", string(x.Method)) {
		return false
	}
	if !w.leaf("access", string(x.Access)) {
		return false
	}
	if !w.leaf("key", string(x.Key)) {
		return false
	}
	if !w.leaf("cert_names", joined(x.CertNames, text)) {
		return false
	}
	if !w.leaf("cert_print", string(x.CertPrint)) {
		return false
	}
	if !w.leaf("authority", string(x.Authority)) {
		return false
	}
	if !w.leaf("principals", joined(x.Principals, text)) {
		return false
	}
	return true
}

func appendPartner(b []byte, x *sdk.Partner, show Shown) []byte {
	b = appendText(b, 1, string(x.ID))
	b = appendText(b, 2, string(x.Name))
	b = appendText(b, 3, string(x.Group))
	b = appendBool(b, 4, x.Template)
	b = appendText(b, 5, string(x.From))
	b = appendBool(b, 6, x.Disabled)
	if show.Stored {
		b = appendText(b, 7, x.Password.Reveal())
	}
	b = appendText(b, 8, string(x.LocalName))
	if show.Stored {
		b = appendText(b, 9, x.LocalPassword.Reveal())
	}
	b = appendTexts(b, 10, x.Keys)
	b = appendTexts(b, 11, x.TLSNames)
	b = appendTexts(b, 12, x.Require)
	b = appendTexts(b, 13, x.Protocols)
	b = appendNetworks(b, 14, x.AllowFrom)
	for i := range x.Hours {
		var at int
		b, at = begin(b, 15)
		b = end(appendHours(b, &x.Hours[i], show), at)
	}
	b = appendInt(b, 16, int64(x.MaxSessions))
	b = appendTexts(b, 17, x.Receive)
	b = appendTexts(b, 18, x.Send)
	b = appendBool(b, 19, x.Messages)
	b = appendText(b, 20, string(x.DefaultFlow))
	b = appendMap(b, 21, x.Labels)
	b = appendTexts(b, 23, x.Manage)
	b = appendInt(b, 24, int64(x.MaxTransfers))
	if x.Keys != nil && len(x.Keys) == 0 {
		b = appendText0(b, 22, "keys")
	}
	if x.TLSNames != nil && len(x.TLSNames) == 0 {
		b = appendText0(b, 22, "tls_names")
	}
	if x.Require != nil && len(x.Require) == 0 {
		b = appendText0(b, 22, "require")
	}
	if x.Protocols != nil && len(x.Protocols) == 0 {
		b = appendText0(b, 22, "protocols")
	}
	if x.AllowFrom != nil && len(x.AllowFrom) == 0 {
		b = appendText0(b, 22, "allow_from")
	}
	if x.Hours != nil && len(x.Hours) == 0 {
		b = appendText0(b, 22, "hours")
	}
	if x.Receive != nil && len(x.Receive) == 0 {
		b = appendText0(b, 22, "receive")
	}
	if x.Send != nil && len(x.Send) == 0 {
		b = appendText0(b, 22, "send")
	}
	if x.Manage != nil && len(x.Manage) == 0 {
		b = appendText0(b, 22, "manage")
	}
	return b
}

func parsePartner(x *sdk.Partner, r reader) error {
	var empty []string
	for r.next() {
		switch r.num {
		case 1:
			x.ID = string(r.text())
		case 2:
			x.Name = string(r.text())
		case 3:
			x.Group = string(r.text())
		case 4:
			x.Template = bool(r.flag())
		case 5:
			x.From = string(r.text())
		case 6:
			x.Disabled = bool(r.flag())
		case 7:
			x.Password = sdk.NewSecret(r.text())
		case 8:
			x.LocalName = string(r.text())
		case 9:
			x.LocalPassword = sdk.NewSecret(r.text())
		case 10:
			x.Keys = append(x.Keys, string(r.text()))
		case 11:
			x.TLSNames = append(x.TLSNames, string(r.text()))
		case 12:
			x.Require = append(x.Require, string(r.text()))
		case 13:
			x.Protocols = append(x.Protocols, string(r.text()))
		case 14:
			x.AllowFrom = append(x.AllowFrom, r.network())
		case 15:
			var one sdk.Hours
			r.within(parseHours(&one, r.message()))
			x.Hours = append(x.Hours, one)
		case 16:
			x.MaxSessions = int(r.int())
		case 17:
			x.Receive = append(x.Receive, string(r.text()))
		case 18:
			x.Send = append(x.Send, string(r.text()))
		case 19:
			x.Messages = bool(r.flag())
		case 20:
			x.DefaultFlow = string(r.text())
		case 21:
			x.Labels = r.pair(x.Labels)
		case 23:
			x.Manage = append(x.Manage, sdk.Action(r.text()))
		case 24:
			x.MaxTransfers = int(r.int())
		case 22:
			empty = append(empty, r.text())
		}
	}
	for _, name := range empty {
		switch name {
		case "keys":
			x.Keys = []string{}
		case "tls_names":
			x.TLSNames = []string{}
		case "require":
			x.Require = []string{}
		case "protocols":
			x.Protocols = []string{}
		case "allow_from":
			x.AllowFrom = []netip.Prefix{}
		case "hours":
			x.Hours = []sdk.Hours{}
		case "receive":
			x.Receive = []string{}
		case "send":
			x.Send = []string{}
		case "manage":
			x.Manage = []sdk.Action{}
		default:
			return bad("clear names %q, which is no list of Partner", name)
		}
	}
	return r.err
}

func walkPartner(w walker, x *sdk.Partner, show Shown) bool {
	if !w.leaf("id", string(x.ID)) {
		return false
	}
	if !w.leaf("name", string(x.Name)) {
		return false
	}
	if !w.leaf("group", string(x.Group)) {
		return false
	}
	if !w.leaf("template", yes(x.Template)) {
		return false
	}
	if !w.leaf("from", string(x.From)) {
		return false
	}
	if !w.leaf("disabled", yes(x.Disabled)) {
		return false
	}
	if show.Stored {
		if !w.leaf("password", x.Password.Reveal()) {
			return false
		}
	}
	if !w.leaf("local_name", string(x.LocalName)) {
		return false
	}
	if show.Stored {
		if !w.leaf("local_password", x.LocalPassword.Reveal()) {
			return false
		}
	}
	if !w.leaf("keys", joined(x.Keys, text)) {
		return false
	}
	if !w.leaf("tls_names", joined(x.TLSNames, text)) {
		return false
	}
	if !w.leaf("require", joined(x.Require, text)) {
		return false
	}
	if !w.leaf("protocols", joined(x.Protocols, text)) {
		return false
	}
	if !w.leaf("allow_from", joined(x.AllowFrom, netip.Prefix.String)) {
		return false
	}
	for i := range x.Hours {
		if !walkHours(w.under("hours").under(decimal(int64(i))), &x.Hours[i], show) {
			return false
		}
	}
	if !w.leaf("max_sessions", decimal(int64(x.MaxSessions))) {
		return false
	}
	if !w.leaf("receive", joined(x.Receive, text)) {
		return false
	}
	if !w.leaf("send", joined(x.Send, text)) {
		return false
	}
	if !w.leaf("messages", yes(x.Messages)) {
		return false
	}
	if !w.leaf("default_flow", string(x.DefaultFlow)) {
		return false
	}
	if !w.pairs("labels", x.Labels) {
		return false
	}
	if !w.leaf("manage", joined(x.Manage, text)) {
		return false
	}
	if !w.leaf("max_transfers", decimal(int64(x.MaxTransfers))) {
		return false
	}
	return true
}

func appendHours(b []byte, x *sdk.Hours, show Shown) []byte {
	b = appendDays(b, 1, x.Days)
	b = appendClock(b, 2, x.From)
	b = appendClock(b, 3, x.To)
	b = appendZone(b, 4, x.Zone)
	return b
}

func parseHours(x *sdk.Hours, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Days = append(x.Days, r.day())
		case 2:
			x.From = r.clock()
		case 3:
			x.To = r.clock()
		case 4:
			x.Zone = r.zone()
		}
	}
	return r.err
}

func walkHours(w walker, x *sdk.Hours, show Shown) bool {
	if !w.leaf("days", joined(x.Days, dayName)) {
		return false
	}
	if !w.leaf("from", string(appendClock(nil, 1, x.From)[2:])) {
		return false
	}
	if !w.leaf("to", string(appendClock(nil, 1, x.To)[2:])) {
		return false
	}
	if !w.leaf("timezone", zone(x.Zone)) {
		return false
	}
	return true
}

func appendTransferRequest(b []byte, x *sdk.RequestFacts, show Shown) []byte {
	b = appendText(b, 1, string(x.Action))
	b = appendText(b, 2, string(x.Kind))
	b = appendText(b, 3, string(x.File))
	b = appendText(b, 4, string(x.Target))
	b = appendText(b, 5, string(x.Label))
	b = appendInt(b, 6, int64(x.Type))
	b = appendInt(b, 7, int64(x.Number))
	b = appendBool(b, 8, x.Restart)
	b = appendInt(b, 9, int64(x.Priority))
	b = appendText(b, 10, string(x.Origin))
	b = appendText(b, 11, string(x.Destination))
	b = appendInt(b, 12, int64(x.Size))
	b = appendInt(b, 13, int64(x.SizeUnit))
	b = appendTerms(b, 14, x.Terms)
	b = appendMap(b, 15, x.Attributes)
	b = appendText(b, 16, string(x.Text))
	b = appendBool(b, 17, x.ReplyWanted)
	b = appendText(b, 18, string(x.Direction))
	b = appendText(b, 19, string(x.Held))
	return b
}

func parseTransferRequest(x *sdk.RequestFacts, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Action = sdk.Action(r.text())
		case 2:
			x.Kind = string(r.text())
		case 3:
			x.File = string(r.text())
		case 4:
			x.Target = string(r.text())
		case 5:
			x.Label = string(r.text())
		case 6:
			x.Type = int64(r.int())
		case 7:
			x.Number = int64(r.int())
		case 8:
			x.Restart = bool(r.flag())
		case 9:
			x.Priority = int(r.int())
		case 10:
			x.Origin = string(r.text())
		case 11:
			x.Destination = string(r.text())
		case 12:
			x.Size = int64(r.int())
		case 13:
			x.SizeUnit = int64(r.int())
		case 14:
			x.Terms = append(x.Terms, r.term())
		case 15:
			x.Attributes = r.pair(x.Attributes)
		case 16:
			x.Text = string(r.text())
		case 17:
			x.ReplyWanted = bool(r.flag())
		case 18:
			x.Direction = sdk.Direction(r.text())
		case 19:
			x.Held = string(r.text())
		}
	}
	return r.err
}

func walkTransferRequest(w walker, x *sdk.RequestFacts, show Shown) bool {
	if !w.leaf("action", string(x.Action)) {
		return false
	}
	if !w.leaf("kind", string(x.Kind)) {
		return false
	}
	if !w.leaf("file", string(x.File)) {
		return false
	}
	if !w.leaf("target", string(x.Target)) {
		return false
	}
	if !w.leaf("label", string(x.Label)) {
		return false
	}
	if !w.leaf("type", decimal(int64(x.Type))) {
		return false
	}
	if !w.leaf("number", decimal(int64(x.Number))) {
		return false
	}
	if !w.leaf("restart", yes(x.Restart)) {
		return false
	}
	if !w.leaf("priority", decimal(int64(x.Priority))) {
		return false
	}
	if !w.leaf("origin", string(x.Origin)) {
		return false
	}
	if !w.leaf("destination", string(x.Destination)) {
		return false
	}
	if !w.leaf("size", decimal(int64(x.Size))) {
		return false
	}
	if !w.leaf("size_unit", decimal(int64(x.SizeUnit))) {
		return false
	}
	if !w.terms("terms", x.Terms) {
		return false
	}
	if !w.pairs("attributes", x.Attributes) {
		return false
	}
	if !w.leaf("text", string(x.Text)) {
		return false
	}
	if !w.leaf("reply_wanted", yes(x.ReplyWanted)) {
		return false
	}
	if !w.leaf("direction", string(x.Direction)) {
		return false
	}
	if !w.leaf("held", string(x.Held)) {
		return false
	}
	return true
}

func appendFlow(b []byte, x *sdk.Flow, show Shown) []byte {
	b = appendText(b, 1, string(x.ID))
	b = appendText(b, 2, string(x.Path))
	b = appendText(b, 3, string(x.Backend))
	b = appendText(b, 4, string(x.OnExists))
	b = appendText(b, 5, string(x.Durability))
	b = appendBool(b, 6, x.Publish)
	b = appendText(b, 7, string(x.Records))
	b = appendText(b, 8, string(x.Delimiter))
	b = appendInt(b, 9, int64(x.RecordLength))
	b = appendBool(b, 10, x.Fixed)
	b = appendBool(b, 11, x.Digest)
	b = appendInt(b, 12, int64(x.MaxSize))
	b = appendInt(b, 13, int64(x.MaxRestarts))
	b = appendDuration(b, 14, x.Retention)
	b = appendBool(b, 15, x.DeleteSent)
	b = appendTexts(b, 16, x.Compression)
	if x.Compression != nil && len(x.Compression) == 0 {
		b = appendText0(b, 17, "compression")
	}
	return b
}

func parseFlow(x *sdk.Flow, r reader) error {
	var empty []string
	for r.next() {
		switch r.num {
		case 1:
			x.ID = string(r.text())
		case 2:
			x.Path = string(r.text())
		case 3:
			x.Backend = string(r.text())
		case 4:
			x.OnExists = sdk.OnExists(r.text())
		case 5:
			x.Durability = sdk.Durability(r.text())
		case 6:
			x.Publish = bool(r.flag())
		case 7:
			x.Records = sdk.Records(r.text())
		case 8:
			x.Delimiter = string(r.text())
		case 9:
			x.RecordLength = int(r.int())
		case 10:
			x.Fixed = bool(r.flag())
		case 11:
			x.Digest = bool(r.flag())
		case 12:
			x.MaxSize = int64(r.int())
		case 13:
			x.MaxRestarts = int(r.int())
		case 14:
			x.Retention = r.duration()
		case 15:
			x.DeleteSent = bool(r.flag())
		case 16:
			x.Compression = append(x.Compression, string(r.text()))
		case 17:
			empty = append(empty, r.text())
		}
	}
	for _, name := range empty {
		switch name {
		case "compression":
			x.Compression = []string{}
		default:
			return bad("clear names %q, which is no list of Flow", name)
		}
	}
	return r.err
}

func walkFlow(w walker, x *sdk.Flow, show Shown) bool {
	if !w.leaf("id", string(x.ID)) {
		return false
	}
	if !w.leaf("path", string(x.Path)) {
		return false
	}
	if !w.leaf("backend", string(x.Backend)) {
		return false
	}
	if !w.leaf("on_exists", string(x.OnExists)) {
		return false
	}
	if !w.leaf("durability", string(x.Durability)) {
		return false
	}
	if !w.leaf("publish", yes(x.Publish)) {
		return false
	}
	if !w.leaf("records", string(x.Records)) {
		return false
	}
	if !w.leaf("delimiter", string(x.Delimiter)) {
		return false
	}
	if !w.leaf("record_length", decimal(int64(x.RecordLength))) {
		return false
	}
	if !w.leaf("fixed", yes(x.Fixed)) {
		return false
	}
	if !w.leaf("digest", yes(x.Digest)) {
		return false
	}
	if !w.leaf("max_size", decimal(int64(x.MaxSize))) {
		return false
	}
	if !w.leaf("max_restarts", decimal(int64(x.MaxRestarts))) {
		return false
	}
	if !w.leaf("retention", decimal(int64(x.Retention))) {
		return false
	}
	if !w.leaf("delete_sent", yes(x.DeleteSent)) {
		return false
	}
	if !w.leaf("compression", joined(x.Compression, text)) {
		return false
	}
	return true
}

func appendTarget(b []byte, x *sdk.TargetFacts, show Shown) []byte {
	b = appendText(b, 1, string(x.Path))
	b = appendText(b, 2, string(x.Backend))
	b = appendText(b, 3, string(x.OnExists))
	b = appendMap(b, 4, x.Attributes)
	b = appendInt(b, 5, int64(x.Size))
	return b
}

func parseTarget(x *sdk.TargetFacts, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Path = string(r.text())
		case 2:
			x.Backend = string(r.text())
		case 3:
			x.OnExists = sdk.OnExists(r.text())
		case 4:
			x.Attributes = r.pair(x.Attributes)
		case 5:
			x.Size = int64(r.int())
		}
	}
	return r.err
}

func walkTarget(w walker, x *sdk.TargetFacts, show Shown) bool {
	if !w.leaf("path", string(x.Path)) {
		return false
	}
	if !w.leaf("backend", string(x.Backend)) {
		return false
	}
	if !w.leaf("on_exists", string(x.OnExists)) {
		return false
	}
	if !w.pairs("attributes", x.Attributes) {
		return false
	}
	if !w.leaf("size", decimal(int64(x.Size))) {
		return false
	}
	return true
}

func appendRestart(b []byte, x *sdk.RestartFacts, show Shown) []byte {
	b = appendText(b, 1, string(x.Entry))
	b = appendInt(b, 2, int64(x.Wanted))
	b = appendInt(b, 3, int64(x.Possible))
	b = appendInt(b, 4, int64(x.Offset))
	return b
}

func parseRestart(x *sdk.RestartFacts, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Entry = string(r.text())
		case 2:
			x.Wanted = int64(r.int())
		case 3:
			x.Possible = int64(r.int())
		case 4:
			x.Offset = int64(r.int())
		}
	}
	return r.err
}

func walkRestart(w walker, x *sdk.RestartFacts, show Shown) bool {
	if !w.leaf("entry", string(x.Entry)) {
		return false
	}
	if !w.leaf("wanted", decimal(int64(x.Wanted))) {
		return false
	}
	if !w.leaf("possible", decimal(int64(x.Possible))) {
		return false
	}
	if !w.leaf("offset", decimal(int64(x.Offset))) {
		return false
	}
	return true
}

func appendFilterStart(b []byte, x *sdk.FilterFacts, show Shown) []byte {
	b = appendText(b, 1, string(x.Direction))
	b = appendInt(b, 2, int64(x.WireOffset))
	b = appendInt(b, 3, int64(x.FileOffset))
	return b
}

func parseFilterStart(x *sdk.FilterFacts, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Direction = sdk.Direction(r.text())
		case 2:
			x.WireOffset = int64(r.int())
		case 3:
			x.FileOffset = int64(r.int())
		}
	}
	return r.err
}

func walkFilterStart(w walker, x *sdk.FilterFacts, show Shown) bool {
	if !w.leaf("direction", string(x.Direction)) {
		return false
	}
	if !w.leaf("wire_offset", decimal(int64(x.WireOffset))) {
		return false
	}
	if !w.leaf("file_offset", decimal(int64(x.FileOffset))) {
		return false
	}
	return true
}

func appendFile(b []byte, x *sdk.FileFacts, show Shown) []byte {
	b = appendInt(b, 1, int64(x.Bytes))
	b = appendInt(b, 2, int64(x.Records))
	b = appendText(b, 3, string(x.SHA256))
	b = appendDuration(b, 4, x.Duration)
	return b
}

func parseFile(x *sdk.FileFacts, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Bytes = int64(r.int())
		case 2:
			x.Records = int64(r.int())
		case 3:
			x.SHA256 = string(r.text())
		case 4:
			x.Duration = r.duration()
		}
	}
	return r.err
}

func walkFile(w walker, x *sdk.FileFacts, show Shown) bool {
	if !w.leaf("bytes", decimal(int64(x.Bytes))) {
		return false
	}
	if !w.leaf("records", decimal(int64(x.Records))) {
		return false
	}
	if !w.leaf("sha256", string(x.SHA256)) {
		return false
	}
	if !w.leaf("duration", decimal(int64(x.Duration))) {
		return false
	}
	return true
}

func appendMessage(b []byte, x *sdk.MessageFacts, show Shown) []byte {
	b = appendText(b, 1, string(x.Text))
	b = appendBool(b, 2, x.ReplyWanted)
	return b
}

func parseMessage(x *sdk.MessageFacts, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Text = string(r.text())
		case 2:
			x.ReplyWanted = bool(r.flag())
		}
	}
	return r.err
}

func walkMessage(w walker, x *sdk.MessageFacts, show Shown) bool {
	if !w.leaf("text", string(x.Text)) {
		return false
	}
	if !w.leaf("reply_wanted", yes(x.ReplyWanted)) {
		return false
	}
	return true
}

func appendInterrupt(b []byte, x *sdk.InterruptFacts, show Shown) []byte {
	b = appendText(b, 1, string(x.Code))
	b = appendInt(b, 2, int64(x.Point))
	return b
}

func parseInterrupt(x *sdk.InterruptFacts, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Code = sdk.Code(r.text())
		case 2:
			x.Point = int64(r.int())
		}
	}
	return r.err
}

func walkInterrupt(w walker, x *sdk.InterruptFacts, show Shown) bool {
	if !w.leaf("code", string(x.Code)) {
		return false
	}
	if !w.leaf("point", decimal(int64(x.Point))) {
		return false
	}
	return true
}

func appendDone(b []byte, x *sdk.DoneFacts, show Shown) []byte {
	b = appendText(b, 1, string(x.Result))
	b = appendText(b, 2, string(x.Code))
	b = appendInt(b, 3, int64(x.Attempt))
	b = appendText(b, 4, string(x.EventID))
	return b
}

func parseDone(x *sdk.DoneFacts, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Result = string(r.text())
		case 2:
			x.Code = sdk.Code(r.text())
		case 3:
			x.Attempt = int(r.int())
		case 4:
			x.EventID = string(r.text())
		}
	}
	return r.err
}

func walkDone(w walker, x *sdk.DoneFacts, show Shown) bool {
	if !w.leaf("result", string(x.Result)) {
		return false
	}
	if !w.leaf("code", string(x.Code)) {
		return false
	}
	if !w.leaf("attempt", decimal(int64(x.Attempt))) {
		return false
	}
	if !w.leaf("event_id", string(x.EventID)) {
		return false
	}
	return true
}

func appendClose(b []byte, x *sdk.CloseFacts, show Shown) []byte {
	b = appendText(b, 1, string(x.Reason))
	b = appendInt(b, 2, int64(x.Transfers))
	return b
}

func parseClose(x *sdk.CloseFacts, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Reason = sdk.Code(r.text())
		case 2:
			x.Transfers = int(r.int())
		}
	}
	return r.err
}

func walkClose(w walker, x *sdk.CloseFacts, show Shown) bool {
	if !w.leaf("reason", string(x.Reason)) {
		return false
	}
	if !w.leaf("transfers", decimal(int64(x.Transfers))) {
		return false
	}
	return true
}

func appendDescribeReply(b []byte, x *sdk.Manifest, show Shown) []byte {
	b = appendText(b, 1, string(x.Name))
	b = appendText(b, 2, string(x.Version))
	b = appendInt(b, 3, int64(x.Contract))
	b = appendTexts(b, 4, x.Kinds)
	b = appendTexts(b, 5, x.Points)
	b = appendTexts(b, 6, x.Grants)
	b = appendBool(b, 7, x.ChangesLength)
	b = appendBool(b, 8, x.State)
	for i := range x.Terms {
		var at int
		b, at = begin(b, 9)
		b = end(appendTermSpec(b, &x.Terms[i], show), at)
	}
	for i := range x.Settings {
		var at int
		b, at = begin(b, 10)
		b = end(appendTermSpec(b, &x.Settings[i], show), at)
	}
	b = appendTexts(b, 16, x.Abilities)
	return b
}

func parseDescribeReply(x *sdk.Manifest, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Name = string(r.text())
		case 2:
			x.Version = string(r.text())
		case 3:
			x.Contract = uint32(r.int())
		case 4:
			x.Kinds = append(x.Kinds, string(r.text()))
		case 5:
			x.Points = append(x.Points, sdk.Point(r.text()))
		case 6:
			x.Grants = append(x.Grants, string(r.text()))
		case 7:
			x.ChangesLength = bool(r.flag())
		case 8:
			x.State = bool(r.flag())
		case 9:
			var one sdk.TermSpec
			r.within(parseTermSpec(&one, r.message()))
			x.Terms = append(x.Terms, one)
		case 10:
			var one sdk.TermSpec
			r.within(parseTermSpec(&one, r.message()))
			x.Settings = append(x.Settings, one)
		case 16:
			x.Abilities = append(x.Abilities, sdk.Ability(r.text()))
		}
	}
	return r.err
}

func walkDescribeReply(w walker, x *sdk.Manifest, show Shown) bool {
	if !w.leaf("name", string(x.Name)) {
		return false
	}
	if !w.leaf("version", string(x.Version)) {
		return false
	}
	if !w.leaf("contract", decimal(int64(x.Contract))) {
		return false
	}
	if !w.leaf("kinds", joined(x.Kinds, text)) {
		return false
	}
	if !w.leaf("points", joined(x.Points, text)) {
		return false
	}
	if !w.leaf("grants", joined(x.Grants, text)) {
		return false
	}
	if !w.leaf("changes_length", yes(x.ChangesLength)) {
		return false
	}
	if !w.leaf("state", yes(x.State)) {
		return false
	}
	for i := range x.Terms {
		if !walkTermSpec(w.under("terms").under(decimal(int64(i))), &x.Terms[i], show) {
			return false
		}
	}
	for i := range x.Settings {
		if !walkTermSpec(w.under("settings").under(decimal(int64(i))), &x.Settings[i], show) {
			return false
		}
	}
	if !w.leaf("abilities", joined(x.Abilities, text)) {
		return false
	}
	return true
}

// appendFacts writes the fields whose bit is set in mask.
func appendFacts(b []byte, x *sdk.Facts, mask uint32, show Shown) []byte {
	if mask&(1<<1) != 0 {
		b = appendTime(b, 1, x.Time)
	}
	if mask&(1<<2) != 0 {
		b = appendText(b, 2, string(x.Session))
	}
	if mask&(1<<3) != 0 {
		b = appendText(b, 3, string(x.Transfer))
	}
	if mask&(1<<4) != 0 {
		if x.Call != nil {
			var at int
			b, at = begin(b, 4)
			b = end(appendCall(b, x.Call, show), at)
		}
	}
	if mask&(1<<5) != 0 {
		if x.Claim != nil {
			var at int
			b, at = begin(b, 5)
			b = end(appendClaim(b, x.Claim, show), at)
		}
	}
	if mask&(1<<6) != 0 {
		if x.Partner != nil {
			var at int
			b, at = begin(b, 6)
			b = end(appendPartner(b, x.Partner, show), at)
		}
	}
	if mask&(1<<7) != 0 {
		b = appendTerms(b, 7, x.Proposed)
	}
	if mask&(1<<8) != 0 {
		b = appendTerms(b, 8, x.Terms)
	}
	if mask&(1<<9) != 0 {
		if x.Request != nil {
			var at int
			b, at = begin(b, 9)
			b = end(appendTransferRequest(b, x.Request, show), at)
		}
	}
	if mask&(1<<10) != 0 {
		if x.Flow != nil {
			var at int
			b, at = begin(b, 10)
			b = end(appendFlow(b, x.Flow, show), at)
		}
	}
	if mask&(1<<11) != 0 {
		if x.Target != nil {
			var at int
			b, at = begin(b, 11)
			b = end(appendTarget(b, x.Target, show), at)
		}
	}
	if mask&(1<<12) != 0 {
		if x.Restart != nil {
			var at int
			b, at = begin(b, 12)
			b = end(appendRestart(b, x.Restart, show), at)
		}
	}
	if mask&(1<<13) != 0 {
		if x.Filter != nil {
			var at int
			b, at = begin(b, 13)
			b = end(appendFilterStart(b, x.Filter, show), at)
		}
	}
	if mask&(1<<14) != 0 {
		if x.File != nil {
			var at int
			b, at = begin(b, 14)
			b = end(appendFile(b, x.File, show), at)
		}
	}
	if mask&(1<<15) != 0 {
		if x.Message != nil {
			var at int
			b, at = begin(b, 15)
			b = end(appendMessage(b, x.Message, show), at)
		}
	}
	if mask&(1<<16) != 0 {
		if x.Interrupt != nil {
			var at int
			b, at = begin(b, 16)
			b = end(appendInterrupt(b, x.Interrupt, show), at)
		}
	}
	if mask&(1<<17) != 0 {
		if x.Done != nil {
			var at int
			b, at = begin(b, 17)
			b = end(appendDone(b, x.Done, show), at)
		}
	}
	if mask&(1<<18) != 0 {
		if x.Close != nil {
			var at int
			b, at = begin(b, 18)
			b = end(appendClose(b, x.Close, show), at)
		}
	}
	return b
}

func walkFacts(w walker, x *sdk.Facts, mask uint32, show Shown) bool {
	if mask&(1<<1) != 0 {
		if !w.leaf("time", nanoseconds(x.Time)) {
			return false
		}
	}
	if mask&(1<<2) != 0 {
		if !w.leaf("session", string(x.Session)) {
			return false
		}
	}
	if mask&(1<<3) != 0 {
		if !w.leaf("transfer", string(x.Transfer)) {
			return false
		}
	}
	if mask&(1<<4) != 0 {
		if x.Call != nil && !walkCall(w.under("call"), x.Call, show) {
			return false
		}
	}
	if mask&(1<<5) != 0 {
		if x.Claim != nil && !walkClaim(w.under("claim"), x.Claim, show) {
			return false
		}
	}
	if mask&(1<<6) != 0 {
		if x.Partner != nil && !walkPartner(w.under("partner"), x.Partner, show) {
			return false
		}
	}
	if mask&(1<<7) != 0 {
		if !w.terms("proposed", x.Proposed) {
			return false
		}
	}
	if mask&(1<<8) != 0 {
		if !w.terms("terms", x.Terms) {
			return false
		}
	}
	if mask&(1<<9) != 0 {
		if x.Request != nil && !walkTransferRequest(w.under("request"), x.Request, show) {
			return false
		}
	}
	if mask&(1<<10) != 0 {
		if x.Flow != nil && !walkFlow(w.under("flow"), x.Flow, show) {
			return false
		}
	}
	if mask&(1<<11) != 0 {
		if x.Target != nil && !walkTarget(w.under("target"), x.Target, show) {
			return false
		}
	}
	if mask&(1<<12) != 0 {
		if x.Restart != nil && !walkRestart(w.under("restart"), x.Restart, show) {
			return false
		}
	}
	if mask&(1<<13) != 0 {
		if x.Filter != nil && !walkFilterStart(w.under("filter"), x.Filter, show) {
			return false
		}
	}
	if mask&(1<<14) != 0 {
		if x.File != nil && !walkFile(w.under("file"), x.File, show) {
			return false
		}
	}
	if mask&(1<<15) != 0 {
		if x.Message != nil && !walkMessage(w.under("message"), x.Message, show) {
			return false
		}
	}
	if mask&(1<<16) != 0 {
		if x.Interrupt != nil && !walkInterrupt(w.under("interrupt"), x.Interrupt, show) {
			return false
		}
	}
	if mask&(1<<17) != 0 {
		if x.Done != nil && !walkDone(w.under("done"), x.Done, show) {
			return false
		}
	}
	if mask&(1<<18) != 0 {
		if x.Close != nil && !walkClose(w.under("close"), x.Close, show) {
			return false
		}
	}
	return true
}

func parseFacts(x *sdk.Facts, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Time = r.time()
		case 2:
			x.Session = string(r.text())
		case 4:
			if x.Call == nil {
				x.Call = new(sdk.CallFacts)
			}
			r.within(parseCall(x.Call, r.message()))
		case 5:
			if x.Claim == nil {
				x.Claim = new(sdk.Claim)
			}
			r.within(parseClaim(x.Claim, r.message()))
		case 6:
			if x.Partner == nil {
				x.Partner = new(sdk.Partner)
			}
			r.within(parsePartner(x.Partner, r.message()))
		case 7:
			x.Proposed = append(x.Proposed, r.term())
		case 8:
			x.Terms = append(x.Terms, r.term())
		case 3:
			x.Transfer = string(r.text())
		case 9:
			if x.Request == nil {
				x.Request = new(sdk.RequestFacts)
			}
			r.within(parseTransferRequest(x.Request, r.message()))
		case 10:
			if x.Flow == nil {
				x.Flow = new(sdk.Flow)
			}
			r.within(parseFlow(x.Flow, r.message()))
		case 11:
			if x.Target == nil {
				x.Target = new(sdk.TargetFacts)
			}
			r.within(parseTarget(x.Target, r.message()))
		case 12:
			if x.Restart == nil {
				x.Restart = new(sdk.RestartFacts)
			}
			r.within(parseRestart(x.Restart, r.message()))
		case 13:
			if x.Filter == nil {
				x.Filter = new(sdk.FilterFacts)
			}
			r.within(parseFilterStart(x.Filter, r.message()))
		case 14:
			if x.File == nil {
				x.File = new(sdk.FileFacts)
			}
			r.within(parseFile(x.File, r.message()))
		case 15:
			if x.Message == nil {
				x.Message = new(sdk.MessageFacts)
			}
			r.within(parseMessage(x.Message, r.message()))
		case 16:
			if x.Interrupt == nil {
				x.Interrupt = new(sdk.InterruptFacts)
			}
			r.within(parseInterrupt(x.Interrupt, r.message()))
		case 17:
			if x.Done == nil {
				x.Done = new(sdk.DoneFacts)
			}
			r.within(parseDone(x.Done, r.message()))
		case 18:
			if x.Close == nil {
				x.Close = new(sdk.CloseFacts)
			}
			r.within(parseClose(x.Close, r.message()))
		}
	}
	return r.err
}

// appendChanges writes the fields whose bit is set in mask.
func appendChanges(b []byte, x *sdk.Changes, mask uint32, show Shown) []byte {
	if mask&(1<<1) != 0 {
		if x.Partner != nil {
			var at int
			b, at = begin(b, 1)
			b = end(appendPartner(b, x.Partner, show), at)
		}
	}
	if mask&(1<<2) != 0 {
		b = appendTerms(b, 2, x.Terms)
	}
	if mask&(1<<3) != 0 {
		if x.Flow != nil {
			b = appendText0(b, 3, string(*x.Flow))
		}
	}
	if mask&(1<<4) != 0 {
		b = appendMap(b, 4, x.PathVars)
	}
	if mask&(1<<5) != 0 {
		b = appendMap(b, 5, x.Labels)
	}
	if mask&(1<<6) != 0 {
		if x.Priority != nil {
			b = appendVarint(appendTag(b, 6, typeVarint), uint64(int64(*x.Priority)))
		}
	}
	if mask&(1<<7) != 0 {
		if x.Path != nil {
			b = appendText0(b, 7, string(*x.Path))
		}
	}
	if mask&(1<<8) != 0 {
		if x.Backend != nil {
			b = appendText0(b, 8, string(*x.Backend))
		}
	}
	if mask&(1<<9) != 0 {
		b = appendMap(b, 9, x.Attributes)
	}
	if mask&(1<<10) != 0 {
		if x.OnExists != nil {
			b = appendText0(b, 10, string(*x.OnExists))
		}
	}
	if mask&(1<<11) != 0 {
		b = appendBool(b, 11, x.ForceStart)
	}
	if mask&(1<<12) != 0 {
		if x.Quarantine != nil {
			b = appendText0(b, 12, string(*x.Quarantine))
		}
	}
	if mask&(1<<13) != 0 {
		if x.Reply != nil {
			b = appendText0(b, 13, string(*x.Reply))
		}
	}
	if mask&(1<<14) != 0 {
		if x.Keep != nil {
			b = appendVarint(appendTag(b, 14, typeVarint), uint64(number(*x.Keep)))
		}
	}
	if mask&(1<<15) != 0 {
		if x.FollowUp != nil {
			b = appendText0(b, 15, string(*x.FollowUp))
		}
	}
	if mask&(1<<16) != 0 {
		if x.Comment != nil {
			b = appendText0(b, 16, string(*x.Comment))
		}
	}
	return b
}

func walkChanges(w walker, x *sdk.Changes, mask uint32, show Shown) bool {
	if mask&(1<<1) != 0 {
		if x.Partner != nil && !walkPartner(w.under("partner"), x.Partner, show) {
			return false
		}
	}
	if mask&(1<<2) != 0 {
		if !w.terms("terms", x.Terms) {
			return false
		}
	}
	if mask&(1<<3) != 0 {
		if x.Flow != nil && !w.leaf("flow", string(*x.Flow)) {
			return false
		}
	}
	if mask&(1<<4) != 0 {
		if !w.pairs("path_vars", x.PathVars) {
			return false
		}
	}
	if mask&(1<<5) != 0 {
		if !w.pairs("labels", x.Labels) {
			return false
		}
	}
	if mask&(1<<6) != 0 {
		if x.Priority != nil && !w.leaf("priority", decimal(int64(*x.Priority))) {
			return false
		}
	}
	if mask&(1<<7) != 0 {
		if x.Path != nil && !w.leaf("path", string(*x.Path)) {
			return false
		}
	}
	if mask&(1<<8) != 0 {
		if x.Backend != nil && !w.leaf("backend", string(*x.Backend)) {
			return false
		}
	}
	if mask&(1<<9) != 0 {
		if !w.pairs("attributes", x.Attributes) {
			return false
		}
	}
	if mask&(1<<10) != 0 {
		if x.OnExists != nil && !w.leaf("on_exists", string(*x.OnExists)) {
			return false
		}
	}
	if mask&(1<<11) != 0 {
		if !w.leaf("force_start", yes(x.ForceStart)) {
			return false
		}
	}
	if mask&(1<<12) != 0 {
		if x.Quarantine != nil && !w.leaf("quarantine", string(*x.Quarantine)) {
			return false
		}
	}
	if mask&(1<<13) != 0 {
		if x.Reply != nil && !w.leaf("reply", string(*x.Reply)) {
			return false
		}
	}
	if mask&(1<<14) != 0 {
		if x.Keep != nil && !w.leaf("keep", yes(*x.Keep)) {
			return false
		}
	}
	if mask&(1<<15) != 0 {
		if x.FollowUp != nil && !w.leaf("follow_up", string(*x.FollowUp)) {
			return false
		}
	}
	if mask&(1<<16) != 0 {
		if x.Comment != nil && !w.leaf("comment", string(*x.Comment)) {
			return false
		}
	}
	return true
}

func parseChanges(x *sdk.Changes, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			if x.Partner == nil {
				x.Partner = new(sdk.Partner)
			}
			r.within(parsePartner(x.Partner, r.message()))
		case 2:
			x.Terms = append(x.Terms, r.term())
		case 3:
			v := string(r.text())
			x.Flow = &v
		case 4:
			x.PathVars = r.pair(x.PathVars)
		case 5:
			x.Labels = r.pair(x.Labels)
		case 6:
			v := int(r.int())
			x.Priority = &v
		case 7:
			v := string(r.text())
			x.Path = &v
		case 8:
			v := string(r.text())
			x.Backend = &v
		case 9:
			x.Attributes = r.pair(x.Attributes)
		case 10:
			v := sdk.OnExists(r.text())
			x.OnExists = &v
		case 11:
			x.ForceStart = bool(r.flag())
		case 12:
			v := string(r.text())
			x.Quarantine = &v
		case 13:
			v := string(r.text())
			x.Reply = &v
		case 14:
			v := bool(r.flag())
			x.Keep = &v
		case 15:
			v := string(r.text())
			x.FollowUp = &v
		case 16:
			v := string(r.text())
			x.Comment = &v
		default:
			return bad("a change with the number %d, which nobody makes", r.num)
		}
	}
	return r.err
}

// layouts says what the messages of each point hold: a bit for each field number.
var layouts = [...]layout{
	{"accept", 16, 0x16, 0x0, false},
	{"identify", 17, 0x76, 0x2, true},
	{"negotiate", 18, 0x1f6, 0x4, false},
	{"resolve", 19, 0x7fe, 0x78, false},
	{"authorize", 20, 0x7fe, 0x0, true},
	{"open", 21, 0xffe, 0x780, false},
	{"restart", 22, 0x1ffe, 0x800, false},
	{"filter", 23, 0x2ffe, 0x0, false},
	{"verify", 24, 0x4ffe, 0x1000, false},
	{"message", 25, 0x83fe, 0x2000, false},
	{"interrupt", 26, 0x14ffe, 0x4000, false},
	{"done", 27, 0x24ffe, 0x18000, false},
	{"close", 28, 0x403f6, 0x0, false},
}
