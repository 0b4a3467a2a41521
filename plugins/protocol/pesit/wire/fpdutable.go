package wire

func must(pi PI) []Rule   { return []Rule{{PI: pi, Need: Mandatory}} }
func expect(pi PI) []Rule { return []Rule{{PI: pi, Need: Expected}} }
func may(pi PI) []Rule    { return []Rule{{PI: pi}} }

// with puts members inside the group that head names.
func with(head []Rule, members ...[]Rule) []Rule {
	all := head
	for _, m := range members {
		m[0].Group = head[0].PI
		all = append(all, m[0])
	}
	return all
}

func rules(lists ...[]Rule) []Rule {
	var all []Rule
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// The groups of PeSIT E: 9 names the file, 30, 40 and 50 describe it.
func fileGroup(head []Rule) []Rule {
	return with(head, may(PIRequester), may(PIServer), must(PIFileType), must(PIFileName))
}

func logicalGroup(head []Rule) []Rule {
	return with(head, may(PIFormat), expect(PIArticleLength), may(PIOrganisation), may(PILabel), may(PIKeyLength), may(PIKeyOffset))
}

func physicalGroup(head []Rule) []Rule { return with(head, may(PIUnit), must(PIReservation)) }

func historicalGroup(head []Rule) []Rule { return with(head, must(PICreated), may(PIExtracted)) }

func diagnosed() []Rule { return rules(must(PIDiagnostic), may(PIDiagnosticText)) }

func diagnosedWithText() []Rule { return rules(diagnosed(), may(PIFreeText)) }

func message() []Rule {
	return rules(fileGroup(must(PGIFile)), must(PITransfer), may(PIAttributes), may(PIDataCode),
		with(may(PGIHistorical), must(PICreated)), may(PIOrigin), may(PIDestination), may(PIMessage))
}

// specs is the FPDU table (§4.7.3, §4.7.4). Data units come first because they are looked up most. PI 29 is drawn for few
// units in the specification, described for all, and sent by Transfer CFT, so every refusal may carry it.
var specs = []Spec{
	{DTF, "DTF", FromSender, nil},
	{DTFDA, "DTFDA", FromSender, nil},
	{DTFMA, "DTFMA", FromSender, nil},
	{DTFFA, "DTFFA", FromSender, nil},
	{Syn, "SYN", FromSender, must(PISyncPoint)},
	{AckSyn, "ACK(SYN)", FromReceiver, must(PISyncPoint)},
	{DTFEnd, "DTF.END", FromSender, diagnosed()},

	{Connect, "CONNECT", ToServer, rules(may(PICRC), must(PIRequester), must(PIServer), may(PIAccess), must(PIVersion),
		may(PISync), must(PIAccessType), may(PIResync), may(PITimer), may(PIFreeText))},
	{AConnect, "ACONNECT", ToRequester, rules(may(PIAccess), must(PIVersion), may(PISync), may(PIResync), may(PIFreeText))},
	{RConnect, "RCONNECT", ToRequester, diagnosedWithText()},
	{Release, "RELEASE", ToServer, rules(expect(PIDiagnostic), may(PIDiagnosticText), may(PIFreeText))},
	{RelConf, "RELCONF", ToRequester, may(PIFreeText)},
	// An ABORT ends the connection whatever it holds, so the lack of its diagnostic is no reason to answer it with another.
	{Abort, "ABORT", Either, rules(expect(PIDiagnostic), may(PIDiagnosticText))},

	{Create, "CREATE", ToServer, rules(fileGroup(must(PGIFile)), must(PITransfer), may(PIRestart), may(PIDataCode),
		expect(PIPriority), expect(PIMaxEntity), logicalGroup(expect(PGILogical)), physicalGroup(expect(PGIPhysical)),
		historicalGroup(may(PGIHistorical)), may(PIOrigin), may(PIDestination), may(PIFreeText))},
	{AckCreate, "ACK(CREATE)", ToRequester, rules(must(PIDiagnostic), may(PITransfer), expect(PIMaxEntity),
		may(PIDiagnosticText), may(PIFreeText))},
	{Select, "SELECT", ToServer, rules(fileGroup(must(PGIFile)), must(PITransfer), may(PIAttributes), may(PIRestart),
		expect(PIPriority), expect(PIMaxEntity), may(PIOrigin), may(PIDestination), may(PIFreeText))},
	{AckSelect, "ACK(SELECT)", ToRequester, rules(must(PIDiagnostic), fileGroup(may(PGIFile)), expect(PITransfer),
		may(PIDataCode), expect(PIMaxEntity), may(PIDiagnosticText), logicalGroup(may(PGILogical)),
		physicalGroup(may(PGIPhysical)), historicalGroup(may(PGIHistorical)), may(PIFreeText))},
	{Deselect, "DESELECT", ToServer, diagnosedWithText()},
	{AckDeselect, "ACK(DESELECT)", ToRequester, diagnosedWithText()},
	{ORF, "ORF", ToServer, may(PICompression)},
	{AckORF, "ACK(ORF)", ToRequester, rules(must(PIDiagnostic), may(PICompression), may(PIDiagnosticText))},
	{CRF, "CRF", ToServer, diagnosed()},
	{AckCRF, "ACK(CRF)", ToRequester, diagnosed()},
	{Read, "READ", ToServer, must(PIPoint)},
	{AckRead, "ACK(READ)", ToRequester, diagnosed()},
	{Write, "WRITE", ToServer, nil},
	{AckWrite, "ACK(WRITE)", ToRequester, rules(must(PIDiagnostic), must(PIPoint), may(PIDiagnosticText))},

	{Resyn, "RESYN", Either, rules(must(PIDiagnostic), must(PIPoint), may(PIDiagnosticText))},
	{AckResyn, "ACK(RESYN)", Either, must(PIPoint)},
	{IDT, "IDT", Either, rules(must(PIDiagnostic), expect(PIEndCode), may(PIDiagnosticText))},
	{AckIDT, "ACK(IDT)", Either, nil},
	{TransEnd, "TRANS.END", ToServer, rules(may(PIBytes), may(PIArticles))},
	{AckTransEnd, "ACK(TRANS.END)", ToRequester, rules(must(PIDiagnostic), may(PIBytes), may(PIArticles), may(PIDiagnosticText))},

	{Msg, "MSG", ToServer, message()},
	{MsgDM, "MSGDM", ToServer, message()},
	{MsgMM, "MSGMM", ToServer, may(PIMessage)},
	{MsgFM, "MSGFM", ToServer, may(PIMessage)},
	{AckMsg, "ACK(MSG)", ToRequester, rules(must(PIDiagnostic), may(PITransfer), may(PIDataCode), may(PIDiagnosticText), may(PIMessage))},
}
