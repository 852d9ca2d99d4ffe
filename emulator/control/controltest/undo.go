package controltest

import (
	"bytes"
	"net/http"
	"strings"
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
	undoKeepsTokens(t, w)
	undoConflict(t, w)
	undoOfAll(t, w)
}

// undoKeepsTokens undoes a reset and uses the tokens of sessions from before and after it.
func undoKeepsTokens(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("tokens")
	must(t, with(api.QueueScenario, control.QueueItem{Scenario: "spoof", Sessions: 5}))
	before := w.create(t, "tokens")
	must(t, with(api.Reset, control.Reset{Sessions: true, Scenarios: true}))
	since := w.create(t, "tokens")
	if got := w.start(t, before); got != http.StatusUnauthorized {
		t.Errorf("got %d for a session that was reset, want 401", got)
	}
	must(t, api.Undo)
	if got := w.start(t, before); got != http.StatusOK {
		t.Errorf("got %d for a session that is back, want 200", got)
	}
	if got := w.start(t, since); got != http.StatusUnauthorized {
		t.Errorf("got %d for a session that was created since, want 401", got)
	}
	if queue := must(t, api.Selection).Queue; len(queue) != 0 {
		t.Errorf("got the queue %v, want it empty: the undo of a reset brings back sessions only", queue)
	}
	if log := must(t, with(api.Requests, control.RequestSearch{})).Entries; len(log) < 2 || log[0].Session != before.SessionID {
		t.Errorf("got %d requests, want those from before the reset, too", len(log))
	}
	if line := must(t, with(api.Timeline, before.SessionID)).Entries; len(line) < 3 {
		t.Errorf("got a timeline of %d entries, want created, token issued and started", len(line))
	}
}

// undoConflict checks that an error names the session that prevents an undo.
func undoConflict(t *testing.T, w Harness) {
	t.Helper()
	api, other := w.Resource("conflict"), w.Resource("conflicting")
	id := w.create(t, "conflict").SessionID
	var taken bytes.Buffer
	if _, err := api.Snapshot(t.Context(), &taken); err != nil {
		t.Fatal(err)
	}
	file := taken.Bytes()
	wantNamed := func(err error) {
		t.Helper()
		wantKind(t, err, control.ErrorConflict)
		if err == nil || !strings.Contains(err.Error(), id) {
			t.Errorf("got %v, want the id %s in it", err, id)
		}
	}
	_, err := other.Restore(t.Context(), bytes.NewReader(file))
	wantNamed(err)
	must(t, with(api.Reset, control.Reset{Sessions: true}))
	if _, err := other.Restore(t.Context(), bytes.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	_, err = api.Undo(t.Context())
	wantNamed(err)
	must(t, with(other.DeleteSession, id))
	must(t, api.Undo)
	must(t, with(api.Session, id))
}

// undoOfAll undoes a restore of all after one resource was restored by itself.
func undoOfAll(t *testing.T, w Harness) {
	t.Helper()
	all, own, other := w.All(), w.Resource("own"), w.Resource("others")
	snapshot := func(api control.API) *bytes.Buffer {
		t.Helper()
		var taken bytes.Buffer
		if _, err := api.Snapshot(t.Context(), &taken); err != nil {
			t.Fatal(err)
		}
		return &taken
	}
	w.create(t, "own")
	must(t, with(other.ChangeClock, control.ClockChange{Rate: new(0.0)}))
	former := must(t, other.Clock)
	ofAll, ofOne := snapshot(all), snapshot(own)
	if _, err := all.Restore(t.Context(), ofAll); err != nil {
		t.Fatal(err)
	}
	if _, err := own.Restore(t.Context(), ofOne); err != nil {
		t.Fatal(err)
	}
	frozen := must(t, with(own.ChangeClock, control.ClockChange{Rate: new(0.0), Advance: control.Duration(time.Hour)}))
	must(t, with(own.QueueScenario, control.QueueItem{Scenario: "spoof", Sessions: 5}))
	must(t, with(other.ChangeClock, control.ClockChange{Advance: control.Duration(time.Hour)}))
	must(t, all.Undo)
	if clock := must(t, own.Clock); !clock.Now.Equal(frozen.Now) || len(must(t, own.Selection).Queue) != 1 {
		t.Errorf("got the clock at %v, want %v and the queue as they were set after the restore of this resource", clock.Now, frozen.Now)
	}
	if clock := must(t, other.Clock); !clock.Now.Equal(former.Now) {
		t.Errorf("got the clock of another resource at %v, want %v as before the restore", clock.Now, former.Now)
	}
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
