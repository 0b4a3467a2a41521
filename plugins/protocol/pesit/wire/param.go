package wire

// PI is the code of a parameter (PI) or of a group of parameters (PGI).
type PI byte

// The parameters of PeSIT E outside the secured and ETEBAC profiles (§4.7.5).
const (
	PICRC            PI = 1
	PIDiagnostic     PI = 2
	PIRequester      PI = 3
	PIServer         PI = 4
	PIAccess         PI = 5 // password, and new password
	PIVersion        PI = 6
	PISync           PI = 7 // sync interval and window
	PGIFile          PI = 9
	PIFileType       PI = 11
	PIFileName       PI = 12
	PITransfer       PI = 13
	PIAttributes     PI = 14
	PIRestart        PI = 15
	PIDataCode       PI = 16
	PIPriority       PI = 17
	PIPoint          PI = 18 // restart point
	PIEndCode        PI = 19
	PISyncPoint      PI = 20
	PICompression    PI = 21
	PIAccessType     PI = 22
	PIResync         PI = 23
	PIMaxEntity      PI = 25
	PITimer          PI = 26
	PIBytes          PI = 27
	PIArticles       PI = 28
	PIDiagnosticText PI = 29
	PGILogical       PI = 30
	PIFormat         PI = 31
	PIArticleLength  PI = 32
	PIOrganisation   PI = 33
	PILabel          PI = 37 // real file name
	PIKeyLength      PI = 38
	PIKeyOffset      PI = 39
	PGIPhysical      PI = 40
	PIUnit           PI = 41
	PIReservation    PI = 42
	PGIHistorical    PI = 50
	PICreated        PI = 51
	PIExtracted      PI = 52
	PIOrigin         PI = 61 // initial sender
	PIDestination    PI = 62 // final receiver
	PIMessage        PI = 91
	PIFreeText       PI = 99
)

const maxPI = 99

// Kind is the type of a parameter's value.
type Kind uint8

// The kinds of PeSIT E §4.7.2, and Group for a PGI.
const (
	Text      Kind = iota + 1 // C: characters, trailing blanks without meaning
	Number                    // N: unsigned, leading zero bytes without meaning
	Symbol                    // S: one byte with listed values
	Mask                      // M: bits, the first byte counts
	Date                      // D: YYMMDDhhmmss, local time
	Aggregate                 // A: fixed layout
	Group                     // a PGI
)

// Param is one row of the parameter table.
type Param struct {
	PI      PI
	Label   string // short English name, used in traces
	Kind    Kind
	Max     int    // largest length of the value in bytes
	Top     uint64 // largest legal value of a number or symbol, 0 when Max alone bounds it
	Default uint64 // numeric value when absent
	Longer  bool   // a longer value than Max is tolerated on receipt
	Secret  bool   // masked in traces
}

// IsGroup reports the four PGIs.
func (p PI) IsGroup() bool {
	return p == PGIFile || p == PGILogical || p == PGIPhysical || p == PGIHistorical
}

// Param finds the row of the parameter table; ok is false for a code outside it.
func (p PI) Param() (row Param, ok bool) {
	if p > maxPI {
		return Param{}, false
	}
	row = params[p]
	return row, row.Kind != 0
}

// params is the parameter table, indexed by code. Codes 34 and 36 (SIT), 63, 64 and 71 to 83 (secured profile) are left out on
// purpose: they are skipped like any unknown code.
var params = [maxPI + 1]Param{
	1:  {PI: 1, Label: "crc", Kind: Symbol, Max: 1, Top: 1},
	2:  {PI: 2, Label: "diagnostic", Kind: Aggregate, Max: 3},
	3:  {PI: 3, Label: "requester", Kind: Text, Max: 24},
	4:  {PI: 4, Label: "server", Kind: Text, Max: 24},
	5:  {PI: 5, Label: "password", Kind: Text, Max: 16, Secret: true},
	6:  {PI: 6, Label: "version", Kind: Number, Max: 1, Longer: true},
	7:  {PI: 7, Label: "sync", Kind: Aggregate, Max: 3},
	9:  {PI: 9, Label: "file", Kind: Group},
	11: {PI: 11, Label: "type", Kind: Number, Max: 2},
	12: {PI: 12, Label: "name", Kind: Text, Max: 76},
	13: {PI: 13, Label: "transfer", Kind: Number, Max: 3},
	14: {PI: 14, Label: "attributes", Kind: Mask, Max: 1},
	15: {PI: 15, Label: "restart", Kind: Symbol, Max: 1, Top: 1},
	16: {PI: 16, Label: "code", Kind: Symbol, Max: 1, Top: 2},
	17: {PI: 17, Label: "priority", Kind: Symbol, Max: 1, Top: 2, Default: 1},
	18: {PI: 18, Label: "point", Kind: Number, Max: 3},
	19: {PI: 19, Label: "end", Kind: Symbol, Max: 1},
	20: {PI: 20, Label: "sync", Kind: Number, Max: 3, Top: 999999},
	21: {PI: 21, Label: "compression", Kind: Aggregate, Max: 2},
	22: {PI: 22, Label: "access", Kind: Symbol, Max: 1, Top: 2},
	23: {PI: 23, Label: "resync", Kind: Symbol, Max: 1, Top: 1},
	25: {PI: 25, Label: "entity", Kind: Number, Max: 2},
	26: {PI: 26, Label: "timer", Kind: Number, Max: 2, Default: 30},
	27: {PI: 27, Label: "bytes", Kind: Number, Max: 8},
	28: {PI: 28, Label: "articles", Kind: Number, Max: 4},
	29: {PI: 29, Label: "detail", Kind: Text, Max: 254, Longer: true},
	30: {PI: 30, Label: "logical", Kind: Group},
	31: {PI: 31, Label: "format", Kind: Mask, Max: 1},
	32: {PI: 32, Label: "length", Kind: Number, Max: 2},
	33: {PI: 33, Label: "organisation", Kind: Symbol, Max: 1, Top: 2},
	37: {PI: 37, Label: "label", Kind: Text, Max: 80, Longer: true},
	38: {PI: 38, Label: "keylength", Kind: Number, Max: 2},
	39: {PI: 39, Label: "keyoffset", Kind: Number, Max: 2},
	40: {PI: 40, Label: "physical", Kind: Group},
	41: {PI: 41, Label: "unit", Kind: Symbol, Max: 1, Top: 1},
	42: {PI: 42, Label: "reservation", Kind: Number, Max: 4},
	50: {PI: 50, Label: "historical", Kind: Group},
	51: {PI: 51, Label: "created", Kind: Date, Max: 12},
	52: {PI: 52, Label: "extracted", Kind: Date, Max: 12},
	61: {PI: 61, Label: "origin", Kind: Text, Max: 24},
	62: {PI: 62, Label: "destination", Kind: Text, Max: 24},
	91: {PI: 91, Label: "message", Kind: Text, Max: 4096},
	99: {PI: 99, Label: "text", Kind: Text, Max: 254, Longer: true},
}
