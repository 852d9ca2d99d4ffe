package resource_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
)

// faultless reports what Faultless does in a call that has read something.
func (f *fixture) faultless(t *testing.T) bool {
	t.Helper()
	f.read(t)
	return f.Faultless(t.Context(), someResource, liveness.Script{})
}

// slow is a fault of the first calls that shows if it is applied twice.
func slow(calls int) fault.Fault {
	return fault.Fault{Last: calls, Probability: 1, Delay: fault.Delay{Shape: fault.Fixed, Base: time.Millisecond}}
}

// TestFaultsAreShared: both processes know them, and count together.
func TestFaultsAreShared(t *testing.T) {
	t.Parallel()
	for _, owner := range []liveness.ResourceID{someResource, liveness.AllResources} {
		a, b := twins(t)
		for _, f := range []*fixture{a, b} {
			if !f.faultless(t) {
				t.Fatalf("%s: got faults before any was set", owner)
			}
		}
		a.use(t, owner, slow(2))
		if b.faultless(t) {
			t.Errorf("%s: the other process does not know of the faults", owner)
		}
		var hits int
		for range 3 {
			hits += len(b.meets(t, nil, 1)) + len(a.meets(t, nil, 1))
		}
		if hits != 2 {
			t.Errorf("%s: got %d faults of both, want exactly the first 2 calls", owner, hits)
		}
		b.use(t, owner, slow(2))
		if got := a.meets(t, nil, 3); !slices.Equal(got, []int{1, 2}) {
			t.Errorf("%s: got faults at calls %v after they were set again, want 1 and 2", owner, got)
		}
		b.use(t, owner)
		if !a.faultless(t) {
			t.Errorf("%s: got faults, want none any more", owner)
		}
	}
}

