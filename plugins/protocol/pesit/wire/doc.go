// Package wire turns bytes into PeSIT E protocol units (FPDUs) and back.
//
// It is for whoever speaks PeSIT over a byte stream: it recognises the framing of a call, splits bytes into FPDUs without
// copying, decodes and encodes their parameters, walks the articles of data units, compresses and expands them, computes the
// check bytes, and prints an FPDU as one line. It is not for the conversation: it knows no state, no turn, no timer and no
// socket, and it never decides whether an FPDU may arrive now.
//
// Reading starts with [Detect] and goes on with [Splitter.Next], [Params.Decode] and [ReadArticles]; writing is one [Builder].
// Every fault found in received bytes is an [*Error] that carries the diagnostic (PI 2) to abort with.
package wire
