package metrics_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/metrics"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/memstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/storetest"
)

// TestContract tests a store that is measured.
func TestContract(t *testing.T) {
	t.Parallel()
	m := metrics.New(config())
	storetest.Run(t, func(*testing.T) store.Store { return memstore.New(memstore.Options{Observe: m.StoreMethod}) })
}

// TestUpkeep finds calls that fail measured like the others.
func TestUpkeep(t *testing.T) {
	t.Parallel()
	m := metrics.New(config())
	engine := memstore.New(memstore.Options{Observe: m.StoreMethod})
	if _, err := engine.Setting(t.Context(), "name"); !errors.Is(err, liveness.ErrNotFound) {
		t.Errorf("Setting = %v, want %v", err, liveness.ErrNotFound)
	}
	wantLines(t, m, `face_liveness_store_operation_duration_seconds_count{method="setting"} 1`)
	_ = engine.Close()
	if err := engine.Compact(t.Context()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Compact = %v, want %v", err, os.ErrClosed)
	}
	wantLines(t, m, `face_liveness_store_operation_duration_seconds_count{method="compact"} 1`)
	if _, err := engine.Damaged(t.Context()); !errors.Is(err, os.ErrClosed) {
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
	engine := memstore.New(memstore.Options{Observe: m.StoreMethod})
	ctx := t.Context()
	calls := map[string]func() error{
		"create":  func() error { return engine.Create(ctx, liveness.Session{ID: "a"}) },
		"session": func() error { _, err := engine.Session(ctx, "a"); return err },
		"list":    func() error { _, err := engine.List(ctx, "r", liveness.KindLiveness, "", 1); return err },
		"newest": func() error {
			_, err := engine.Newest(ctx, liveness.Owner{All: true}, store.Position{}, 1)
			return err
		},
		"undo": func() error { _, err := engine.Undo(ctx, liveness.Owner{All: true}); return err },
		"update": func() error {
			_, err := engine.Update(ctx, "a", func(*liveness.Session) error { return nil })
			return err
		},
		"delete":  func() error { return engine.Delete(ctx, "a") },
		"image":   func() error { _, err := engine.Image(ctx, "a", "verify"); return err },
		"setting": func() error { _, err := engine.Setting(ctx, "name"); return err },
		"change_setting": func() error {
			_, err := engine.ChangeSetting(ctx, "name", func([]byte) ([]byte, error) { return []byte{1}, nil })
			return err
		},
		"sweep": func() error {
			_, err := engine.Sweep(ctx, func(liveness.ResourceID) time.Time { return time.Time{} })
			return err
		},
		"walk": func() error {
			_, err := engine.Walk(ctx, store.Scope{All: true}, func(store.Stored) error { return nil })
			return err
		},
		"compact": func() error { return engine.Compact(ctx) },
		"damaged": func() error { _, err := engine.Damaged(ctx); return err },
		"replace": func() error { return engine.Replace(ctx, store.Scope{Resource: "other"}, nil) },
	}
	for name, call := range calls {
		_ = call() // in any order: some find nothing
		wantLines(t, m, `face_liveness_store_operation_duration_seconds_sum{method="`+name+`"} 0.002`,
			`face_liveness_store_operation_duration_seconds_count{method="`+name+`"} 1`)
	}
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
	wantLines(t, m, `face_liveness_store_operation_duration_seconds_count{method="close"} 1`)
}
