package metrics_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/metrics"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// A walked is a store that has only Walk.
type walked struct {
	store.Store
	stored []store.Stored
	visit  func() // before each; nil: nothing
}

func (w *walked) Walk(_ context.Context, scope store.Scope, visit func(store.Stored) error) (int, error) {
	if !scope.All {
		return 0, errors.New("not all")
	}
	for _, s := range w.stored {
		if w.visit != nil {
			w.visit()
		}
		if err := visit(s); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

func TestCountSessions(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	session := func(resource liveness.ResourceID, kind liveness.Kind, started time.Time) store.Stored {
		return store.Stored{Session: liveness.Session{Resource: resource, Kind: kind, Created: began, Started: started}}
	}
	store := &walked{stored: []store.Stored{
		{Setting: "token-key", Value: []byte("secret")},
		session("a", liveness.KindLiveness, time.Time{}),
		session("a", liveness.KindLiveness, time.Time{}),
		session("a", liveness.KindLivenessWithVerify, began),
		session("later", liveness.KindLiveness, time.Time{}),
		session("a", liveness.KindLiveness, began),
	}}
	asked := map[liveness.ResourceID]int{}
	now := func(_ context.Context, resource liveness.ResourceID) time.Time {
		if asked[resource]++; asked[resource] > 1 {
			t.Errorf("the clock of %s was read %d times, want once", resource, asked[resource])
		}
		if resource == "later" {
			return began.Add(liveness.SessionLife)
		}
		return began.Add(liveness.SessionLife - time.Nanosecond)
	}
	got, err := metrics.CountSessions(t.Context(), store, now)
	if err != nil {
		t.Fatal(err)
	}
	want := map[[2]string]int{
		{"NotStarted", "Liveness"}:        2,
		{"Running", "Liveness"}:           1,
		{"Running", "LivenessWithVerify"}: 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}
}

func TestCountSessionsEnds(t *testing.T) {
	t.Parallel()
	cause := errors.New("too long")
	ctx, cancel := context.WithCancelCause(t.Context())
	visits := 0
	store := &walked{stored: make([]store.Stored, 10), visit: func() {
		if visits++; visits == 3 {
			cancel(cause)
		}
	}}
	_, err := metrics.CountSessions(ctx, store, func(context.Context, liveness.ResourceID) time.Time { return time.Time{} })
	if !errors.Is(err, cause) || visits != 3 {
		t.Errorf("got %v after %d visits, want %v after 3", err, visits, cause)
	}
}
