package line

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/postern/postern/sdk"
)

// The terms and the setting.
const (
	termInterval = "interval"
	termWindow   = "window"
	termResync   = "resync"
	termRecord   = "record"
	termBlock    = "block"
	termChecksum = "checksum"

	settingFramed = "framed"

	checksumCRC = "crc32"

	maxBlock = 1 << 20

	// noWords is the empty set. It is written down, because a term that is not there keeps what was proposed.
	noWords = "none"
)

// Describe lists the terms and settings with their defaults.
func (Protocol) Describe() sdk.Description {
	return sdk.Description{
		Terms: []sdk.TermSpec{
			{Term: sdk.NumberTerm(termInterval, 64<<10), Bytes: true, Describe: "most bytes between two sync points; 0: no sync points"},
			{Term: sdk.NumberTerm(termWindow, 4), Max: 64, Describe: "sync points that may wait for their acknowledgement; 0: none is acknowledged"},
			{Term: sdk.FlagTerm(termResync, true), Describe: "whether a side may go back to a sync point in the middle of a transfer"},
			{Term: sdk.NumberTerm(termRecord, 1<<30), Min: 1, Bytes: true, Describe: "longest record"},
			{Term: sdk.NumberTerm(termBlock, 64<<10), Min: 1, Max: maxBlock, Bytes: true, Describe: "most bytes after one DATA line"},
			{Term: sdk.WordsTerm(termChecksum), Values: []string{checksumCRC}, Describe: "checksums sent with each DATA line"},
		},
		Settings: []sdk.TermSpec{
			{Term: sdk.FlagTerm(settingFramed, false), Describe: "fill headers in place instead of copying payloads"},
		},
	}
}

// limits are the agreed terms.
type limits struct {
	interval, window, record, block int64
	resync, crc                     bool
}

func limitsOf(t sdk.Terms) limits {
	return limits{
		interval: max(t.Number(termInterval), 0),
		window:   max(t.Number(termWindow), 0),
		record:   max(t.Number(termRecord), 1),
		block:    min(max(t.Number(termBlock), 1), maxBlock),
		resync:   t.Flag(termResync),
		crc:      slices.Contains(t.Words(termChecksum), checksumCRC),
	}
}

// overlay returns base with the terms of top in place of its own. Terms that base does not know are left out.
func overlay(base, top sdk.Terms) sdk.Terms {
	out := slices.Clone(base)
	for i, t := range out {
		if x, ok := top.Get(t.Name); ok && x.Kind == t.Kind {
			out[i] = x
		}
	}
	return out
}

// appendTerm writes " name=value": a number, 0 or 1, or words between commas.
func appendTerm(out []byte, t sdk.Term) []byte {
	switch t.Kind {
	case sdk.TermNumber:
		return appendNumber(out, t.Name, t.Number)
	case sdk.TermFlag:
		return appendFlag(out, t.Name, t.Flag)
	default:
		if len(t.Words) == 0 {
			return appendOption(out, t.Name, noWords)
		}
		return appendOption(out, t.Name, strings.Join(t.Words, ","))
	}
}

// readTerm reads the option as a term; ok is false when no term has that name.
func readTerm(key, value []byte) (t sdk.Term, ok bool, err error) {
	for _, spec := range (Protocol{}).Describe().Terms {
		if spec.Name == string(key) {
			t, err = readValue(spec, value)
			return t, true, err
		}
	}
	return sdk.Term{}, false, nil
}

func readValue(spec sdk.TermSpec, value []byte) (sdk.Term, error) {
	t := sdk.Term{Name: spec.Name, Kind: spec.Kind}
	switch spec.Kind {
	case sdk.TermNumber:
		n, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil || n < spec.Min || spec.Max > 0 && n > spec.Max {
			return t, fmt.Errorf("term %s=%q is out of range", spec.Name, value)
		}
		t.Number = n
	case sdk.TermFlag:
		if s := string(value); s != "0" && s != "1" {
			return t, fmt.Errorf("term %s=%q is neither 0 nor 1", spec.Name, value)
		}
		t.Flag = value[0] == '1'
	case sdk.TermWords:
		if string(value) == noWords {
			return t, nil
		}
		for _, w := range bytes.FieldsFunc(value, func(r rune) bool { return r == ',' }) {
			if !slices.Contains(spec.Values, string(w)) {
				return t, fmt.Errorf("term %s does not know %q", spec.Name, w)
			}
			t.Words = append(t.Words, string(w))
		}
	}
	return t, nil
}
