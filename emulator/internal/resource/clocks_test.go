package resource_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
)

func TestClocksAreApart(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	change := func(of liveness.ResourceID, change clock.Change) {
		t.Helper()
		if _, err := f.ChangeClock(t.Context(), of, change); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.ahead(t, "a"); got != 0 {
		t.Errorf("got %v ahead before anything, want none", got)
	}
	change("a", clock.Change{Advance: time.Hour})
	change("b", clock.Change{Rate: new(0.0)})
	f.advance(t, time.Minute)
	for of, want := range map[liveness.ResourceID]time.Duration{"a": time.Hour, "b": -time.Minute, "c": 0} {
		if got := f.ahead(t, of); got != want {
			t.Errorf("%s: got %v ahead, want %v", of, got, want)
		}
	}
	restarted := newFixture(t, on(f))
	restarted.advance(t, time.Minute)
	for of, want := range map[liveness.ResourceID]time.Duration{"a": time.Hour, "b": -time.Minute, "c": 0} {
		if got := restarted.ahead(t, of); got != want {
			t.Errorf("%s: got %v ahead after a restart, want %v", of, got, want)
		}
	}
	if _, err := f.ChangeAllClocks(t.Context(), clock.Change{Advance: 24 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	again := newFixture(t, on(f))
	again.advance(t, time.Minute)
	for _, of := range []liveness.ResourceID{"a", "b", "c"} {
		if got, kept := f.ahead(t, of), again.ahead(t, of); got != 24*time.Hour || kept != 24*time.Hour {
			t.Errorf("%s: got %v ahead, and %v after a restart; want the day of all", of, got, kept)
		}
	}
	change("a", clock.Change{Advance: time.Hour})
	if got := f.ahead(t, "a"); got != 25*time.Hour {
		t.Errorf("got %v ahead, want an hour beyond the day of all", got)
	}
}

// TestClocksAfterUndo sets clocks between a restore and its undo.
func TestClocksAfterUndo(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	change := func(of liveness.ResourceID, advance time.Duration) {
		t.Helper()
		if _, err := f.ChangeClock(t.Context(), of, clock.Change{Advance: advance}); err != nil {
			t.Fatal(err)
		}
	}
	want := func(when string, want map[liveness.ResourceID]time.Duration) {
		t.Helper()
		for of, want := range want {
			if got := f.ahead(t, of); got != want {
				t.Errorf("%s of %s: got %v ahead, want %v", when, of, got, want)
			}
		}
	}
	change("a", time.Hour)
	if err := f.Restore(t.Context(), liveness.Owner{All: true}, func() (*resource.SnapshotEntry, error) { return nil, nil }); err != nil {
		t.Fatal(err)
	}
	change("a", 2*time.Hour)
	change("b", 2*time.Hour)
	want("after the restore", map[liveness.ResourceID]time.Duration{"a": 2 * time.Hour, "b": 2 * time.Hour, "c": 0})
	if gone, err := f.Undo(t.Context(), liveness.Owner{All: true}); err != nil || gone != 0 {
		t.Fatalf("got %d, %v of the undo, want 0 and nil", gone, err)
	}
	want("after the undo", map[liveness.ResourceID]time.Duration{"a": time.Hour, "b": 0, "c": 0})
	if _, err := f.ChangeAllClocks(t.Context(), clock.Change{Advance: 24 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	want("after a change of all", map[liveness.ResourceID]time.Duration{"a": 24 * time.Hour, "b": 24 * time.Hour, "c": 24 * time.Hour})
}

func TestClocksGoBackByForceOnly(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	back := clock.Change{Set: new(f.clock.Now().Add(-time.Hour))}
	if _, err := f.ChangeClock(t.Context(), someResource, back); !errors.Is(err, clock.ErrBackwards) {
		t.Errorf("got %v, want ErrBackwards", err)
	}
	if _, err := f.ChangeAllClocks(t.Context(), back); !errors.Is(err, clock.ErrBackwards) {
		t.Errorf("got %v for all, want ErrBackwards", err)
	}
	if got := f.ahead(t, someResource); got != 0 {
		t.Errorf("got %v ahead after a refusal, want nothing changed", got)
	}
	back.Force = true
	if _, err := f.ChangeClock(t.Context(), someResource, back); err != nil || f.ahead(t, someResource) != -time.Hour {
		t.Errorf("got %v and %v ahead, want an hour back", err, f.ahead(t, someResource))
	}
}

// TestClocksAndSettingsAtOnce: what waits for the store does not wait for who holds
// the clocks.
func TestClocksAndSettingsAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 50 {
				of := liveness.ResourceID(fmt.Sprint(i, n%5))
				_, one := f.ChangeClock(t.Context(), of, clock.Change{Advance: time.Second})
				_, every := f.ChangeAllClocks(t.Context(), clock.Change{Advance: time.Second, Force: true})
				faults := f.UseFaults(t.Context(), of, []fault.Fault{{Probability: 1, Stale: true}}, "")
				if err := errors.Join(one, every, faults); err != nil {
					t.Error(err)
				}
				f.Now(t.Context(), of)
			}
		})
	}
	all.Wait()
}

// TestADamagedClockSweepsNothing: what cannot be read takes no session away.
func TestADamagedClockSweepsNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if _, err := f.ChangeClock(t.Context(), someResource, clock.Change{Rate: new(0.0)}); err != nil {
		t.Fatal(err)
	}
	again := newFixture(t, on(f))
	f.put(t, "clock/"+string(someResource), "{")
	again.advance(t, 100*time.Hour)
	if got := again.SweepTime(t.Context(), someResource); !got.IsZero() {
		t.Errorf("got %v, want no time to sweep by", got)
	}
}

// TestResetClock checks that a resource follows the clock of all resources again, and that
// calls which wait on its clock do too.
func TestResetClock(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if _, err := f.ChangeClock(t.Context(), someResource, clock.Change{Advance: time.Hour, Rate: new(0.0)}); err != nil {
		t.Fatal(err)
	}
	if err := f.ResetClock(t.Context(), liveness.Owner{Resource: someResource}); err != nil {
		t.Fatal(err)
	}
	course, now, err := f.ClockOf(t.Context(), someResource)
	if err != nil || course.Rate != 1 || !now.Equal(f.clock.Now()) {
		t.Errorf("got %v at rate %v, %v; want the clock of all", now, course.Rate, err)
	}
	again := newFixture(t, beside(f))
	if course, _, err := again.ClockOf(t.Context(), someResource); err != nil || course.Rate != 1 {
		t.Errorf("got rate %v after a restart, %v; want 1", course.Rate, err)
	}
}

// TestClocksThatWereNotUsedYet do not go back unasked either, after a restart.
func TestClocksThatWereNotUsedYet(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if _, err := f.ChangeClock(t.Context(), someResource, clock.Change{Advance: time.Hour}); err != nil {
		t.Fatal(err)
	}
	again := newFixture(t, beside(f))
	if _, err := again.ChangeAllClocks(t.Context(), clock.Change{Advance: time.Second}); !errors.Is(err, clock.ErrBackwards) {
		t.Errorf("got %v, want ErrBackwards: a resource is an hour ahead", err)
	}
	if _, err := again.ChangeAllClocks(t.Context(), clock.Change{Advance: time.Second, Force: true}); err != nil {
		t.Error(err)
	}
}
