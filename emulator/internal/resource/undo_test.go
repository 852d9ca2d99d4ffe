package resource_test

import (
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
)

func nothing() (*resource.SnapshotEntry, error) { return nil, nil }

// TestUndoOfAllKeepsClock: a resource that was restored in turn keeps its clock.
func TestUndoOfAllKeepsClock(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	own, all := liveness.Owner{Resource: "a"}, liveness.Owner{All: true}
	if err := f.Restore(t.Context(), all, nothing); err != nil {
		t.Fatal(err)
	}
	shows := resource.ClockEntry{Shows: f.clock.Now().Add(time.Hour), Rate: 1}
	entries := []*resource.SnapshotEntry{{Resource: "a", Clock: &shows}, nil}
	err := f.Restore(t.Context(), own, func() (*resource.SnapshotEntry, error) {
		next := entries[0]
		entries = entries[1:]
		return next, nil
	})
	if err != nil || f.ahead(t, "a") != time.Hour {
		t.Fatalf("got %v, %v ahead", err, f.ahead(t, "a"))
	}
	if _, err := f.Undo(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if got := f.ahead(t, "a"); got != time.Hour {
		t.Errorf("got %v ahead after the undo of all, want the hour that the later restore has put it", got)
	}
}

// TestUndoOfRestoreWithoutSettings: settings that were first changed after a restore are
// taken back like others.
func TestUndoOfRestoreWithoutSettings(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	own := liveness.Owner{Resource: "a"}
	if err := f.Restore(t.Context(), own, nothing); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ChangeSettings(t.Context(), "a", func(s *resource.Settings) { s.Scenario = "later" }); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ChangeClock(t.Context(), "a", clock.Change{Advance: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Undo(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Settings(t.Context(), "a"); err != nil || got.Scenario != "" || f.ahead(t, "a") != time.Hour {
		t.Logf("clock %v ahead", f.ahead(t, "a"))
		if got.Scenario != "" {
			t.Errorf("the default scenario is %q, %v after the undo, want none", got.Scenario, err)
		}
	}
}

// TestFaultsAfterUndoOfAReset: a reset of sessions does not touch faults, so its undo does
// not make them count from the first call again.
func TestFaultsAfterUndoOfAReset(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	own := liveness.Owner{Resource: someResource}
	if err := f.UseFaults(t.Context(), someResource, []fault.Fault{{Last: 1, Probability: 1, Stale: true}}, ""); err != nil {
		t.Fatal(err)
	}
	if got := f.meets(t, nil, 2); len(got) != 1 {
		t.Fatalf("got faults at calls %v, want 1", got)
	}
	if err := f.ResetSessions(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	if got := f.meets(t, nil, 1); got != nil {
		t.Errorf("got faults at calls %v after the reset, want none", got)
	}
	if _, err := f.Undo(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	if got := f.meets(t, nil, 1); got != nil {
		t.Errorf("got faults at calls %v after the undo, want none", got)
	}
}
