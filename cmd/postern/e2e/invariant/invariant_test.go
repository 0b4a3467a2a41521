package invariant

import "testing"

const given = `-> CREATE to 93 12:name="IN"
<- ACK(CREATE) to 193 2:diagnostic=0-000
-> WRITE to 93
<- ACK(WRITE) to 193 2:diagnostic=0-000 18:point=3
-> DTF: 2 units, 65552 bytes
-> SYN to 93 20:sync=4
<- ACK(SYN) to 193 20:sync=4
-> DTF: 2 units, 65552 bytes
-> SYN to 93 20:sync=5
`

func TestAnAttemptIsReadFromItsTrace(t *testing.T) {
	want := Attempt{Send: true, Begun: true, Start: 3, Said: 5, Acked: 4, Data: 131104, Units: 4}
	if got := ReadTrace(given); got != want {
		t.Errorf("%+v; %+v is right", got, want)
	}
}

func TestARestartThatSendsTooMuchOrBeginsTooLateIsFound(t *testing.T) {
	first := Attempt{Send: true, Begun: true, Said: 5, Acked: 4, Data: 300_000, Units: 5}
	for _, c := range []struct {
		what   string
		second Attempt
		faults int
	}{
		{"right", Attempt{Begun: true, Start: 4, Finished: true, Data: 100_016, Units: 2}, 0},
		{"further than was acknowledged, and said", Attempt{Begun: true, Start: 5, Finished: true}, 0},
		{"before what was acknowledged", Attempt{Begun: true, Start: 3}, 1},
		{"beyond what was said", Attempt{Begun: true, Start: 6}, 1},
		{"too many bytes", Attempt{Begun: true, Start: 4, Finished: true, Data: 100_017, Units: 2}, 1},
	} {
		course := Course{Name: "a", Size: 500_000, Interval: 100_000, Attempts: []Attempt{first, c.second}}
		if got := course.Check(); len(got) != c.faults {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}
