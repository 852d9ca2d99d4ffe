package badgerstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
)

// TestUnstorable stores sessions that have no stored form: it fails and changes
// nothing.
func TestUnstorable(t *testing.T) {
	t.Parallel()
	store := open(t, t.TempDir(), badgerstore.Options{})
	tooLate := time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	bad := liveness.Session{ID: "a", Resource: "r", Kind: liveness.KindLiveness}
	bad.FaultMemory.Since = tooLate
	if err := store.Create(t.Context(), bad); err == nil {
		t.Error("Create = nil, want an error")
	}
	if _, err := store.Session(t.Context(), "a"); !errors.Is(err, liveness.ErrNotFound) {
		t.Errorf("Session after the failed Create = %v, want %v", err, liveness.ErrNotFound)
	}

	good := liveness.Session{ID: "b", Resource: "r", Kind: liveness.KindLiveness}
	if err := store.Create(t.Context(), good); err != nil {
		t.Fatalf("Create = %v, want nil", err)
	}
	_, err := store.Update(t.Context(), "b", func(session *liveness.Session) error {
		session.EndCalls++
		session.FaultMemory.Since = tooLate
		return nil
	})
	if err == nil {
		t.Error("Update = nil, want an error")
	}
	got, err := store.Session(t.Context(), "b")
	if diff := cmp.Diff(good, got); err != nil || diff != "" {
		t.Errorf("Session after the failed Update: %v, want it as before (-want +got):\n%s", err, diff)
	}
}
