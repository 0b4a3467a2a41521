package session_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
)

func TestAListingComesPageByPageAndEachNameOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &play{T: t, file: "listing", house: newHouse(t), peers: map[string]*peer{}}
		defer func() { p.peers["A"].conn.Close(); synctest.Wait(); p.house.stop() }()
		step := func(line string) { p.step(line); synctest.Wait() }
		step("set peer=paths send=HELD publish.HELD=true path.HELD=out/{{.Folder}}/{{.File}}")
		var want []string
		for i := range 300 {
			name := fmt.Sprintf("f%04d", i)
			switch i % 3 {
			case 0: // held, and published as well
				step(`held HELD ` + name + ` "x"`)
				want = append(want, name+":r:1")
			case 1:
				step(`file out/` + name + ` "xy"`)
				want = append(want, name+":r:2")
			default:
				step(`file out/` + name + `/in "x"`)
				want = append(want, name+":dr")
			}
		}
		step("A call")
		step("A > HELLO PARIS secret")
		step("A < welcome")
		step("A > list 1 HELD")
		var got []string
		for page := 1; ; page++ {
			line, _ := p.peers["A"].takeLine()
			rows, more := strings.CutSuffix(line, " more")
			words := strings.Fields(rows)
			if len(words) < 3 || words[0] != "reply" || page > 4 {
				t.Fatalf("page %d is %q", page, line)
			}
			got = append(got, words[3:]...)
			if !more {
				break
			}
			step(fmt.Sprintf("A > rows 1 %d %d", page, len(got)))
		}
		if a, b := strings.Join(got, " "), strings.Join(want, " "); a != b {
			t.Fatalf("listed were\n%s\nwant\n%s", a, b)
		}
	})
}
