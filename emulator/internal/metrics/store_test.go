package metrics_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/metrics"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/memstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/storetest"
)

// TestContract tests a store that is measured.
func TestContract(t *testing.T) {
	t.Parallel()
	m := metrics.New(config())
	storetest.Run(t, func(*testing.T) liveness.Store { return memstore.New(memstore.Options{Observe: m.StoreMethod}) })
}

// TestUpkeep finds calls that fail measured like the others.
func TestUpkeep(t *testing.T) {
	t.Parallel()
	m := metrics.New(config())
	store := memstore.New(memstore.Options{Observe: m.StoreMethod})
	if _, err := store.Setting(t.Context(), "name"); !errors.Is(err, liveness.ErrNotFound) {
		t.Errorf("Setting = %v, want %v", err, liveness.ErrNotFound)
	}
	wantLines(t, m, `face_liveness_store_operation_duration_seconds_count{method="setting"} 1`)
	_ = store.Close()
	if err := store.Compact(t.Context()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Compact = %v, want %v", err, os.ErrClosed)
	}
	wantLines(t, m, `face_liveness_store_operation_duration_seconds_count{method="compact"} 1`)
	if _, err := store.Damaged(t.Context()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Damaged = %v, want %v", err, os.ErrClosed)
	}
	wantLines(t, m, `face_liveness_store_operation_duration_seconds_count{method="damaged"} 1`)
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
	store := memstore.New(memstore.Options{Observe: m.StoreMethod})
	ctx := t.Context()
	calls := map[string]func() error{
		"create":  func() error { return store.Create(ctx, liveness.Session{ID: "a"}) },
		"session": func() error { _, err := store.Session(ctx, "a"); return err },
		"list":    func() error { _, err := store.List(ctx, "r", liveness.KindLiveness, "", 1); return err },
		"newest": func() error {
			_, err := store.Newest(ctx, liveness.Owner{All: true}, liveness.Position{}, 1)
			return err
		},
		"undo": func() error { _, err := store.Undo(ctx, liveness.Owner{All: true}); return err },
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
