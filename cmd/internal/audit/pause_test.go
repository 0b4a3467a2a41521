package audit

import "testing"

func TestARecordWhoseBringerFoundTheFilesHeldByThePauseIsNotLeftLying(t *testing.T) {
	l := &Log{queue: []Record{{Event: Decided}}}
	if d := (&writer{l: l}).pause(); d != 0 {
		t.Errorf("with a record in the queue the writer pauses for %s", d)
	}
	if d := (&writer{l: &Log{}}).pause(); d <= 0 {
		t.Errorf("with none it pauses for %s", d)
	}
}
