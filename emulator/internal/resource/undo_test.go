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

// TestUndoOfAllKeepsClock: a resource that was restored after all resources keeps its clock.
func TestUndoOfAllKeepsClock(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	own, all := liveness.Owner{Resource: "a"}, liveness.Owner{All: true}
	if err := f.Restore(t.Context(), all, nothing); err != nil {
		t.Fatal(err)
	}
	err := f.Restore(t.Context(), own, restoredClock(f, time.Hour))
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

// TestUndoOfRestoreWithoutSettings: an undo also reverts settings and clocks that were first
// changed after the restore.
func TestUndoOfRestoreWithoutSettings(t *testing.T) {
	t.Parallel()
	for resourceID, owner := range map[liveness.ResourceID]liveness.Owner{"a": {Resource: "a"}, liveness.AllResources: {All: true}} {
		f := newFixture(t)
		if err := f.Restore(t.Context(), owner, nothing); err != nil {
			t.Fatal(err)
		}
		if _, err := f.ChangeSettings(t.Context(), resourceID, func(s *resource.Settings) { s.Scenario = "later" }); err != nil {
			t.Fatal(err)
		}
		f.change(t, "a", clock.Change{Advance: time.Hour})
		if _, err := f.Undo(t.Context(), owner); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Settings(t.Context(), resourceID); err != nil || got.Scenario != "" {
			t.Errorf("the default scenario is %q, %v after the undo of %v, want none", got.Scenario, err, owner)
		}
		if got := f.ahead(t, "a"); got != 0 {
			t.Errorf("the clock is %v ahead after the undo of %v, want 0", got, owner)
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

// TestFaultsAfterUndoOfARestore: the former faults continue their own count, and not that of
// the faults that were set in between, even if no time passes.
func TestFaultsAfterUndoOfARestore(t *testing.T) {
	t.Parallel()
	for _, owner := range []liveness.Owner{{Resource: someResource}, {All: true}} {
		f := newFixture(t)
		use := func(last int) {
			t.Helper()
			if err := f.UseFaults(t.Context(), someResource, []fault.Fault{{Last: last, Probability: 1, Stale: true}}, ""); err != nil {
				t.Fatal(err)
			}
		}
		use(3)
		if got := f.meets(t, nil, 1); len(got) != 1 {
			t.Fatalf("got faults at calls %v, want 1", got)
		}
		if err := f.Restore(t.Context(), owner, nothing); err != nil {
			t.Fatal(err)
		}
		use(1)
		if got := f.meets(t, nil, 3); len(got) != 1 {
			t.Errorf("got faults at calls %v after the restore, want 1", got)
		}
		if _, err := f.Undo(t.Context(), owner); err != nil {
			t.Fatal(err)
		}
		if got := f.meets(t, nil, 3); len(got) != 2 {
			t.Errorf("got faults at calls %v after the undo of %v, want 2 of the 3 that are left", got, owner)
		}
	}
}

// TestClockAfterUndoOfAll: an undo of a restore of all resources reverts a clock that was set
// since, but not the clock of a resource that was restored separately.
func TestClockAfterUndoOfAll(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	all := liveness.Owner{All: true}
	f.change(t, "b", clock.Change{Advance: time.Minute})
	if err := f.Restore(t.Context(), all, nothing); err != nil {
		t.Fatal(err)
	}
	if err := f.Restore(t.Context(), liveness.Owner{Resource: "a"}, nothing); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(){
		func() {},
		func() { f.change(t, "b", clock.Change{Advance: time.Hour}) },
		func() {
			if _, err := f.ChangeAllClocks(t.Context(), clock.Change{Advance: 2 * time.Hour}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		change()
		f.change(t, "a", clock.Change{Advance: time.Hour})
	}
	want := f.ahead(t, "a")
	if _, err := f.Undo(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if a, b, rest := f.ahead(t, "a"), f.ahead(t, "b"), f.ahead(t, "c"); a != want || b != time.Minute || rest != 0 {
		t.Errorf("got clocks ahead by %v, %v and %v, want %v, a minute and 0", a, b, rest, want)
	}
	// It is the clock of all after a change of all again.
	if _, err := f.ChangeAllClocks(t.Context(), clock.Change{Advance: 5 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	if got := f.ahead(t, "a"); got != 5*time.Hour {
		t.Errorf("got a clock ahead by %v, want that of all", got)
	}
}
