package resource_test

import (
	"context"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/memstore"
)

// An observedStore calls functions directly after a Replace or Undo, and before a Walk.
type observedStore struct {
	store.Store
	switched, walking func()
}

func (s *observedStore) Replace(ctx context.Context, scope store.Scope, fill func(func(store.Stored) error) error) error {
	err := s.Store.Replace(ctx, scope, fill)
	s.switched()
	return err
}

func (s *observedStore) Undo(ctx context.Context, owner liveness.Owner) (int, error) {
	gone, err := s.Store.Undo(ctx, owner)
	s.switched()
	return gone, err
}

func (s *observedStore) Walk(ctx context.Context, scope store.Scope, visit func(store.Stored) error) (int, error) {
	s.walking()
	return s.Store.Walk(ctx, scope, visit)
}

// restoredClock is the snapshot of a resource whose clock is ahead.
func restoredClock(f *fixture, ahead time.Duration) func() (*resource.SnapshotEntry, error) {
	entries := []*resource.SnapshotEntry{{Resource: "a", Clock: &resource.ClockEntry{Shows: f.clock.Now().Add(ahead), Rate: 1}}, nil}
	return func() (*resource.SnapshotEntry, error) {
		next := entries[0]
		entries = entries[1:]
		return next, nil
	}
}

// TestClockWhileSwitching: the clock of a restore or an undo takes effect at the same moment
// as its sessions.
func TestClockWhileSwitching(t *testing.T) {
	t.Parallel()
	for _, owner := range []liveness.Owner{{Resource: "a"}, {All: true}} {
		observed := &observedStore{Store: memstore.New(memstore.Options{}), switched: func() {}}
		f := newFixture(t, func(c *resource.Config) { c.Store = observed })
		f.change(t, "a", clock.Change{Advance: 100 * time.Hour})
		f.ahead(t, "a") // It is cached.
		want := time.Hour
		observed.switched = func() {
			swept := f.SweepTime(t.Context(), "a").Sub(f.clock.Now())
			if got := f.ahead(t, "a"); got != want || swept != want {
				t.Errorf("got %v and %v ahead during a switch of %v, want %v", got, swept, owner, want)
			}
		}
		if err := f.Restore(t.Context(), owner, restoredClock(f, time.Hour)); err != nil {
			t.Error(err)
		}
		f.change(t, "a", clock.Change{Advance: time.Hour}) // Only this clock is read again.
		want = 100 * time.Hour
		if _, err := f.Undo(t.Context(), owner); err != nil {
			t.Error(err)
		}
	}
}

// TestSnapshotDuringRestore: clock and sessions of a snapshot are of the same moment.
func TestSnapshotDuringRestore(t *testing.T) {
	t.Parallel()
	for _, owner := range []liveness.Owner{{Resource: "a"}, {All: true}} {
		observed := &observedStore{Store: memstore.New(memstore.Options{}), switched: func() {}}
		f := newFixture(t, func(c *resource.Config) { c.Store = observed })
		f.change(t, "a", clock.Change{Advance: 100 * time.Hour})
		observed.walking = func() {
			if err := f.Restore(t.Context(), owner, restoredClock(f, time.Hour)); err != nil {
				t.Error(err)
			}
		}
		var shows time.Time
		_, err := f.Snapshot(t.Context(), owner, func(kept resource.SnapshotEntry) error {
			if kept.Clock != nil && kept.Resource == "a" {
				shows = kept.Clock.Shows
			}
			return nil
		})
		if got := shows.Sub(f.clock.Now()); err != nil || got != time.Hour {
			t.Errorf("got a clock %v ahead of %v, %v; want the hour of the restore before the walk", got, owner, err)
		}
	}
}
