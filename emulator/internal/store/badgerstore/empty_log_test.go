package badgerstore_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore/seal"
)

// TestOpenAfterAKillBetweenMakingALogAndItsLength: Badger makes a log empty and gives it its length after that. A process killed in
// between left a folder that Badger would not open.
func TestOpenAfterAKillBetweenMakingALogAndItsLength(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"00099.mem", "000099.vlog"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reopenWithEmpty(t, name)
		})
	}
}

func reopenWithEmpty(t *testing.T, name string) {
	t.Helper()
	dir := t.TempDir()
	store := open(t, dir, badgerstore.Options{})
	session := liveness.Session{ID: "5e551000-0000-4000-8000-000000000001", Resource: "r", Kind: liveness.KindLiveness}
	if err := store.Create(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	// As after a kill: no seal, and the next log without its length.
	if err := os.Remove(filepath.Join(dir, seal.Name)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir, badgerstore.Options{})
	if _, err := again.Session(t.Context(), session.ID); err != nil {
		t.Errorf("the session: %v", err)
	}
}
