package resource_test

import (
	"errors"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
)

func TestFaultsOfAResource(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first := []fault.Fault{{Last: 2, Probability: 1, Stale: true}}
	if got := f.meets(t, nil, 1); got != nil {
		t.Fatalf("got faults at calls %v, want none yet", got)
	}
	use := func(faults []fault.Fault) {
		t.Helper()
		if err := f.UseFaults(t.Context(), someResource, faults, ""); err != nil {
			t.Fatal(err)
		}
	}
	use(first)
	if got := f.meets(t, nil, 1); !slices.Equal(got, []int{1}) {
		t.Errorf("got faults at calls %v, want 1", got)
	}
	if _, err := f.ChangeSettings(t.Context(), someResource, func(of *resource.Settings) { of.AbuseMonitoring = false }); err != nil {
		t.Fatal(err)
	}
	if got := f.meets(t, nil, 3); !slices.Equal(got, []int{1}) {
		t.Errorf("got faults at calls %v once another setting has changed, want the second of all alone", got)
	}
	use(first)
	if got := f.meets(t, nil, 3); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("got faults at calls %v of faults that were set again, want 1 and 2", got)
	}
	restarted := newFixture(t, on(f))
	if got := restarted.meets(t, nil, 1); !slices.Equal(got, []int{1}) {
		t.Errorf("got faults at calls %v after a restart, want them there", got)
	}
	var other fault.Verdict
	if err := f.Meet(t.Context(), resource.Subject{Operation: readOperation, Resource: "other"}, &other); err != nil || other.Given() {
		t.Errorf("got %v, %v; want nothing for another resource", other, err)
	}
	use(nil)
	if got := f.meets(t, nil, 1); got != nil || !f.Faultless(t.Context(), someResource, liveness.Script{}) {
		t.Errorf("got faults at calls %v, want none any more", got)
	}
}

// TestManyResources: those without faults are forgotten some day, those with faults
// go on counting.
func TestManyResources(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if err := f.UseFaults(t.Context(), someResource, []fault.Fault{{Last: 1, Probability: 1, Stale: true}}, ""); err != nil {
		t.Fatal(err)
	}
	if got := f.meets(t, nil, 2); !slices.Equal(got, []int{1}) {
		t.Fatalf("got faults at calls %v, want the first", got)
	}
	for i := range 10_100 {
		f.Faultless(t.Context(), liveness.ResourceID(strconv.Itoa(i)), liveness.Script{})
	}
	if got := f.meets(t, nil, 2); got != nil {
		t.Errorf("got faults at calls %v once many others were there, want it healed", got)
	}
}

// TestFaultsBesideAQueue: what else changes in the settings of a resource loses no
// call.
func TestFaultsBesideAQueue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if err := f.UseFaults(t.Context(), someResource, []fault.Fault{{Last: 50, Probability: 1, Stale: true}}, ""); err != nil {
		t.Fatal(err)
	}
	var hits atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				_, err := f.ChangeSettings(t.Context(), someResource, func(of *resource.Settings) {
					of.Queue, of.Seed = append(of.Queue, resource.QueueItem{Scenario: "a", Sessions: 1}), of.Seed+1
				})
				var v fault.Verdict
				if err := errors.Join(err, f.Meet(t.Context(), resource.Subject{Operation: readOperation, Resource: someResource}, &v)); err != nil {
					t.Error(err)
				}
				if v.Given() {
					hits.Add(1)
				}
			}
		})
	}
	all.Wait()
	if got := hits.Load(); got != 50 {
		t.Errorf("got %d faults, want exactly 50", got)
	}
}

// TestFaultsAfterARestoreCountAnew, although their number and time may be those of before.
func TestFaultsAfterARestoreCountAnew(t *testing.T) {
	t.Parallel()
	for _, owner := range []liveness.Owner{{Resource: someResource}, {All: true}} {
		f := newFixture(t)
		for range 2 {
			f.use(t, someResource, fault.Fault{Last: 1, Probability: 1, Stale: true})
			if got := f.meets(t, nil, 2); !slices.Equal(got, []int{1}) {
				t.Errorf("all=%v: got faults at calls %v, want 1", owner.All, got)
			}
			if err := f.Restore(t.Context(), owner, func() (*resource.SnapshotEntry, error) { return nil, nil }); err != nil {
				t.Fatal(err)
			}
			if !f.Faultless(t.Context(), someResource, liveness.Script{}) {
				t.Errorf("all=%v: got faults after a restore of nothing, want none", owner.All)
			}
		}
	}
}