// TestFaultsBeginByTheStoredClock: also where the process has not heard of its change.
func TestFaultsBeginByTheStoredClock(t *testing.T) {
	t.Parallel()
	a, b := twins(t)
	for owner, advance := range map[liveness.ResourceID]func(){
		someResource: func() { a.change(t, someResource, clock.Change{Advance: time.Hour}) },
		liveness.AllResources: func() {
			if _, err := a.ChangeAllClocks(t.Context(), clock.Change{Advance: 2 * time.Hour}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		b.Now(t.Context(), owner)
		advance()
		b.use(t, owner, slow(1))
		settings, err := b.Settings(t.Context(), owner)
		if want := a.Now(t.Context(), owner); err != nil || !settings.FaultsSince.Equal(want) {
			t.Errorf("%s: got faults since %v, %v; want %v", owner, settings.FaultsSince, err, want)
		}
	}
}

// TestFaultsDrawAlikeInBoth: what sessions draw does not follow from which process they
// call.
func TestFaultsDrawAlikeInBoth(t *testing.T) {
	t.Parallel()
	draw := func(a, b *fixture) (drawn [][]int) {
		a.use(t, someResource, fault.Fault{Probability: 0.5, Stale: true})
		for _, id := range []liveness.SessionID{"first", "second", "third"} {
			session := &liveness.Session{ID: id, DeviceCorrelationID: "the same"}
			var hit []int
			for call := range 32 {
				if []*fixture{a, b}[call%2].meets(t, session, 1) != nil {
					hit = append(hit, call)
				}
			}
			drawn = append(drawn, hit)
		}
		return drawn
	}
	single := newFixture(t)
	alone, both := draw(single, single), draw(twins(t))
	if !slices.EqualFunc(alone, both, slices.Equal) {
		t.Errorf("got faults at calls %v of both processes, want %v as of one", both, alone)
	}
	if slices.Equal(alone[0], alone[1]) {
		t.Error("got the same faults for two sessions, want others")
	}
}

// TestPendingCreatesAreShared: a create call that heals at the second time does so
// wherever it comes.
func TestPendingCreatesAreShared(t *testing.T) {
	t.Parallel()
	a, b := twins(t)
	session := liveness.Session{Resource: someResource, Script: liveness.Script{
		Scenario: "test", Faults: []fault.Fault{slow(1)},
	}}
	for i, f := range []*fixture{a, b} {
		var v fault.Verdict
		err := f.Meet(t.Context(), resource.Subject{Operation: "createLivenessSession", Resource: someResource, Session: &session, Creating: true}, &v)
		if want := 1 - i; err != nil || len(v.Fired) != want {
			t.Errorf("process %d: got faults %v, %v; want %d", i+1, v.Fired, err, want)
		}
	}
	if remembered, err := a.Remembered(t.Context(), session); err != nil || remembered.Calls != 2 {
		t.Errorf("got %+v, %v; want both calls", remembered, err)
	}
}

// TestClocksAreShared: each process sees the changes of the other one, and they add up.
func TestClocksAreShared(t *testing.T) {
	t.Parallel()
	a, b := twins(t)
	want := func(text string, of liveness.ResourceID, ahead time.Duration) {
		t.Helper()
		for i, f := range []*fixture{a, b} {
			if got := f.ahead(t, of); got != ahead {
				t.Errorf("%s: process %d has %s %v ahead, want %v", text, i+1, of, got, ahead)
			}
		}
	}
	want("at first", "r", 0)
	a.change(t, "r", clock.Change{Advance: 10 * time.Minute})
	b.change(t, "r", clock.Change{Advance: 10 * time.Minute})
	want("two advances", "r", 20*time.Minute)
	for _, f := range []*fixture{a, b} {
		if _, err := f.ChangeAllClocks(t.Context(), clock.Change{Advance: time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	want("two advances of all", "r", 2*time.Hour)
	want("two advances of all", "other", 2*time.Hour)
	b.change(t, "r", clock.Change{Advance: time.Hour}) // under the number of a's change
	want("one more", "r", 3*time.Hour)
	if _, err := a.ChangeAllClocks(t.Context(), clock.Change{Advance: time.Minute}); !errors.Is(err, clock.ErrBackwards) {
		t.Errorf("got %v, want ErrBackwards: a resource is ahead", err)
	}
	if err := a.ResetClock(t.Context(), liveness.Owner{Resource: "r"}); err != nil {
		t.Fatal(err)
	}
	want("reset", "r", 2*time.Hour)
	if _, err := a.ChangeAllClocks(t.Context(), clock.Change{Advance: time.Hour}); err != nil {
		t.Fatal(err)
	}
	b.change(t, "r", clock.Change{Advance: time.Hour}) // it has not heard of that
	want("an advance of all and one", "r", 4*time.Hour)
}

// TestClocksAreChangedAsStored: a change that another process comes in between of begins
// again with the clock that is there then.
func TestClocksAreChangedAsStored(t *testing.T) {
	t.Parallel()
	advance := func(f *fixture, all bool) {
		change := clock.Change{Advance: 10 * time.Minute}
		var err error
		if all {
			_, err = f.ChangeAllClocks(t.Context(), change)
		} else {
			_, err = f.ChangeClock(t.Context(), someResource, change)
		}
		if err != nil {
			t.Error(err)
		}
	}
	for _, all := range []bool{false, true} {
		a, b := twins(t)
		a.store.(*process).between = func() { advance(b, all) }
		advance(a, all)
		for i, f := range []*fixture{a, b} {
			if got := f.ahead(t, someResource); got != 20*time.Minute {
				t.Errorf("all=%v: process %d has the clock %v ahead, want 20m of both", all, i+1, got)
			}
		}
	}
}

// TestConcurrentChangesOfClocksAddUp, of both processes.
func TestConcurrentChangesOfClocksAddUp(t *testing.T) {
	t.Parallel()
	a, b := twins(t)
	const each = 50
	var all sync.WaitGroup
	for _, f := range []*fixture{a, b} {
		all.Go(func() {
			for range each {
				_, every := f.ChangeAllClocks(t.Context(), clock.Change{Advance: time.Second})
				if every != nil {
					t.Error(every)
				}
			}
		})
	}
	all.Wait()
	for _, f := range []*fixture{a, b} {
		all.Go(func() {
			for range each {
				f.change(t, "r", clock.Change{Advance: time.Second})
			}
		})
	}
	all.Wait()
	for i, f := range []*fixture{a, b} {
		if got, want := f.ahead(t, "r"), 4*each*time.Second; got != want {
			t.Errorf("process %d: got %v ahead, want %v", i+1, got, want)
		}
	}
}

// TestSettingsAreShared: those of all, too, which are not read at every call.
func TestSettingsAreShared(t *testing.T) {
	t.Parallel()
	a, b := twins(t)
	if _, err := a.ChangeSettings(t.Context(), liveness.AllResources, func(of *resource.Settings) {
		of.Scenario, of.Queue = "spoof", []resource.QueueItem{{Scenario: "queued", Sessions: 1}}
	}); err != nil {
		t.Fatal(err)
	}
	b.read(t)
	if all, err := b.SettingsOf(t.Context(), liveness.AllResources); err != nil || all.Scenario != "spoof" || len(all.Queue) != 1 {
		t.Errorf("got %+v, %v; want what was set at the other process", all, err)
	}
	if taken, err := b.TakeQueued(t.Context(), liveness.AllResources); err != nil || taken != "queued" {
		t.Errorf("got %q, %v; want what was queued", taken, err)
	}
	a.read(t)
	if all, err := a.SettingsOf(t.Context(), liveness.AllResources); err != nil || len(all.Queue) != 0 {
		t.Errorf("got %+v, %v; want the queue empty", all, err)
	}
}

// TestRestoreIsShared: after a restore the other process goes by the clock and the faults
// of the snapshot.
func TestRestoreIsShared(t *testing.T) {
	t.Parallel()
	for _, owner := range []liveness.Owner{{Resource: someResource}, {All: true}} {
		a, b := twins(t)
		a.change(t, someResource, clock.Change{Advance: time.Hour})
		a.use(t, someResource, slow(1))
		var entries []resource.SnapshotEntry
		if _, err := a.Snapshot(t.Context(), owner, func(e resource.SnapshotEntry) error {
			entries = append(entries, e)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		b.change(t, someResource, clock.Change{Advance: time.Hour})
		if got := b.meets(t, nil, 2); !slices.Equal(got, []int{1}) {
			t.Fatalf("got faults at calls %v, want 1", got)
		}
		b.use(t, someResource)
		if err := a.Restore(t.Context(), owner, func() (*resource.SnapshotEntry, error) {
			if len(entries) == 0 {
				return nil, nil
			}
			next := entries[0]
			entries = entries[1:]
			return &next, nil
		}); err != nil {
			t.Fatal(err)
		}
		if got := b.ahead(t, someResource); got != time.Hour {
			t.Errorf("all=%v: got %v ahead, want the hour of the snapshot", owner.All, got)
		}
		if got := b.meets(t, nil, 2); !slices.Equal(got, []int{1}) {
			t.Errorf("all=%v: got faults at calls %v, want 1, counted from zero", owner.All, got)
		}
	}
}

// TestNothingIsReadTwice: as long as nothing changes, a call reads no setting.
func TestNothingIsReadTwice(t *testing.T) {
	t.Parallel()
	a, _ := twins(t)
	store := a.store.(*process)
	call := func() {
		a.Now(t.Context(), someResource)
		a.Faultless(t.Context(), someResource, liveness.Script{})
		if _, err := a.SettingsOf(t.Context(), liveness.AllResources); err != nil {
			t.Fatal(err)
		}
	}
	call()
	before := store.reads
	call()
	if store.reads != before {
		t.Errorf("got %d more reads of settings at the second call, want none", store.reads-before)
	}
}

// TestAWaitFollowsTheClock: it ends when the clock of its resource is changed, in this
// process at once.
func TestAWaitFollowsTheClock(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(f *fixture) error{
		"of the resource": func(f *fixture) error {
			_, err := f.ChangeClock(t.Context(), someResource, clock.Change{Advance: time.Hour})
			return err
		},
		"of all": func(f *fixture) error {
			_, err := f.ChangeAllClocks(t.Context(), clock.Change{Advance: time.Hour})
			return err
		},
		"below": func(f *fixture) error { return f.clock.Advance(time.Hour) },
		"reset": func(f *fixture) error {
			_, err := f.ChangeAllClocks(t.Context(), clock.Change{Advance: 2 * time.Hour, Force: true})
			return errors.Join(err, f.ResetClock(t.Context(), liveness.Owner{Resource: someResource}))
		},
		"restored": func(f *fixture) error {
			entries := []*resource.SnapshotEntry{{Clock: &resource.ClockEntry{Shows: f.clock.Now().Add(time.Hour), Rate: 1}}, nil}
			return f.Restore(t.Context(), liveness.Owner{Resource: someResource}, func() (*resource.SnapshotEntry, error) {
				next := entries[0]
				entries = entries[1:]
				return next, nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			done := make(chan error, 1)
			go func() { done <- f.Await(t.Context(), someResource, f.clock.Now().Add(time.Hour)) }()
			if err := f.clock.AwaitWaiters(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-done:
				t.Fatalf("got an end of the wait, %v, before the time", err)
			default:
			}
			if err := move(f); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}
