package metrics_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/metrics"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/memstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/storetest"
)

// TestContract: who has the measured store notices nothing.
func TestContract(t *testing.T) {
	t.Parallel()
	m := metrics.New(config())
	storetest.Run(t, func(*testing.T) liveness.Store { return m.Store(memstore.New()) })
}

var (
	errCompact = errors.New("compact")
	errDamaged = errors.New("damaged")
)

// A failing store can neither compact nor read all its records.
type failing struct{ liveness.Store }

func (failing) Compact(context.Context) error { return errCompact }

func (failing) Damaged(context.Context) ([]liveness.Damage, error) {
	return []liveness.Damage{{Reason: "broken"}}, errDamaged
}

func TestUpkeep(t *testing.T) {
	t.Parallel()
	m := metrics.New(config())
	store := m.Store(failing{memstore.New()})
	defer store.Close()
	if err := store.Compact(t.Context()); !errors.Is(err, errCompact) {
		t.Errorf("Compact = %v, want %v", err, errCompact)
	}
	wantLines(t, m, `face_liveness_store_operation_duration_seconds_count{method="compact"} 1`)
	damages, err := store.Damaged(t.Context())
	if !errors.Is(err, errDamaged) || len(damages) != 1 {
		t.Errorf("Damaged = %v, %v, want one and %v", damages, err, errDamaged)
	}
	wantLines(t, m, `face_liveness_store_operation_duration_seconds_count{method="damaged"} 1`)
	if _, err := store.Setting(t.Context(), "name"); !errors.Is(err, liveness.ErrNotFound) {
		t.Errorf("Setting = %v, want %v", err, liveness.ErrNotFound)
	}
}

// TestMethods calls every method and finds it measured, if it fails or not.
func TestMethods(t *testing.T) {
	t.Parallel()
	c := config()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c.Now = func() time.Time {
		now = now.Add(2 * time.Millisecond)
		return now
	}
	m := metrics.New(c)
	store := m.Store(memstore.New())
	ctx := t.Context()
	calls := map[string]func() error{
		"create":  func() error { return store.Create(ctx, liveness.Session{ID: "a"}) },
		"session": func() error { _, err := store.Session(ctx, "a"); return err },
		"list":    func() error { _, err := store.List(ctx, "r", liveness.KindLiveness, "", 1); return err },
		"update": func() error {
			_, err := store.Update(ctx, "a", func(*liveness.Session) error { return nil })
			return err
		},
		"delete":  func() error { return store.Delete(ctx, "a") },
		"image":   func() error { _, err := store.Image(ctx, "a", "verify"); return err },
		"setting": func() error { _, err := store.Setting(ctx, "name"); return err },
		"change_setting": func() error {
			_, err := store.ChangeSetting(ctx, "name", func([]byte) ([]byte, error) { return []byte{1}, nil })
			return err
		},
		"sweep": func() error {
			_, err := store.Sweep(ctx, func(liveness.ResourceID) time.Time { return time.Time{} })
			return err
		},
		"walk": func() error {
			_, err := store.Walk(ctx, liveness.Scope{All: true}, func(liveness.Stored) error { return nil })
			return err
		},
		"compact": func() error { return store.Compact(ctx) },
		"damaged": func() error { _, err := store.Damaged(ctx); return err },
		"replace": func() error { return store.Replace(ctx, liveness.Scope{Resource: "other"}, nil) },
	}
	for name, call := range calls {
		_ = call() // in any order: some find nothing
		wantLines(t, m, `face_liveness_store_operation_duration_seconds_sum{method="`+name+`"} 0.002`,
			`face_liveness_store_operation_duration_seconds_count{method="`+name+`"} 1`)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	wantLines(t, m, `face_liveness_store_operation_duration_seconds_count{method="close"} 1`)
}
