package bench

import (
	"fmt"
	"math/rand/v2"
)

// statements are what a bank's mainframe sends most: movements of accounts in records of 120 bytes without separators, as
// French banks have them (CFONB 120), in EBCDIC. Amounts end with a digit that tells their sign too: { and A to I are
// credits, } and J to R debits.
func statements() []byte {
	r := rand.New(rand.NewPCG(1, 120))
	labels := []string{"VIR. SEPA DUPONT & FILS", "PRLV ASSURANCE REF 2024/0815-A", "CARTE 12/03 PARIS-NORD", "CHEQUE NO 4711003",
		"SALAIRE MARS", "LOYER: 12, RUE DE L'EGLISE", "FRAIS (TVA 20,00 %)", "REMISE CB *TERMINAL 07*"}
	var out []byte
	for range 4096 {
		out = fmt.Appendf(out, "04%05d    %05dEUR2 %011d%02d%02d%02d26  %02d%02d26%-31s  %07d  %013d%c%-16s", 30004, r.IntN(9999), r.IntN(1e9), 5+r.IntN(20),
			1+r.IntN(28), 1+r.IntN(12), 1+r.IntN(28), 1+r.IntN(12), labels[r.IntN(len(labels))], r.IntN(1e7), r.IntN(1e7),
			"{ABCDEFGHI}JKLMNOPQR"[r.IntN(20)], "")
	}
	for i, c := range out {
		out[i] = ebcdic[c]
	}
	return out
}

// ebcdic has what statements consist of, in code page 1047.
var ebcdic = func() (e [256]byte) {
	for first, run := range map[byte]string{0x40: " ", 0x4b: ".<(+", 0x50: "&", 0x5c: "*);", 0x60: "-/", 0x6b: ",%_>?", 0x7a: ":#@'=", 0xc0: "{ABCDEFGHI",
		0xd0: "}JKLMNOPQR", 0xe2: "STUVWXYZ", 0xf0: "0123456789"} {
		for i := range run {
			e[run[i]] = first + byte(i)
		}
	}
	return e
}()
