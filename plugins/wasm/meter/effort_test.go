package meter_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/wasm/meter"
)

// many returns a section of n members that are all the same.
func many(id int, n int, member ...byte) []byte {
	return section(id, cat(u(n), bytes.Repeat(member, n)))
}

func TestWhatWouldKeepTheCompilerBusyIsRefused(t *testing.T) {
	oneType, oneFunction := section(1, cat(1, 0x60, 0, 0)), section(3, cat(1, 0))
	function := func(locals int, parts string, n int) []byte {
		body := cat(1, u(locals), 0x7e, []byte(strings.Repeat(parts, n)), end)
		return raw(oneType, oneFunction, section(5, cat(1, 0, 1)), section(10, cat(1, u(len(body)), body)))
	}
	for name, c := range map[string]struct {
		module []byte
		says   string
	}{
		"a function of ifs":                  {function(1, "\x41\x00\x04\x40\x0b", 13_000), "too long"},
		"a function of blocks":               {function(1, "\x02\x40\x0b", 22_000), "too long"},
		"a function of loads":                {function(1, "\x41\x00\x28\x02\x00\x1a", 44_000), "too long"},
		"branches among thousands of locals": {function(40_000, "\x02\x40\x41\x00\x0d\x00\x0b", 374), "too long"},
		"types":                              {raw(many(1, 60_000, 0x60, 0, 0)), "60000 types"},
		"functions":                          {raw(oneType, many(3, 120_000, 0), many(10, 120_000, 2, 0, 0x0b)), "120000 functions"},
		"globals":                            {raw(many(6, 120_000, 0x7f, 0, 0x41, 0, 0x0b)), "120000 globals"},
		"element segments":                   {raw(many(9, 120_000, 1, 0, 0)), "120000 element segments"},
		"data segments":                      {raw(many(11, 120_000, 1, 0)), "120000 data segments"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := meter.Rewrite(c.module, meter.Limits{})
			if !errors.Is(err, meter.ErrLimit) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("not refused for %q: %v", c.says, err)
			}
		})
	}
}

func TestLargeFunctionsOfCompilersAreNotRefused(t *testing.T) {
	oneType, oneFunction := section(1, cat(1, 0x60, 0, 0)), section(3, cat(1, 0))
	body := cat(1, u(40), 0x7e, []byte(strings.Repeat("\x41\x00\x04\x40\x0b", 3_000)), end)
	if _, err := meter.Rewrite(raw(oneType, oneFunction, section(10, cat(1, u(len(body)), body))), meter.Limits{}); err != nil {
		t.Error(err)
	}
}
