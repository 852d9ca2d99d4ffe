package controltest

import (
	"bytes"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// undoReset undoes resets of one resource and of all, and a restore.
func undoReset(t *testing.T, w Harness) {
	t.Helper()
	mine, other, all := w.Resource("mine"), w.Resource("other"), w.All()
	wantSessions := func(api control.API, want ...string) {
		t.Helper()
		var got []string
		for _, session := range must(t, with(api.Sessions, control.SessionQuery{})).Sessions {
			got = append(got, session.ID)
		}
		if len(got) != len(want) || len(got) == 1 && got[0] != want[0] {
			t.Errorf("got sessions %q, want %q", got, want)
		}
	}
	for _, api := range []control.API{mine, all} {
		_, err := api.Undo(t.Context())
		wantKind(t, err, control.ErrorConflict)
	}
	first, others := w.create(t, "mine").SessionID, w.create(t, "other").SessionID
	must(t, with(mine.Reset, control.ResetAll()))
	wantSessions(mine)
	w.create(t, "mine")
	_, err := other.Undo(t.Context())
	wantKind(t, err, control.ErrorConflict)
	if undone := must(t, mine.Undo); undone.Gone != 1 {
		t.Errorf("got %d sessions gone, want 1", undone.Gone)
	}
	wantSessions(mine, first)
	_, err = mine.Undo(t.Context())
	wantKind(t, err, control.ErrorConflict)

	must(t, with(mine.Reset, control.Reset{Sessions: true}))
	must(t, with(all.Reset, control.Reset{Sessions: true}))
	_, err = mine.Undo(t.Context())
	wantKind(t, err, control.ErrorConflict)
	if undone := must(t, all.Undo); undone.Gone != 0 {
		t.Errorf("got %d sessions gone, want 0", undone.Gone)
	}
	wantSessions(mine)
	wantSessions(other, others)
	must(t, mine.Undo)
	wantSessions(mine, first)
	undoRestore(t, w)
}

func undoRestore(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("third")
	var empty bytes.Buffer
	if _, err := api.Snapshot(t.Context(), &empty); err != nil {
		t.Fatalf("snapshot: %v", err)
	}
	must(t, with(api.QueueScenario, control.QueueItem{Scenario: "spoof", Sessions: 5}))
	must(t, with(api.ChangeClock, control.ClockChange{Rate: new(0.0)}))
	w.create(t, "third")
	if _, err := api.Restore(t.Context(), &empty); err != nil {
		t.Fatalf("restore: %v", err)
	}
	if clock := must(t, api.Clock); clock.Rate != 1 || len(must(t, api.Selection).Queue) != 0 {
		t.Errorf("got a clock at rate %g after the restore, want that of the snapshot", clock.Rate)
	}
	if undone := must(t, api.Undo); undone.Gone != 0 {
		t.Errorf("got %d sessions gone, want 0", undone.Gone)
	}
	queue := must(t, api.Selection).Queue
	if clock := must(t, api.Clock); clock.Rate != 0 || len(queue) != 1 || queue[0].Sessions != 4 {
		t.Errorf("got a clock at rate %g and the queue %v, want those of before", clock.Rate, queue)
	}
	if found := must(t, with(api.Sessions, control.SessionQuery{})).Sessions; len(found) != 1 {
		t.Errorf("got %d sessions, want 1", len(found))
	}
	must(t, with(api.ChangeClock, control.ClockChange{Advance: control.Duration(time.Hour)}))
}
